#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "eventstore/log/checked_records.h"
#include "eventstore/log/feed_store.h"
#include "eventstore/merkle/tree.h"
#include "eventstore/storage/database.h"

namespace eventstore::log {

// What one batch adds to one feed: puts records, index entries, finished tiles and
// the checkpoint in the batch, and shows them to readers once it was written.
// Thrown away otherwise; nothing has changed then. Not thread-safe; one at a time
// for a feed.
class Growth {
 public:
  // On top of what is shown.
  Growth(FeedStore& store, Feed& feed);
  // On top of what is written, which may be more than what is shown.
  Growth(FeedStore& store, Feed& feed, merkle::Frontier written);

  Feed& feed() const { return feed_; }
  uint64_t size() const { return frontier_.size(); }
  bool has_grown() const { return size() > size_before_; }
  const merkle::Frontier& frontier() const { return frontier_; }
  crypto::Digest Root() const { return frontier_.Root(); }

  // How many events the stream holds, those of this growth included.
  absl::StatusOr<uint64_t> Revision(const StreamId& stream);
  // Adds a record at size(). What it adds to index and tree is put in the batch by PutIndex.
  absl::Status Append(std::string_view bytes, const StreamId& stream, storage::Batch& batch) {
    return Append(bytes, merkle::LeafHash(bytes), stream, batch);
  }
  absl::Status Append(std::string_view bytes, const crypto::Digest& leaf_hash,
                      const StreamId& stream, storage::Batch& batch);
  // Once, after the last record. Apart, because a database takes neighbouring keys one
  // after the other faster.
  void PutIndex(storage::Batch& batch);
  // Instead of both: adds many records, whose bytes the caller stores, and gives what they
  // add to index and tree as an ordered table, of views of this.
  absl::StatusOr<storage::Table> AddStored(const std::vector<CheckedRecords::Entry>& records);
  void SetCheckpoint(SignedCheckpoint checkpoint, storage::Batch& batch);
  // After the batch was written: whatever is put on top finds its revisions.
  void Written();
  // After Written, and when it may be read.
  void Publish() &&;

 private:
  // Where a record stands in its stream.
  struct Position {
    StreamId stream;
    uint64_t revision = 0;
    uint64_t sequence = 0;
    friend auto operator<=>(const Position&, const Position&) = default;
  };

  absl::StatusOr<uint64_t> StoredRevision(const StreamId& stream);
  // That of the last event of a stream that is in the database.
  absl::StatusOr<uint64_t> LastRevision(const StreamId& stream);
  // How many events each of the streams holds, which are ordered, without this growth.
  absl::StatusOr<std::vector<uint64_t>> StoredRevisions(const std::vector<StreamId>& streams);
  // Ordered, from positions_ and finished_.
  storage::Table IndexRows();

  FeedStore& store_;
  Feed& feed_;
  merkle::Frontier frontier_;
  uint64_t size_before_;
  std::optional<SignedCheckpoint> checkpoint_;
  absl::flat_hash_map<StreamId, uint64_t> revisions_;
  std::vector<Position> positions_;
  std::vector<merkle::Frontier::FullTile> finished_;
  std::string memory_;  // that rows are views of
  // Over the stream index of the feed; made when it is needed.
  std::unique_ptr<storage::Iterator> streams_;
};

}  // namespace eventstore::log
