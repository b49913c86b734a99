#include "projections/engine/worker.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "eventstore/base/errors.h"

namespace projections::engine {

using eventstore::log::Cursor;
using eventstore::log::EventView;
using eventstore::log::FeedId;
using eventstore::log::Sequence;
using eventstore::storage::TableRow;

namespace {

// For each feed the position of whoever is furthest behind.
Cursor Earliest(const std::vector<std::shared_ptr<Generation>>& generations) {
  std::set<FeedId> feeds;
  for (const auto& generation : generations) {
    for (const auto& [feed, progress] : generation->progress()) feeds.insert(feed);
  }
  Cursor earliest;
  for (const FeedId& feed : feeds) {
    std::optional<uint64_t> least;
    for (const auto& generation : generations) {
      const auto it = generation->progress().find(feed);
      const uint64_t next = it == generation->progress().end() ? 0 : it->second.next;
      least = std::min(least.value_or(next), next);
    }
    earliest.Set(feed, Sequence(least.value_or(0)));
  }
  return earliest;
}

}  // namespace

std::vector<TableRow> Folded::Rows() const {
  std::vector<TableRow> rows = progress;
  for (const Changes* one : changes) one->AppendRows(rows);
  for (const auto& [key, type] : unknown) rows.push_back({key, type});
  return rows;
}

void Worker::Assign(std::vector<std::shared_ptr<Generation>> generations) {
  generations_ = std::move(generations);
  // As their keys are ordered.
  std::sort(generations_.begin(), generations_.end(),
            [](const auto& a, const auto& b) { return a->number() < b->number(); });
  feed_.reset();
  subscription_.reset();
  if (!generations_.empty()) subscription_ = log_.Subscribe(Earliest(generations_), {});
}

absl::StatusOr<bool> Worker::Fold(absl::Duration timeout, size_t limit) {
  if (subscription_ == nullptr) return false;
  size_t folded = 0;
  const auto read = subscription_->Visit(timeout, limit, [&](const EventView& stored) {
    FoldOne(stored);
    ++folded;
  });
  // What came before an error is written first; the error will come again.
  if (folded == 0) RETURN_IF_ERROR(read.status());
  return folded > 0;
}

void Worker::FoldOne(const EventView& stored) {
  const auto event = decoder_.Decode(stored);
  if (!event.has_value()) {
    // A payload that is not of its type stays so after an upgrade: no type to wait for.
    const std::string type(stored.parts.type);
    unknown_[UnknownKey(stored.feed, stored.sequence.value())] = IsKnownType(type) ? "" : type;
  }
  if (feed_ != stored.feed) {
    feed_ = stored.feed;
    for (const auto& generation : generations_) generation->Enter(*feed_);
  }
  for (const auto& generation : generations_) {
    generation->Take(stored.sequence, event.has_value() ? &*event : nullptr);
  }
}

Folded Worker::BeginWrite() {
  Folded folded;
  for (const auto& generation : generations_) {
    Changes& changes = generation->BeginWrite();
    changes.AppendProgress(generation->number(), folded.progress);
    folded.changes.push_back(&changes);
  }
  folded.unknown = std::exchange(unknown_, {});
  return folded;
}

bool Worker::HasChanges() const {
  return std::any_of(generations_.begin(), generations_.end(),
                     [](const auto& generation) { return generation->HasChanges(); });
}

size_t Worker::size_bytes() const {
  size_t bytes = 0;
  for (const auto& generation : generations_) bytes += generation->size_bytes();
  return bytes;
}

bool Worker::HasLostWrites() const {
  return std::any_of(generations_.begin(), generations_.end(),
                     [](const auto& generation) { return generation->HasLostWrite(); });
}

void Worker::Resume() {
  for (const auto& generation : generations_) {
    if (generation->HasLostWrite()) generation->Resume();
  }
  Assign(generations_);
}

bool Worker::HasCaughtUp() const {
  const Cursor heads = log_.Heads();
  return std::all_of(generations_.begin(), generations_.end(), [&](const auto& generation) {
    if (generation->HasLostWrite()) return false;
    return !generation->status().ok() || generation->cursor().Covers(heads);
  });
}

}  // namespace projections::engine
