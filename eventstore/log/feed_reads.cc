// Reading events and making proofs: the const half of FeedStore.
#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "eventstore/log/feed_store.h"

namespace eventstore::log {
namespace {

absl::Status Missing(const Feed& feed, uint64_t sequence) {
  return absl::DataLossError(
      absl::StrCat("opslag: gebeurtenis ", sequence, " van ", Origin(feed.id()), " ontbreekt"));
}

absl::Status PastTheEnd(const Feed& feed, uint64_t size) {
  return absl::OutOfRangeError(absl::StrCat("reeks ", Origin(feed.id()), " heeft ", feed.size(),
                                            " gebeurtenissen, geen ", size));
}

storage::Order ToOrder(Direction direction) {
  return direction == Direction::kForwards ? storage::Order::kAscending
                                           : storage::Order::kDescending;
}

// The part of the records that starts there, so that an iterator need not look for it.
storage::Range RecordsFrom(const Feed& feed, uint64_t next, Direction direction) {
  storage::Range range = storage::RecordsOf(feed.number());
  if (direction == Direction::kForwards) {
    range.lower = storage::RecordKey(feed.number(), next);
  } else {
    range.upper = storage::RecordKey(feed.number(), next + 1);
  }
  return range;
}

absl::StatusOr<merkle::Tile> DecodeTile(std::string_view hashes, uint64_t width) {
  if (hashes.size() != merkle::kTileWidth * crypto::Digest::kSize) {
    return absl::DataLossError("opslag: een tegel van de boom is beschadigd");
  }
  merkle::Tile tile;
  tile.reserve(width);
  for (uint64_t i = 0; i < width; ++i) {
    ASSIGN_OR_RETURN(const auto hash, crypto::Digest::FromBytes(hashes.substr(
                                          i * crypto::Digest::kSize, crypto::Digest::kSize)));
    tile.push_back(hash);
  }
  return tile;
}

}  // namespace

absl::Status FeedStore::VisitFeed(const Feed& feed, Sequence from, const ReadLimits& limits,
                                  Direction direction, const EventVisitor& visit) const {
  const uint64_t size = feed.size();
  uint64_t next = from.value();
  if (size == 0 || limits.events == 0) return absl::OkStatus();
  if (direction == Direction::kBackwards) next = std::min(next, size - 1);
  if (next >= size) return absl::OkStatus();

  size_t events = 0;
  size_t bytes = 0;
  const auto stored = database_->Scan(RecordsFrom(feed, next, direction), ToOrder(direction));
  for (; stored->Valid(); stored->Next()) {
    if (storage::SequenceOfKey(stored->key()) != next) return Remember(Missing(feed, next));
    RETURN_IF_ERROR(Remember(VisitStored(feed.id(), Sequence(next), stored->value(), visit)));
    const bool at_end = next == (direction == Direction::kForwards ? size - 1 : 0);
    bytes += stored->value().size();
    if (++events == limits.events || bytes >= limits.bytes || at_end) return absl::OkStatus();
    next = direction == Direction::kForwards ? next + 1 : next - 1;
  }
  RETURN_IF_ERROR(Remember(stored->status()));
  return Remember(Missing(feed, next));
}

absl::StatusOr<std::vector<StoredEvent>> FeedStore::ReadFeed(const Feed& feed, Sequence from,
                                                             size_t limit,
                                                             Direction direction) const {
  std::vector<StoredEvent> events;
  RETURN_IF_ERROR(VisitFeed(feed, from, {limit}, direction,
                            [&](const EventView& event) { events.push_back(CopyOf(event)); }));
  return events;
}

absl::StatusOr<std::vector<std::string>> FeedStore::ReadBytes(const Feed& feed, Sequence first,
                                                              size_t count) const {
  std::vector<std::string> records;
  if (count == 0) return records;
  records.reserve(count);
  const auto stored = database_->Scan(RecordsFrom(feed, first.value(), Direction::kForwards));
  for (; stored->Valid() && records.size() < count; stored->Next()) {
    const uint64_t expected = first.value() + records.size();
    if (storage::SequenceOfKey(stored->key()) != expected) {
      return Remember(Missing(feed, expected));
    }
    records.emplace_back(stored->value());
  }
  RETURN_IF_ERROR(Remember(stored->status()));
  if (records.size() < count) return Remember(Missing(feed, first.value() + records.size()));
  return records;
}

absl::StatusOr<StoredEvent> FeedStore::ReadOne(const Feed& feed, Sequence sequence) const {
  auto bytes = database_->Get(storage::RecordKey(feed.number(), sequence.value()));
  if (absl::IsNotFound(bytes.status())) return Remember(Missing(feed, sequence.value()));
  if (!bytes.ok()) return Remember(bytes.status());
  auto event = ReadStored(feed.id(), sequence, *std::move(bytes));
  if (!event.ok()) return Remember(event.status());
  return event;
}

absl::StatusOr<std::vector<StoredEvent>> FeedStore::ReadStream(const Feed& feed,
                                                               const StreamId& stream,
                                                               Revision from, size_t limit,
                                                               Direction direction) const {
  std::vector<StoredEvent> events;
  const uint64_t size = feed.size();
  const auto index =
      database_->Scan(storage::EventsOfStream(feed.number(), stream.view()), ToOrder(direction));
  index->Seek(storage::StreamKey(feed.number(), stream.view(), from.value()));
  for (; index->Valid() && events.size() < limit; index->Next()) {
    if (index->value().size() != sizeof(uint64_t)) {
      return Remember(absl::DataLossError("opslag: een plaats in een stroom is beschadigd"));
    }
    const uint64_t sequence = storage::ReadUint64(index->value());
    // Written, but not yet acknowledged.
    if (sequence >= size) {
      if (direction == Direction::kForwards) break;
      continue;
    }
    ASSIGN_OR_RETURN(StoredEvent event, ReadOne(feed, Sequence(sequence)));
    events.push_back(std::move(event));
  }
  RETURN_IF_ERROR(Remember(index->status()));
  return events;
}

absl::StatusOr<Revision> FeedStore::StreamRevision(const Feed& feed, const StreamId& stream) const {
  const uint64_t size = feed.size();
  const auto index = database_->Scan(storage::EventsOfStream(feed.number(), stream.view()),
                                     storage::Order::kDescending);
  for (; index->Valid(); index->Next()) {
    const auto revision = storage::RevisionOfKey(index->key());
    if (!revision || index->value().size() != sizeof(uint64_t)) {
      return Remember(absl::DataLossError("opslag: een plaats in een stroom is beschadigd"));
    }
    if (storage::ReadUint64(index->value()) < size) return Revision(*revision + 1);
  }
  RETURN_IF_ERROR(Remember(index->status()));
  return Revision(0);
}

merkle::FetchTile FeedStore::Fetch(const Feed& feed, const merkle::Frontier& frontier) const {
  return [this, number = feed.number(), frontier](merkle::TileId id,
                                                  uint64_t width) -> absl::StatusOr<merkle::Tile> {
    // The unfinished tile of a level stands just after the finished ones.
    const uint64_t hashes = frontier.size() >> (8 * id.level);
    if (id.index == hashes / merkle::kTileWidth && frontier.size() > 0) {
      const merkle::Tile& unfinished = frontier.Unfinished(id.level);
      if (unfinished.size() < width) {
        return absl::OutOfRangeError("de boom is hier nog niet zo groot");
      }
      return merkle::Tile(unfinished.begin(), unfinished.begin() + static_cast<ptrdiff_t>(width));
    }
    const auto stored = database_->Get(storage::TileKey(number, id.level, id.index));
    if (absl::IsNotFound(stored.status())) {
      return Remember(absl::DataLossError(
          absl::StrCat("opslag: tegel ", merkle::TilePath(id, width), " ontbreekt")));
    }
    if (!stored.ok()) return Remember(stored.status());
    auto tile = DecodeTile(*stored, width);
    if (!tile.ok()) return Remember(tile.status());
    return tile;
  };
}

absl::StatusOr<crypto::Digest> FeedStore::RootAt(const Feed& feed, uint64_t size) const {
  const merkle::Frontier frontier = feed.frontier();
  if (size > frontier.size()) return PastTheEnd(feed, size);
  if (size == frontier.size()) return frontier.Root();
  return merkle::RootAt(size, Fetch(feed, frontier));
}

absl::StatusOr<std::vector<crypto::Digest>> FeedStore::InclusionProof(const Feed& feed,
                                                                      Sequence sequence,
                                                                      uint64_t size) const {
  const merkle::Frontier frontier = feed.frontier();
  if (size > frontier.size()) return PastTheEnd(feed, size);
  return merkle::InclusionProof(sequence.value(), size, Fetch(feed, frontier));
}

absl::StatusOr<std::vector<crypto::Digest>> FeedStore::ConsistencyProof(const Feed& feed,
                                                                        uint64_t from,
                                                                        uint64_t to) const {
  const merkle::Frontier frontier = feed.frontier();
  if (to > frontier.size()) return PastTheEnd(feed, to);
  return merkle::ConsistencyProof(from, to, Fetch(feed, frontier));
}

}  // namespace eventstore::log
