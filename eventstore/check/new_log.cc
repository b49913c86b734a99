#include "eventstore/check/new_log.h"

#include <utility>

#include "eventstore/base/errors.h"
#include "eventstore/storage/keys.h"

namespace eventstore::check {
namespace {

constexpr size_t kBatchBytes = 1 << 20;

}  // namespace

absl::StatusOr<std::unique_ptr<NewDatabase>> NewDatabase::Make(const std::string& path,
                                                               storage::Environment* environment) {
  ASSIGN_OR_RETURN(auto database,
                   storage::Database::Open({.path = path, .environment = environment}));
  std::unique_ptr<NewDatabase> made(new NewDatabase(std::move(database)));
  made->batch_.Put(storage::FormatVersionKey(), storage::kFormatVersion);
  return made;
}

absl::Status NewDatabase::StartFeed(const log::FeedId& feed) {
  std::string name;
  name += feed.circle.view();
  name += feed.member.view();
  storage::AppendUint32(name, static_cast<uint32_t>(feed.epoch.value()));
  batch_.Put(storage::FeedKey(++number_), name);
  frontier_ = merkle::Frontier();
  revisions_.clear();
  return WriteWhenFull();
}

absl::Status NewDatabase::Append(const log::StoredEvent& event) {
  const uint64_t sequence = frontier_.size();
  batch_.Put(storage::RecordKey(number_, sequence), event.bytes);
  std::string position;
  storage::AppendUint64(position, sequence);
  batch_.Put(storage::StreamKey(number_, event.stream.view(), revisions_[event.stream]++),
             position);
  std::vector<merkle::Frontier::FullTile> finished;
  frontier_.Append(merkle::LeafHash(event.bytes), finished);
  for (const auto& tile : finished) {
    std::string hashes;
    for (const Digest& hash : tile.hashes) hashes += hash.view();
    batch_.Put(storage::TileKey(number_, tile.id.level, tile.id.index), hashes);
  }
  return WriteWhenFull();
}

absl::Status NewDatabase::PutAside(uint64_t sequence, std::string_view bytes) {
  batch_.Put(storage::RecordKey(number_, sequence), bytes);
  return WriteWhenFull();
}

absl::Status NewDatabase::PutNote(const std::string& note) {
  batch_.Put(storage::CheckpointKey(number_), note);
  return WriteWhenFull();
}

absl::Status NewDatabase::PutCosignature(std::string_view witness, std::string_view value) {
  batch_.Put(storage::CosignatureKey(number_, witness), value);
  return WriteWhenFull();
}

absl::Status NewDatabase::WriteWhenFull() {
  if (batch_.size_bytes() < kBatchBytes) return absl::OkStatus();
  RETURN_IF_ERROR(database_->Write(batch_, storage::Durability::kBuffered));
  batch_.Clear();
  return absl::OkStatus();
}

absl::Status NewDatabase::Finish() {
  // Never empty: syncing it syncs what was written before.
  batch_.Put(storage::FormatVersionKey(), storage::kFormatVersion);
  const absl::Status written = database_->Write(batch_, storage::Durability::kSynced);
  batch_.Clear();
  return written;
}

}  // namespace eventstore::check
