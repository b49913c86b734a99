#pragma once

#include <map>
#include <utility>

#include "absl/status/status.h"
#include "eventstore/base/mutex.h"
#include "eventstore/log/event_log.h"
#include "services/domain/event.h"
#include "services/membership/circles.h"

namespace services::commands {

// Keeps a member's feed still while its epoch comes to an end. The end is stated as the
// head before the proposal, so between the proposal and the next epoch nothing else may be
// written there: it would not count. Thread-safe.
class EpochGate {
 public:
  // Neither is owned.
  EpochGate(const eventstore::log::EventLog* log, const membership::Circles* circles)
      : log_(log), circles_(circles) {}

  // Held while a command decides and appends: with others, or alone.
  class Pass {
   public:
    Pass(EpochGate& gate, bool alone);
    ~Pass();
    Pass(const Pass&) = delete;
    Pass& operator=(const Pass&) = delete;

   private:
    EpochGate& gate_;
    const bool alone_;
  };

  // Whether the events of a decision may be written now, by whoever holds a pass.
  // FAILED_PRECONDITION MEMBER_SUSPENDED, UNAVAILABLE EPOCH_ENDING.
  absl::Status Check(const domain::Decision& decision) ABSL_LOCKS_EXCLUDED(mutex_);
  // Whether anything but charters may be written in a circle; for those who can wait.
  absl::StatusOr<bool> IsOpen(const membership::CirclePtr& circle) ABSL_LOCKS_EXCLUDED(mutex_);
  // The member wrote about the charter: what is known of it is read again.
  void Forget(const domain::Decision& decision) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  absl::StatusOr<bool> IsEnding(const membership::CirclePtr& circle) ABSL_LOCKS_EXCLUDED(mutex_);

  const eventstore::log::EventLog* const log_;
  const membership::Circles* const circles_;
  eventstore::base::Mutex mutex_;
  eventstore::base::CondVar changed_;
  int running_ ABSL_GUARDED_BY(mutex_) = 0;
  bool alone_ ABSL_GUARDED_BY(mutex_) = false;
  // By circle, for the charter that it was asked with.
  std::map<eventstore::log::CircleId, std::pair<membership::CirclePtr, bool>> ending_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace services::commands
