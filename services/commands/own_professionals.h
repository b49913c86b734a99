#pragma once

#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "eventstore/base/mutex.h"
#include "eventstore/log/event_log.h"
#include "services/membership/circles.h"

namespace services::commands {

// Where a professional of this member is offered: its private id and the id that
// it has in one circle.
struct Listing {
  eventstore::log::StreamId professional;
  eventstore::log::CircleId circle;
  eventstore::log::StreamId circle_professional;
};

// Which id in a circle belongs to which professional of this member; folded from
// the private feed, where alone it stands. Thread-safe; every question first reads
// what the feed has grown by.
class OwnProfessionals {
 public:
  // Owns neither.
  OwnProfessionals(const eventstore::log::EventLog* log, const membership::Circles* circles)
      : log_(log), circles_(circles) {}

  // Empty when no professional of this member has that id in that circle.
  absl::StatusOr<std::optional<Listing>> Find(
      const eventstore::log::CircleId& circle,
      const eventstore::log::StreamId& circle_professional);
  // In every circle where it is offered.
  absl::StatusOr<std::vector<Listing>> ListingsOf(const eventstore::log::StreamId& professional);
  absl::StatusOr<std::vector<Listing>> All();

 private:
  absl::Status CatchUp() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const eventstore::log::EventLog* const log_;
  const membership::Circles* const circles_;
  eventstore::base::Mutex mutex_;
  eventstore::log::Sequence next_ ABSL_GUARDED_BY(mutex_);
  std::vector<Listing> listings_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace services::commands
