#include "projections/engine/worker.h"

#include <algorithm>
#include <optional>
#include <set>

#include "eventstore/base/errors.h"
#include "projections/engine/decode.h"

namespace projections::engine {

using eventstore::log::Cursor;
using eventstore::log::FeedId;
using eventstore::log::Sequence;
using eventstore::log::StoredEvent;

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

void Worker::Assign(std::vector<std::shared_ptr<Generation>> generations) {
  generations_ = std::move(generations);
  waiting_.clear();
  taken_ = 0;
  subscription_.reset();
  if (!generations_.empty()) subscription_ = log_.Subscribe(Earliest(generations_), {});
}

absl::StatusOr<bool> Worker::Fold(absl::Duration timeout) {
  unknown_.clear();
  if (subscription_ == nullptr) return false;
  if (taken_ == waiting_.size()) {
    taken_ = 0;
    waiting_.clear();
    ASSIGN_OR_RETURN(auto batch, subscription_->Next(timeout));
    waiting_ = std::move(batch.events);
  }
  const size_t end = std::min(waiting_.size(), taken_ + commit_events_);
  if (taken_ == end) return false;
  for (; taken_ < end; ++taken_) {
    const StoredEvent& stored = waiting_[taken_];
    const std::optional<Event> event = DecodeEvent(stored);
    if (!event.has_value()) {
      // A payload that is not of its type stays so after an upgrade: no type to wait for.
      unknown_.push_back(
          {stored.feed, stored.sequence, IsKnownType(stored.type) ? "" : stored.type});
    }
    for (const auto& generation : generations_) {
      generation->Take(stored, event.has_value() ? &*event : nullptr);
    }
  }
  return true;
}

bool Worker::HasCaughtUp() const {
  const Cursor heads = log_.Heads();
  return std::all_of(generations_.begin(), generations_.end(), [&](const auto& generation) {
    return !generation->status().ok() || generation->cursor().Covers(heads);
  });
}

}  // namespace projections::engine
