#include "eventstore/check/feed_check.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"

namespace eventstore::check {
namespace {

constexpr size_t kMaximumMismatches = 10'000;
constexpr uint64_t kTellEvery = 256;

struct Leaf {
  std::optional<Digest> hash;
  std::optional<log::EventId> event;
};

std::optional<log::EventId> EventOf(std::string_view bytes) {
  poolcirkel::log::v1::Record record;
  if (!record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return std::nullopt;
  const auto id = log::EventId::FromBytes(record.event_id());
  if (!id.ok()) return std::nullopt;
  return *id;
}

std::string TileName(uint32_t level, uint64_t index) {
  return absl::StrCat("tegel ", level, "/", index);
}

// One feed, record by record.
class Walk {
 public:
  Walk(Context& context, FeedFacts& facts) : context_(context), facts_(facts) {}

  bool Run();

 private:
  bool TakeReadable(uint64_t end);
  bool TakeDamaged(uint64_t end, const absl::Status& why);
  bool Take(std::string_view bytes);
  void TakeMissing(const std::string& why);
  uint64_t End() const;
  void FlushTile(bool full);
  std::optional<std::vector<Digest>> ReadTile(uint32_t level, uint64_t index);
  void AddToLevel(size_t level, const Digest& from_records, const Digest& from_tiles);
  void AddRoots(const std::optional<Digest>& from_records, const std::optional<Digest>& from_tiles);
  void CheckTileKeys();

  struct Pending {
    uint64_t index = 0;
    std::vector<Digest> from_records;
    std::vector<Digest> from_tiles;
  };

  Context& context_;
  FeedFacts& facts_;
  uint64_t next_ = 0;
  std::vector<Leaf> leaves_;  // of the tile that is being filled
  bool lost_ = false;         // a record without a hash came by
  Roots from_records_;
  Roots from_tiles_;
  std::vector<Pending> levels_;  // [0]: tiles of level 1
};

// One past the last record, by its key; or by what was signed, when that cannot be read.
uint64_t Walk::End() const {
  const auto last =
      context_.database.Scan(storage::RecordsOf(facts_.number), storage::Order::kDescending);
  if (last->Valid()) {
    if (const auto sequence = storage::SequenceOfKey(last->key())) return *sequence + 1;
  }
  if (!last->Valid() && last->status().ok()) return 0;
  return facts_.roots.empty() ? 0 : facts_.roots.rbegin()->first;
}

bool Walk::Run() {
  const uint64_t end = End();
  AddRoots(std::nullopt, std::nullopt);
  while (next_ < end) {
    if (!TakeReadable(end)) return false;
  }
  FlushTile(/*full=*/false);
  CheckTileKeys();
  return true;
}

// As far as one iterator leads.
bool Walk::TakeReadable(uint64_t end) {
  const auto stored = context_.database.Scan(storage::RecordsOf(facts_.number));
  stored->Seek(storage::RecordKey(facts_.number, next_));
  for (; stored->Valid(); stored->Next()) {
    const auto sequence = storage::SequenceOfKey(stored->key());
    if (!sequence) {
      context_.Add(Part::kRecord, &facts_.id, "", "een sleutel is geen plaats in de reeks");
      continue;
    }
    while (next_ < *sequence) TakeMissing("ontbreekt");
    if (!Take(stored->value())) return false;
  }
  if (!stored->status().ok()) return TakeDamaged(end, stored->status());
  while (next_ < end) TakeMissing("ontbreekt");
  return true;
}

// Where an iterator stops at a damaged block: one by one, up to what can be read again.
bool Walk::TakeDamaged(uint64_t end, const absl::Status& why) {
  bool met = false;
  while (next_ < end) {
    const auto bytes = context_.database.Get(storage::RecordKey(facts_.number, next_));
    if (bytes.ok()) {
      if (met) return true;
      if (!Take(*bytes)) return false;
      continue;
    }
    met = true;
    TakeMissing(absl::IsNotFound(bytes.status())
                    ? "ontbreekt"
                    : absl::StrCat("is niet te lezen (", bytes.status().message(), ")"));
  }
  if (!met) context_.Add(Part::kDatabase, &facts_.id, "", std::string(why.message()));
  return true;
}

bool Walk::Take(std::string_view bytes) {
  Leaf leaf;
  leaf.hash = HashLeaf(bytes);
  auto event = log::DecodeRecord(facts_.id, log::Sequence(next_), std::string(bytes));
  if (event.ok()) {
    leaf.event = event->id;
    facts_.streams.Add(StreamEntry(event->stream, next_));
    facts_.requests.Add(RequestEntry(event->request.view(), event->request_digest, facts_.number,
                                     next_, event->id.view()));
    if (context_.options.on_record) context_.options.on_record(*event);
  } else {
    leaf.event = EventOf(bytes);
    facts_.damaged.insert(next_);
    context_.report.Add({Part::kRecord, context_.name, facts_.id, log::Sequence(next_), leaf.event,
                         "", absl::StrCat("is beschadigd: ", event.status().message())});
  }
  ++context_.report.records;
  context_.report.bytes += bytes.size();
  ++context_.records_done;
  facts_.tail.emplace_back(bytes);
  leaves_.push_back(std::move(leaf));
  facts_.size = ++next_;
  if (leaves_.size() == kTileWidth) FlushTile(/*full=*/true);
  return next_ % kTellEvery != 0 || context_.Tell("gebeurtenissen");
}

void Walk::TakeMissing(const std::string& why) {
  context_.report.Add(
      {Part::kRecord, context_.name, facts_.id, log::Sequence(next_), std::nullopt, "", why});
  facts_.damaged.insert(next_);
  facts_.tail.emplace_back();
  leaves_.emplace_back();
  facts_.size = ++next_;
  if (leaves_.size() == kTileWidth) FlushTile(/*full=*/true);
}

std::optional<std::vector<Digest>> Walk::ReadTile(uint32_t level, uint64_t index) {
  const auto stored = context_.database.Get(storage::TileKey(facts_.number, level, index));
  if (!stored.ok()) {
    context_.Add(
        Part::kTile, &facts_.id, TileName(level, index),
        absl::IsNotFound(stored.status()) ? "ontbreekt" : std::string(stored.status().message()));
    return std::nullopt;
  }
  ++context_.report.tiles;
  if (stored->size() != kTileWidth * Digest::kSize) {
    context_.Add(Part::kTile, &facts_.id, TileName(level, index), "heeft een verkeerde lengte");
    return std::nullopt;
  }
  std::vector<Digest> hashes;
  for (size_t i = 0; i < kTileWidth; ++i) {
    hashes.push_back(
        *Digest::FromBytes(std::string_view(*stored).substr(i * Digest::kSize, Digest::kSize)));
  }
  return hashes;
}

void Walk::FlushTile(bool full) {
  const uint64_t index = from_records_.size() / kTileWidth;
  const uint64_t first = index * kTileWidth;
  std::optional<std::vector<Digest>> stored;
  if (full) stored = ReadTile(0, index);
  if (!full) {
    facts_.before_tail = from_tiles_;
    facts_.records_before_tail = from_records_;
  }
  std::vector<Digest> from_records;
  std::vector<Digest> from_tiles;
  for (size_t i = 0; i < leaves_.size(); ++i) {
    const Leaf& leaf = leaves_[i];
    std::optional<Digest> record = leaf.hash;
    if (!record && stored) record = (*stored)[i];
    const std::optional<Digest> tile = stored ? (*stored)[i] : record;
    if (record && tile && *record != *tile && facts_.mismatches.size() < kMaximumMismatches) {
      facts_.mismatches.push_back({first + i, leaf.event});
    }
    AddRoots(record, tile);
    if (record && tile) {
      from_records.push_back(*record);
      from_tiles.push_back(*tile);
    }
  }
  leaves_.clear();
  if (!full) return;
  facts_.tail.clear();
  if (from_records.size() == kTileWidth && !lost_) {
    AddToLevel(1, RootOf(from_records), RootOf(from_tiles));
  }
}

// Adds a leaf (nothing: only looks whether a root is wanted here).
void Walk::AddRoots(const std::optional<Digest>& from_records,
                    const std::optional<Digest>& from_tiles) {
  if (from_records && from_tiles) {
    from_records_.Add(*from_records);
    from_tiles_.Add(*from_tiles);
  } else if (from_records_.size() < next_) {
    lost_ = true;
    from_records_.Add(Digest());
    from_tiles_.Add(Digest());
  }
  const auto wanted = facts_.roots.find(from_records_.size());
  if (wanted != facts_.roots.end() && !lost_) {
    wanted->second = RootPair{from_records_.Root(), from_tiles_.Root()};
  }
}

void Walk::AddToLevel(size_t level, const Digest& from_records, const Digest& from_tiles) {
  if (levels_.size() < level) levels_.emplace_back();
  Pending& pending = levels_[level - 1];
  pending.from_records.push_back(from_records);
  pending.from_tiles.push_back(from_tiles);
  if (pending.from_records.size() < kTileWidth) return;
  const Pending full = std::exchange(pending, Pending{pending.index + 1, {}, {}});
  const auto stored = ReadTile(static_cast<uint32_t>(level), full.index);
  if (stored) {
    for (size_t i = 0; i < kTileWidth; ++i) {
      const Digest& hash = (*stored)[i];
      if (hash == full.from_records[i] || hash == full.from_tiles[i]) continue;
      context_.Add(Part::kTile, &facts_.id, TileName(static_cast<uint32_t>(level), full.index),
                   absl::StrCat("de hash op plaats ", i, " volgt niet uit de gebeurtenissen"));
      break;
    }
  }
  AddToLevel(level + 1, RootOf(full.from_records), RootOf(full.from_tiles));
}

// Tiles that no record asks for.
void Walk::CheckTileKeys() {
  const auto tiles = context_.database.Scan(storage::TilesOf(facts_.number));
  for (; tiles->Valid(); tiles->Next()) {
    const auto place = storage::TileOfKey(tiles->key());
    uint64_t full = facts_.size;
    for (uint32_t level = 0; place && level <= place->level && full > 0; ++level) {
      full /= kTileWidth;
    }
    if (place && place->index < full) continue;
    context_.Add(Part::kTile, &facts_.id,
                 place ? TileName(place->level, place->index) : "een onbekende sleutel",
                 "hoort er niet te zijn");
  }
  if (!tiles->status().ok()) {
    context_.Add(Part::kTile, &facts_.id, "", std::string(tiles->status().message()));
  }
}

}  // namespace

void Context::Add(Part part, const log::FeedId* feed, std::string place, std::string detail) {
  Finding finding;
  finding.part = part;
  finding.database = name;
  if (feed != nullptr) finding.feed = *feed;
  finding.place = std::move(place);
  finding.detail = std::move(detail);
  report.Add(std::move(finding));
}

bool Context::Tell(const char* what) {
  if (report.stopped) return false;
  if (options.progress &&
      !options.progress({absl::StrCat(name, ": ", what), records_done, records_total})) {
    report.stopped = true;
  }
  return !report.stopped;
}

void Sum::Add(const Digest& digest) {
  low_ += storage::ReadUint64(digest.view());
  high_ += storage::ReadUint64(digest.view().substr(sizeof(uint64_t)));
}

Digest StreamEntry(const log::StreamId& stream, uint64_t sequence) {
  std::string number;
  storage::AppendUint64(number, sequence);
  return crypto::Sha256({stream.view(), number});
}

Digest RequestEntry(std::string_view request, std::string_view digest, storage::FeedNumber feed,
                    uint64_t sequence, std::string_view event) {
  std::string numbers;
  storage::AppendUint32(numbers, feed);
  storage::AppendUint64(numbers, sequence);
  return crypto::Sha256({request, digest, numbers, event});
}

void WalkFeed(Context& context, FeedFacts& facts) {
  ++context.report.feeds;
  Walk(context, facts).Run();
}

}  // namespace eventstore::check
