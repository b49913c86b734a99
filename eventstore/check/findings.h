#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "eventstore/log/types.h"

namespace eventstore::check {

// What is damaged.
enum class Part {
  kRecord,        // an event: its bytes are not those that were signed, or it is gone
  kFeedName,      // whose feed a number stands for
  kStreamIndex,   // where the events of a stream stand
  kRequestIndex,  // where the events of a request stand
  kTile,          // hashes of the tree
  kCheckpoint,    // the signed head of a feed
  kCosignature,   // what another member signed of it
  kHeadFile,
  kKeyFile,
  kDatabase,  // the files of the database itself
};
// Upper snake case, for programs.
const char* PartName(Part part);

// One thing that is wrong. Copyable.
struct Finding {
  Part part = Part::kDatabase;
  std::string database;  // "own", "replicas"; empty for what stands beside them
  std::optional<log::FeedId> feed;
  std::optional<log::Sequence> sequence;
  std::optional<log::EventId> event;  // when its bytes still say
  std::string place;                  // which tile, stream, file; may be empty
  std::string detail;                 // Dutch, without the place
};
// One line, Dutch: part, feed, event, place, what is wrong.
std::string ToText(const Finding& finding);
// A line for each, but one for events that follow each other and lack the same: a table that is
// damaged takes many with it.
std::vector<std::string> ToLines(const std::vector<Finding>& findings);

struct Report {
  std::vector<Finding> findings;
  // Findings past kMaximumFindings are only counted.
  uint64_t left_out = 0;
  uint64_t feeds = 0;
  uint64_t records = 0;
  uint64_t bytes = 0;
  uint64_t tiles = 0;
  uint64_t index_entries = 0;
  uint64_t signatures = 0;
  // Notes of members whose key is nowhere in what was read: form and root were checked.
  uint64_t unknown_signers = 0;
  // The check was stopped before its end.
  bool stopped = false;

  static constexpr size_t kMaximumFindings = 1'000;
  void Add(Finding finding);
  bool ok() const { return findings.empty() && !stopped; }
};

}  // namespace eventstore::check
