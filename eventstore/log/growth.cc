#include "eventstore/log/growth.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "eventstore/base/errors.h"

namespace eventstore::log {
namespace {

// Of a row of the index and of the tree, about.
constexpr size_t kPositionBytes = 40;
constexpr size_t kTileBytes = 20 + merkle::kTileWidth * crypto::Digest::kSize;

}  // namespace

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
  ASSIGN_OR_RETURN(const uint64_t last, LastRevision(stream));
  return last + 1;
}

absl::StatusOr<uint64_t> Growth::LastRevision(const StreamId& stream) {
  if (!streams_) {
    streams_ =
        store_.database().Scan(storage::StreamsOf(feed_.number()), storage::Order::kDescending);
  }
  streams_->Seek(
      storage::StreamKey(feed_.number(), stream.view(), std::numeric_limits<uint64_t>::max()));
  RETURN_IF_ERROR(streams_->status());
  const bool is_there =
      streams_->Valid() && storage::StreamOfKey(streams_->key()) == stream.view();
  const auto last = is_there ? storage::RevisionOfKey(streams_->key()) : std::nullopt;
  if (!last) return absl::DataLossError("opslag: een sleutel van een stroom is beschadigd");
  return *last;
}

absl::StatusOr<std::vector<uint64_t>> Growth::StoredRevisions(
    const std::vector<StreamId>& streams) {
  std::vector<uint64_t> revisions(streams.size());
  std::vector<size_t> unknown;
  std::vector<std::string> first_keys;
  for (size_t i = 0; i < streams.size(); ++i) {
    if (const auto known = store_.revisions().Find(feed_.number(), streams[i])) {
      revisions[i] = *known;
      continue;
    }
    unknown.push_back(i);
    first_keys.push_back(storage::StreamKey(feed_.number(), streams[i].view(), 0));
  }
  ASSIGN_OR_RETURN(const std::vector<bool> stored, store_.database().Contains(first_keys));
  for (size_t i = 0; i < unknown.size(); ++i) {
    if (!stored[i]) continue;
    ASSIGN_OR_RETURN(const uint64_t last, LastRevision(streams[unknown[i]]));
    revisions[unknown[i]] = last + 1;
  }
  return revisions;
}

absl::Status Growth::Append(std::string_view bytes, const crypto::Digest& leaf_hash,
                            const StreamId& stream, storage::Batch& batch) {
  ASSIGN_OR_RETURN(const uint64_t revision, Revision(stream));
  batch.Put(storage::RecordKey(feed_.number(), size()), bytes);
  positions_.push_back({stream, revision, size()});
  revisions_[stream] = revision + 1;
  frontier_.Append(leaf_hash, finished_);
  return absl::OkStatus();
}

void Growth::PutIndex(storage::Batch& batch) {
  std::ranges::sort(positions_);
  std::ranges::sort(finished_, {}, &merkle::Frontier::FullTile::id);
  for (const storage::TableRow& row : IndexRows()) batch.Put(row.key, *row.value);
}

absl::StatusOr<storage::Table> Growth::AddStored(
    const std::vector<CheckedRecords::Entry>& records) {
  positions_.reserve(records.size());
  for (const CheckedRecords::Entry& record : records) {
    positions_.push_back({record.stream, 0, size()});
    frontier_.Append(record.leaf_hash, finished_);
  }
  // One look for each stream, and neighbouring streams one after the other.
  std::ranges::sort(positions_);
  std::ranges::sort(finished_, {}, &merkle::Frontier::FullTile::id);
  std::vector<StreamId> streams;
  for (const Position& position : positions_) {
    if (streams.empty() || streams.back() != position.stream) streams.push_back(position.stream);
  }
  ASSIGN_OR_RETURN(std::vector<uint64_t> revisions, StoredRevisions(streams));
  size_t stream = 0;
  for (Position& position : positions_) {
    if (position.stream != streams[stream]) ++stream;
    position.revision = revisions[stream]++;
  }
  revisions_.reserve(streams.size());
  for (size_t i = 0; i < streams.size(); ++i) revisions_.emplace(streams[i], revisions[i]);
  return IndexRows();
}

storage::Table Growth::IndexRows() {
  std::vector<std::pair<size_t, size_t>> ends;  // of each key and value
  ends.reserve(positions_.size() + finished_.size());
  memory_.clear();
  memory_.reserve(positions_.size() * kPositionBytes + finished_.size() * kTileBytes);
  for (const Position& position : positions_) {
    memory_ += storage::StreamKey(feed_.number(), position.stream.view(), position.revision);
    const size_t key_end = memory_.size();
    storage::AppendUint64(memory_, position.sequence);
    ends.emplace_back(key_end, memory_.size());
  }
  for (const merkle::Frontier::FullTile& tile : finished_) {
    memory_ += storage::TileKey(feed_.number(), tile.id.level, tile.id.index);
    const size_t key_end = memory_.size();
    for (const crypto::Digest& hash : tile.hashes) memory_ += hash.view();
    ends.emplace_back(key_end, memory_.size());
  }
  positions_.clear();
  finished_.clear();
  storage::Table rows;
  rows.reserve(ends.size());
  size_t begin = 0;
  for (const auto& [key_end, end] : ends) {
    const std::string_view memory = memory_;
    rows.push_back({memory.substr(begin, key_end - begin), memory.substr(key_end, end - key_end)});
    begin = end;
  }
  return rows;
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
