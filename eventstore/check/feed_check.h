#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "eventstore/check/check.h"
#include "eventstore/check/findings.h"
#include "eventstore/check/tree.h"
#include "eventstore/storage/database.h"
#include "eventstore/storage/keys.h"

namespace eventstore::check {

// What all parts of the check of one database work with. Nothing is owned.
struct Context {
  const Options& options;
  storage::Database& database;
  std::string name;  // "own", "replicas"
  Report& report;
  uint64_t records_total = 0;
  uint64_t records_done = 0;

  void Add(Part part, const log::FeedId* feed, std::string place, std::string detail);
  // False when the check is to stop.
  bool Tell(const char* what);
};

// Says whether two unordered lists hold the same, without keeping them.
class Sum {
 public:
  void Add(const Digest& digest);
  friend bool operator==(const Sum&, const Sum&) = default;

 private:
  uint64_t low_ = 0;
  uint64_t high_ = 0;
};
// What stands in the stream index, and in the request index, for one record.
Digest StreamEntry(const log::StreamId& stream, uint64_t sequence);
Digest RequestEntry(std::string_view request, std::string_view digest, storage::FeedNumber feed,
                    uint64_t sequence, std::string_view event);

// A root at some size: of the records as they are, and of the hashes in the tiles where
// these say something else. Nothing when records without a hash come before.
struct RootPair {
  Digest from_records;
  Digest from_tiles;
};

// A record and a tile that disagree.
struct Mismatch {
  uint64_t sequence = 0;
  std::optional<log::EventId> event;
};

// A signed or remembered head of a feed.
struct KnownHead {
  uint64_t size = 0;
  Digest root;
  std::string source;   // Dutch
  bool trusted = true;  // its signature holds, or it is the head file
};

// What going over the records of a feed gave.
struct FeedFacts {
  log::FeedId id;
  storage::FeedNumber number = 0;
  uint64_t size = 0;                                  // one past the last record
  std::map<uint64_t, std::optional<RootPair>> roots;  // at the sizes that were wanted
  std::vector<Mismatch> mismatches;
  std::set<uint64_t> damaged;  // records that are gone, unreadable or no records
  Sum streams;
  Sum requests;
  std::vector<KnownHead> heads;  // what is signed, and what the head file remembers
  // The records past the last full tile, for looking closer.
  Roots before_tail;  // of the hashes in the tiles
  Roots records_before_tail;
  std::vector<std::string> tail;
};

// As CheckLog, and what it knows of every feed: own feeds and replicas.
struct Facts {
  std::vector<FeedFacts> own;
  std::vector<FeedFacts> replicas;
};
absl::StatusOr<Report> CheckLog(const Options& options, Facts& facts);

std::string PathOf(const Options& options, const std::string& name);

// Goes over the records of `facts.id`, from the first to the last, and over its tiles.
// Stops early when the check does.
void WalkFeed(Context& context, FeedFacts& facts);

// Holds the roots against what is known of the feed, and names what is wrong.
void JudgeFeed(Context& context, FeedFacts& facts, const std::vector<KnownHead>& heads);

}  // namespace eventstore::check
