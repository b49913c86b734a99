#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "eventstore/log/event_log.h"
#include "eventstore/log/feed_store.h"
#include "eventstore/log/heads.h"
#include "eventstore/storage/head_file.h"

namespace eventstore::log {

// The own feeds and the head file, after they were found to agree.
struct OwnFeeds {
  // Why the database or the head file does not open; the rest is empty then.
  absl::Status status;
  std::unique_ptr<FeedStore> store;
  std::unique_ptr<storage::HeadFile> head_file;
  Heads heads;
  absl::Time last_recorded = absl::UnixEpoch();
};

// Opens the own half of a log. DATA_LOSS when the database lacks what the head
// file remembers; no file is changed then. A database that is ahead (the node ended
// between the two writes) is right, and the head file follows.
absl::StatusOr<OwnFeeds> OpenOwnFeeds(const EventLog::Options& options);

}  // namespace eventstore::log
