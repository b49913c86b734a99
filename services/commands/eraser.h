#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "eventstore/base/mutex.h"
#include "eventstore/log/event_log.h"
#include "eventstore/privacy/key_file.h"
#include "services/commands/own_professionals.h"
#include "services/membership/circles.h"

namespace services::commands {

// Carries out orders to erase a professional on this node: destroys the keys, for ever,
// and forgets what was opened with them. Whatever was interrupted is done again by
// the next call. Thread-safe.
class Eraser {
 public:
  struct Parts {  // nothing is owned
    const eventstore::log::EventLog* log = nullptr;
    eventstore::privacy::KeyFile* keys = nullptr;
    OwnProfessionals* professionals = nullptr;
    // Drops everything that queries keep opened in memory. May be empty.
    std::function<void()> forget_opened = {};
    // Withdraws the tokens of a professional of this pool, by pseudonym. May be empty.
    std::function<absl::Status(const std::string& user)> forget_user = {};
  };
  explicit Eraser(Parts parts) : parts_(std::move(parts)) {}

  // Destroys the keys of a professional, as the order in `feed` asks. A key that never
  // came here is destroyed beforehand: it will not be taken any more. Of a professional of
  // this pool all keys go, in every circle and in the private feed. False when the order
  // is not that member's to give: it did not make the key, or another member uses the
  // same id. Nothing is done then.
  absl::StatusOr<bool> Destroy(const membership::Circle& circle,
                               const eventstore::log::FeedId& feed,
                               const eventstore::log::StreamId& professional)
      ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  absl::StatusOr<bool> IsHome(const membership::Circle& circle, const eventstore::log::FeedId& feed,
                              const eventstore::log::StreamId& professional) const;
  // Also withdraws the tokens of one of our own.
  absl::StatusOr<std::vector<eventstore::privacy::KeyId>> KeysOf(
      const membership::Circle& circle, const eventstore::log::FeedId& feed,
      const eventstore::log::StreamId& professional) const;

  const Parts parts_;
  // One order at a time: policies and the node's start may both come with it.
  eventstore::base::Mutex mutex_;
};

}  // namespace services::commands
