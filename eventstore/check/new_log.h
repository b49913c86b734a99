#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "eventstore/check/feed_check.h"
#include "eventstore/merkle/tree.h"
#include "eventstore/storage/database.h"

namespace eventstore::check {

// A database of the layout of FORMAT.md that is being filled, feed by feed, without its
// request index. Not thread-safe.
class NewDatabase {
 public:
  static absl::StatusOr<std::unique_ptr<NewDatabase>> Make(const std::string& path,
                                                           storage::Environment* environment);

  // Starts a feed; those after it are of this one.
  absl::Status StartFeed(const log::FeedId& feed);
  // At size(): a record that decodes.
  absl::Status Append(const log::StoredEvent& event);
  // A record that stands past a hole: it gets its place and nothing else.
  absl::Status PutAside(uint64_t sequence, std::string_view bytes);
  absl::Status PutNote(const std::string& note);
  absl::Status PutCosignature(std::string_view witness, std::string_view value);
  uint64_t size() const { return frontier_.size(); }
  Digest Root() const { return frontier_.Root(); }
  // Everything is on the disk.
  absl::Status Finish();

 private:
  explicit NewDatabase(std::unique_ptr<storage::Database> database)
      : database_(std::move(database)) {}
  absl::Status WriteWhenFull();

  const std::unique_ptr<storage::Database> database_;
  storage::Batch batch_;
  storage::FeedNumber number_ = 0;
  merkle::Frontier frontier_;
  absl::flat_hash_map<log::StreamId, uint64_t> revisions_;
};

}  // namespace eventstore::check
