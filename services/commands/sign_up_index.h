#pragma once

#include <map>
#include <vector>

#include "absl/status/statusor.h"
#include "eventstore/base/mutex.h"
#include "eventstore/log/event_log.h"

namespace services::commands {

// Which sign-ups of a feed are for which session. Thread-safe; every question first
// reads what the feed has grown by.
class SignUpIndex {
 public:
  // Does not own `log`.
  explicit SignUpIndex(const eventstore::log::EventLog* log) : log_(log) {}

  // In the order of the feed, withdrawn ones too.
  absl::StatusOr<std::vector<eventstore::log::StreamId>> OfSession(
      const eventstore::log::FeedId& feed, const eventstore::log::StreamId& session)
      ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Feed {
    eventstore::log::Sequence next;
    std::map<eventstore::log::StreamId, std::vector<eventstore::log::StreamId>> sign_ups;
  };
  absl::Status CatchUp(const eventstore::log::FeedId& id, Feed& feed) const;

  const eventstore::log::EventLog* const log_;
  eventstore::base::Mutex mutex_;
  std::map<eventstore::log::FeedId, Feed> feeds_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace services::commands
