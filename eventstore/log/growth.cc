#include "eventstore/log/growth.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "eventstore/base/errors.h"

namespace eventstore::log {

Growth::Growth(FeedStore& store, Feed& feed) : Growth(store, feed, feed.frontier()) {}

Growth::Growth(FeedStore& store, Feed& feed, merkle::Frontier written)
    : store_(store),
      feed_(feed),
      frontier_(std::move(written)),
      size_before_(frontier_.size()) {}

absl::StatusOr<uint64_t> Growth::Revision(const StreamId& stream) {
  if (const auto found = revisions_.find(stream); found != revisions_.end()) return found->second;
  ASSIGN_OR_RETURN(const uint64_t revision, StoredRevision(stream));
  revisions_[stream] = revision;
  return revision;
}

absl::StatusOr<uint64_t> Growth::StoredRevision(const StreamId& stream) {
  if (const auto known = store_.revisions().Find(feed_.number(), stream)) return *known;
  // Most streams that are not remembered are new: the table filters answer that at
  // once, where looking for the last event would search.
  const auto first = store_.database().Get(storage::StreamKey(feed_.number(), stream.view(), 0));
  if (absl::IsNotFound(first.status())) return 0;
  RETURN_IF_ERROR(first.status());
  if (!streams_) {
    streams_ =
        store_.database().Scan(storage::StreamsOf(feed_.number()), storage::Order::kDescending);
  }
  streams_->Seek(
      storage::StreamKey(feed_.number(), stream.view(), std::numeric_limits<uint64_t>::max()));
  RETURN_IF_ERROR(streams_->status());
  if (!streams_->Valid() || storage::StreamOfKey(streams_->key()) != stream.view()) return 0;
  const auto last = storage::RevisionOfKey(streams_->key());
  if (!last) return absl::DataLossError("opslag: een sleutel van een stroom is beschadigd");
  return *last + 1;
}

absl::Status Growth::Append(std::string_view bytes, const crypto::Digest& leaf_hash,
                            const StreamId& stream, storage::Batch& batch) {
  ASSIGN_OR_RETURN(const uint64_t revision, Revision(stream));
  const uint64_t sequence = frontier_.size();
  batch.Put(storage::RecordKey(feed_.number(), sequence), bytes);
  index_.emplace_back(storage::StreamKey(feed_.number(), stream.view(), revision), sequence);
  revisions_[stream] = revision + 1;

  finished_.clear();
  frontier_.Append(leaf_hash, finished_);
  for (const auto& tile : finished_) {
    std::string hashes;
    hashes.reserve(tile.hashes.size() * crypto::Digest::kSize);
    for (const crypto::Digest& hash : tile.hashes) hashes += hash.view();
    batch.Put(storage::TileKey(feed_.number(), tile.id.level, tile.id.index), hashes);
  }
  return absl::OkStatus();
}

void Growth::PutIndex(storage::Batch& batch) {
  std::ranges::sort(index_);
  for (const auto& [key, sequence] : index_) {
    std::string position;
    storage::AppendUint64(position, sequence);
    batch.Put(key, position);
  }
  index_.clear();
}

void Growth::SetCheckpoint(SignedCheckpoint checkpoint, storage::Batch& batch) {
  batch.Put(storage::CheckpointKey(feed_.number()), checkpoint.note);
  checkpoint_ = std::move(checkpoint);
}

void Growth::Written() {
  for (const auto& [stream, revision] : revisions_) {
    store_.revisions().Put(feed_.number(), stream, revision);
  }
  // Whoever holds an iterator holds up opening the database again.
  streams_.reset();
}

void Growth::Publish() && {
  feed_.Publish(std::move(frontier_), std::move(checkpoint_));
}

}  // namespace eventstore::log
