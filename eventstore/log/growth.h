#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
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
  Growth(FeedStore& store, Feed& feed);

  Feed& feed() const { return feed_; }
  uint64_t size() const { return frontier_.size(); }
  crypto::Digest Root() const { return frontier_.Root(); }

  // How many events the stream holds, those of this growth included.
  absl::StatusOr<uint64_t> Revision(const StreamId& stream);
  // Adds a record at size().
  absl::Status Append(std::string_view bytes, const StreamId& stream, storage::Batch& batch);
  void SetCheckpoint(SignedCheckpoint checkpoint, storage::Batch& batch);
  // After the batch was written.
  void Publish() &&;

 private:
  absl::StatusOr<uint64_t> StoredRevision(const StreamId& stream);

  FeedStore& store_;
  Feed& feed_;
  merkle::Frontier frontier_;
  std::vector<merkle::Frontier::FullTile> finished_;
  std::optional<SignedCheckpoint> checkpoint_;
  absl::flat_hash_map<StreamId, uint64_t> revisions_;
  // Over the stream index of the feed; made when it is needed.
  std::unique_ptr<storage::Iterator> streams_;
};

}  // namespace eventstore::log
