#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "eventstore/log/event_log.h"
#include "eventstore/log/feed_store.h"
#include "eventstore/log/heads.h"
#include "eventstore/storage/head_file.h"

namespace eventstore::log {

// The own side of a log, as far as it could be opened.
struct OwnFeeds {
  // OK: the database and the head file agree, and may be written. DATA_LOSS: damage; the
  // store, when there is one, is read-only. Anything else: the disk does not take writes
  // now; the store is read-only until Writer::Recover.
  absl::Status status;
  std::unique_ptr<FeedStore> store;
  std::unique_ptr<storage::HeadFile> head_file;  // none while it cannot be written
  Heads heads;                                   // as the head file has them
  absl::Time last_recorded = absl::UnixEpoch();
};

// Opens the own half of a log. A database that is ahead of the head file (the node ended
// between the two writes) is right, and the head file follows. No file is changed when
// the two disagree, when one of them is damaged or when the head file is missing beside
// feeds that hold events.
OwnFeeds OpenOwnFeeds(const EventLog::Options& options);

// Opens the replicas. Damaged ones, or those that were found damaged when they were open
// last, are renamed to "replicas.damaged-<n>" and a new database is made; `report` then
// gets a sentence.
absl::StatusOr<std::unique_ptr<FeedStore>> OpenReplicas(const EventLog::Options& options,
                                                        std::vector<std::string>& report);

// DATA_LOSS, OWN_FEED_LOST, when the store lacks what the head file remembers.
absl::Status CheckHeads(const FeedStore& store, const Heads& heads);
Heads HeadsOf(const FeedStore& store);
// Of the last events of all feeds the time of the latest.
absl::StatusOr<absl::Time> LastRecorded(const FeedStore& store);

}  // namespace eventstore::log
