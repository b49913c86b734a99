#pragma once

#include <string>
#include <vector>

#include "eventstore/check/check.h"

namespace eventstore::check {

struct RepairOptions {
  Options check;  // what is damaged; nothing in its folder is changed
  // A folder that is not there or is empty: it becomes the log.
  std::string out;
  // Other logs where records may be that are gone here: an older copy of this one, a
  // restored backup, another member's. Only read.
  std::vector<std::string> others;
};

struct RepairedFeed {
  std::string database;  // "own", "replicas"
  log::FeedId feed;
  // As far as anything says that it went: a record, a signed head, the head file.
  uint64_t known = 0;
  // Events 0 up to here are in the new log.
  uint64_t recovered = 0;
  uint64_t from_others = 0;  // of these
  // Intact events past a hole, which a feed cannot hold: kept beside the log.
  uint64_t set_aside = 0;
};

struct RepairReport {
  Report found;  // what was wrong
  std::vector<RepairedFeed> feeds;
  std::string set_aside;  // the folder; empty when nothing is there
  bool complete() const;
};

// Makes a new log in `out` of the records that are intact, here or in one of the others:
// of each feed as many from the first on as fit the signed heads. Indexes and tiles are
// made again, heads and cosignatures kept when their events are there, and the head file
// says what the new log holds. Intact records that come after a missing one are kept in
// "<out>/set-aside", so that nothing is thrown away. EventLog::Open opens the result with
// all own feeds locked: other members have to confirm what was brought back.
//
// NOT_FOUND, ALREADY_EXISTS; RESOURCE_EXHAUSTED when the disk is full.
absl::StatusOr<RepairReport> RepairLog(const RepairOptions& options);

}  // namespace eventstore::check
