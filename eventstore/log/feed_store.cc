#include "eventstore/log/feed_store.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "eventstore/storage/files.h"

namespace eventstore::log {
namespace {

// FeedId as a value: circle (32) || member (16) || epoch (4).
constexpr size_t kFeedValueSize = CircleId::kSize + MemberId::kSize + sizeof(uint32_t);

std::string EncodeFeed(const FeedId& id) {
  std::string value = absl::StrCat(id.circle.bytes(), id.member.bytes());
  storage::AppendUint32(value, static_cast<uint32_t>(id.epoch.value()));
  return value;
}

absl::StatusOr<FeedId> DecodeFeed(std::string_view value) {
  if (value.size() != kFeedValueSize) {
    return absl::DataLossError("opslag: de naam van een reeks is beschadigd");
  }
  FeedId id;
  ASSIGN_OR_RETURN(id.circle, CircleId::FromBytes(value.substr(0, CircleId::kSize)));
  ASSIGN_OR_RETURN(id.member, MemberId::FromBytes(value.substr(CircleId::kSize, MemberId::kSize)));
  id.epoch = Epoch(storage::ReadUint32(value.substr(CircleId::kSize + MemberId::kSize)));
  return id;
}

absl::Status Disagree(const Feed& feed, absl::string_view what) {
  return absl::DataLossError(absl::StrCat("opslag: reeks ", Origin(feed.id()), ": ", what));
}

// Refuses a database of another layout; a new one gets the version.
absl::Status CheckFormat(storage::Database& database, bool read_only) {
  const auto version = database.Get(storage::FormatVersionKey());
  if (absl::IsNotFound(version.status())) {
    if (read_only) return absl::OkStatus();
    storage::Batch batch;
    batch.Put(storage::FormatVersionKey(), storage::kFormatVersion);
    return database.Write(batch, storage::Durability::kSynced);
  }
  RETURN_IF_ERROR(version.status());
  if (*version == storage::kFormatVersion) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("opslag: het logboek heeft indeling ", *version, " en dit programma kent ",
                   std::string(storage::kFormatVersion),
                   *version < storage::kFormatVersion
                       ? ": maak het opnieuw met poolcirkel log repair"
                       : ": dit logboek is van een nieuwere versie van het programma"));
}

std::string EncodeCosignature(const Cosigned& cosigned) {
  std::string value;
  storage::AppendUint64(value, cosigned.size);
  return value + cosigned.note;
}

}  // namespace

absl::StatusOr<std::unique_ptr<FeedStore>> FeedStore::Open(const Options& options) {
  storage::Database::Options database_options;
  database_options.path = options.path;
  database_options.environment = options.environment;
  database_options.read_only = options.read_only;
  database_options.salvage = options.salvage;
  ASSIGN_OR_RETURN(auto database, storage::Database::Open(database_options));
  RETURN_IF_ERROR(CheckFormat(*database, options.read_only || options.salvage));
  std::unique_ptr<FeedStore> store(new FeedStore(options, std::move(database)));
  RETURN_IF_ERROR(store->Load());
  return store;
}

absl::StatusOr<std::map<storage::FeedNumber, FeedId>> FeedStore::LoadNames() {
  std::map<storage::FeedNumber, FeedId> names;
  const auto feeds = database_->Scan(storage::AllFeeds());
  for (; feeds->Valid(); feeds->Next()) {
    const auto number = storage::FeedOfKey(feeds->key());
    auto id = DecodeFeed(feeds->value());
    if (id.ok() && !number) {
      id = absl::DataLossError("opslag: de sleutel van een reeks is beschadigd");
    }
    if (id.ok()) {
      names[*number] = *id;
    } else if (!options_.salvage) {
      return id.status();
    } else {
      Remember(id.status()).IgnoreError();
    }
  }
  RETURN_IF_ERROR(feeds->status());
  return names;
}

absl::Status FeedStore::Load() {
  // Nobody else has the store yet, but reading damage takes the mutex.
  std::map<FeedId, std::unique_ptr<Feed>> found;
  storage::FeedNumber last_number = 0;
  ASSIGN_OR_RETURN(const auto names, LoadNames());
  for (const auto& [number, id] : names) {
    auto feed = std::make_unique<Feed>(id, number, options_.lock_feeds);
    const absl::Status loaded = LoadFeed(*feed);
    if (!loaded.ok() && !options_.salvage) return loaded;
    if (!loaded.ok()) Remember(loaded).IgnoreError();
    last_number = std::max(last_number, number);
    // Of a damaged feed its right edge at least was put together.
    if (loaded.ok() || feed->size() > 0) found[id] = std::move(feed);
  }
  base::MutexLock lock(mutex_);
  feeds_ = std::move(found);
  last_number_ = last_number;
  return absl::OkStatus();
}

// Whether the database holds all that was published, and perhaps more.
absl::StatusOr<bool> FeedStore::Compare(Feed& feed) {
  base::MutexLock storing(feed.storing());
  Feed now(feed.id(), feed.number(), /*locked=*/true);
  RETURN_IF_ERROR(LoadFeed(now));
  if (now.size() < feed.size()) return Disagree(feed, "er zijn gebeurtenissen weg");
  ASSIGN_OR_RETURN(const crypto::Digest root, RootAt(now, feed.size()));
  if (root != feed.frontier().Root()) return Disagree(feed, "er staan andere gebeurtenissen");
  if (now.size() == feed.size()) return false;
  feed.Publish(now.frontier(), now.checkpoint());
  return true;
}

absl::StatusOr<std::vector<FeedId>> FeedStore::Reopen() {
  RETURN_IF_ERROR(database_->Reopen());
  RETURN_IF_ERROR(CheckFormat(*database_, /*read_only=*/false));
  revisions_.Clear();
  ASSIGN_OR_RETURN(const auto names, LoadNames());
  std::vector<FeedId> grown;
  for (const auto& [number, id] : names) {
    Feed* feed = Find(id);
    if (feed == nullptr) {
      // Its making was not acknowledged, but happened.
      base::MutexLock lock(mutex_);
      last_number_ = std::max(last_number_, number);
      auto made = std::make_unique<Feed>(id, number, /*locked=*/false);
      feed = made.get();
      feeds_[id] = std::move(made);
    }
    const auto has_more = Compare(*feed);
    if (!has_more.ok()) return Remember(has_more.status());
    if (*has_more) grown.push_back(id);
  }
  for (const Feed* feed : feeds()) {
    if (!names.contains(feed->number())) return Remember(Disagree(*feed, "de reeks is weg"));
  }
  return grown;
}

void FeedStore::ForgetTrouble() {
  base::MutexLock lock(mutex_);
  if (!absl::IsDataLoss(health_)) health_ = absl::OkStatus();
}

absl::StatusOr<uint64_t> FeedStore::LoadSize(const Feed& feed) const {
  const auto last = database_->Scan(storage::RecordsOf(feed.number()), storage::Order::kDescending);
  RETURN_IF_ERROR(last->status());
  if (!last->Valid()) return 0;
  const auto sequence = storage::SequenceOfKey(last->key());
  if (!sequence) return Disagree(feed, "een sleutel is beschadigd");
  return *sequence + 1;
}

absl::StatusOr<merkle::Frontier> FeedStore::LoadFrontier(const Feed& feed) const {
  ASSIGN_OR_RETURN(const uint64_t size, LoadSize(feed));
  std::vector<merkle::Tile> unfinished;
  const uint64_t first = size - size % merkle::kTileWidth;
  ASSIGN_OR_RETURN(const auto records, ReadBytes(feed, Sequence(first), size - first));
  merkle::Tile& leaves = unfinished.emplace_back();
  for (const std::string& record : records) leaves.push_back(merkle::LeafHash(record));

  const merkle::FetchTile fetch = Fetch(feed, merkle::Frontier());
  uint64_t tiles_below = size / merkle::kTileWidth;
  for (uint32_t level = 1; tiles_below > 0; ++level, tiles_below /= merkle::kTileWidth) {
    merkle::Tile& tile = unfinished.emplace_back();
    for (uint64_t i = tiles_below - tiles_below % merkle::kTileWidth; i < tiles_below; ++i) {
      ASSIGN_OR_RETURN(const merkle::Tile below, fetch({level - 1, i}, merkle::kTileWidth));
      merkle::Frontier full;
      std::vector<merkle::Frontier::FullTile> finished;
      for (const crypto::Digest& hash : below) full.Append(hash, finished);
      tile.push_back(full.Root());
    }
  }
  auto frontier = merkle::Frontier::Restore(size, std::move(unfinished));
  if (!frontier.ok()) return Disagree(feed, frontier.status().message());
  return frontier;
}

absl::Status FeedStore::LoadFeed(Feed& feed) {
  ASSIGN_OR_RETURN(merkle::Frontier frontier, LoadFrontier(feed));
  feed.Publish(std::move(frontier), std::nullopt);
  RETURN_IF_ERROR(LoadCosignatures(feed));
  const auto note = database_->Get(storage::CheckpointKey(feed.number()));
  if (absl::IsNotFound(note.status())) return absl::OkStatus();
  RETURN_IF_ERROR(note.status());
  auto checkpoint = ParseSignedCheckpoint(feed.id(), *note);
  if (!checkpoint.ok()) return Disagree(feed, checkpoint.status().message());
  if (checkpoint->checkpoint.size > feed.size()) {
    return Disagree(feed, "er ontbreken gebeurtenissen van een ondertekend begin");
  }
  ASSIGN_OR_RETURN(const crypto::Digest root, RootAt(feed, checkpoint->checkpoint.size));
  if (root != checkpoint->checkpoint.root) {
    return Disagree(feed, "de gebeurtenissen passen niet bij het ondertekende begin");
  }
  feed.PublishCheckpoint(*std::move(checkpoint));
  return absl::OkStatus();
}

absl::Status FeedStore::LoadCosignatures(Feed& feed) {
  const auto stored = database_->Scan(storage::CosignaturesOf(feed.number()));
  for (; stored->Valid(); stored->Next()) {
    const auto witness = MemberId::FromBytes(storage::WitnessOfKey(stored->key()));
    if (!witness.ok() || stored->value().size() < sizeof(uint64_t)) {
      return Disagree(feed, "een medeondertekening is beschadigd");
    }
    feed.PublishCosigned({*witness, storage::ReadUint64(stored->value()),
                          std::string(stored->value().substr(sizeof(uint64_t)))});
  }
  return stored->status();
}

Feed* FeedStore::Find(const FeedId& id) const {
  base::MutexLock lock(mutex_);
  const auto found = feeds_.find(id);
  return found == feeds_.end() ? nullptr : found->second.get();
}

std::vector<Feed*> FeedStore::feeds() const {
  base::MutexLock lock(mutex_);
  std::vector<Feed*> all;
  all.reserve(feeds_.size());
  for (const auto& [id, feed] : feeds_) all.push_back(feed.get());
  return all;
}

size_t FeedStore::feed_count() const {
  base::MutexLock lock(mutex_);
  return feeds_.size();
}

absl::StatusOr<Feed*> FeedStore::Create(const FeedId& id, bool locked) {
  base::MutexLock lock(mutex_);
  if (feeds_.contains(id)) {
    return absl::AlreadyExistsError(absl::StrCat("reeks ", Origin(id), " bestaat al"));
  }
  storage::Batch batch;
  batch.Put(storage::FeedKey(last_number_ + 1), EncodeFeed(id));
  RETURN_IF_ERROR(database_->Write(batch, storage::Durability::kSynced));
  ++last_number_;
  auto& feed = feeds_[id];
  feed = std::make_unique<Feed>(id, last_number_, locked);
  return feed.get();
}

absl::StatusOr<bool> FeedStore::StoreCheckpoint(Feed& feed, const std::string& note) {
  ASSIGN_OR_RETURN(SignedCheckpoint checkpoint, ParseSignedCheckpoint(feed.id(), note));
  base::MutexLock storing(feed.storing());
  if (checkpoint.checkpoint.size > feed.size()) {
    return base::InvalidField("checkpoint_note", "is hoogstens zo groot als wat er is");
  }
  const auto latest = feed.checkpoint();
  if (latest && latest->checkpoint.size >= checkpoint.checkpoint.size) return false;
  storage::Batch batch;
  batch.Put(storage::CheckpointKey(feed.number()), note);
  // Others may lose what they hold and ask how far it went; and whoever cosigns it next may
  // never cosign another story.
  RETURN_IF_ERROR(Remember(database_->Write(batch, storage::Durability::kSynced)));
  feed.PublishCheckpoint(std::move(checkpoint));
  return true;
}

absl::StatusOr<bool> FeedStore::StoreCosignature(Feed& feed, const MemberId& witness,
                                                 const std::string& note,
                                                 storage::Durability durability) {
  ASSIGN_OR_RETURN(const SignedCheckpoint checkpoint, ParseSignedCheckpoint(feed.id(), note));
  base::MutexLock storing(feed.storing());
  const auto known = feed.CosignedBy(witness);
  if (known && known->size >= checkpoint.checkpoint.size) return false;
  Cosigned cosigned{witness, checkpoint.checkpoint.size, note};
  storage::Batch batch;
  batch.Put(storage::CosignatureKey(feed.number(), witness.view()), EncodeCosignature(cosigned));
  RETURN_IF_ERROR(Remember(database_->Write(batch, durability)));
  feed.PublishCosigned(std::move(cosigned));
  return true;
}

absl::Status FeedStore::health() const {
  base::MutexLock lock(mutex_);
  return health_;
}

absl::Status FeedStore::CheckRoom() const {
  return Remember(storage::CheckRoom(options_.path, options_.environment));
}

absl::Status FeedStore::Remember(absl::Status status) const {
  const bool is_damage = absl::IsDataLoss(status);
  if (!is_damage && !absl::IsUnavailable(status) && !absl::IsResourceExhausted(status)) {
    return status;
  }
  base::MutexLock lock(mutex_);
  const bool was_damage = absl::IsDataLoss(health_);
  if (health_.ok() || (is_damage && !was_damage)) health_ = status;
  if (is_damage && !was_damage && !options_.damage_mark.empty()) {
    storage::WriteSmallFile(options_.damage_mark, std::string(status.message()),
                            options_.environment)
        .IgnoreError();
  }
  return status;
}

}  // namespace eventstore::log
