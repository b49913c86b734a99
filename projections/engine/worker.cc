#include "projections/engine/worker.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

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
  if (ahead_.valid()) ahead_.wait();
  ahead_ = {};
  subscription_.reset();
  if (!generations_.empty()) subscription_ = log_.Subscribe(Earliest(generations_), {});
}

Worker::Batch Worker::Read(eventstore::log::Subscription& subscription, absl::Duration timeout) {
  ASSIGN_OR_RETURN(auto batch, subscription.Next(timeout));
  std::vector<Decoded> decoded;
  decoded.reserve(batch.events.size());
  for (StoredEvent& stored : batch.events) {
    Decoded& one = decoded.emplace_back(Decoded{stored.feed, stored.sequence, {}, {}});
    one.event = DecodeEvent(std::move(stored));
    if (!one.event.has_value()) one.type = std::move(stored.type);
  }
  return decoded;
}

Worker::Batch Worker::Next(absl::Duration timeout) {
  Batch batch = std::vector<Decoded>();
  if (ahead_.valid()) batch = ahead_.get();
  // What was read ahead may be an end that has moved since.
  if (batch.ok() && batch->empty()) batch = Read(*subscription_, timeout);
  if (reads_ahead_ && batch.ok() && !batch->empty()) {
    ahead_ = std::async(std::launch::async, [subscription = subscription_] {
      return Read(*subscription, absl::ZeroDuration());
    });
  }
  return batch;
}

absl::StatusOr<bool> Worker::Fold(absl::Duration timeout) {
  if (subscription_ == nullptr) return false;
  if (taken_ == waiting_.size()) {
    taken_ = 0;
    waiting_.clear();
    ASSIGN_OR_RETURN(waiting_, Next(timeout));
  }
  const size_t end = std::min(waiting_.size(), taken_ + commit_events_);
  if (taken_ == end) return false;
  for (; taken_ < end; ++taken_) {
    const Decoded& one = waiting_[taken_];
    if (!one.event.has_value()) {
      // A payload that is not of its type stays so after an upgrade: no type to wait for.
      unknown_.push_back(
          {UnknownKey(one.feed, one.sequence.value()), IsKnownType(one.type) ? "" : one.type});
    }
    for (const auto& generation : generations_) {
      generation->Take(one.feed, one.sequence, one.event.has_value() ? &*one.event : nullptr);
    }
  }
  return true;
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

bool Worker::HasCaughtUp() const {
  const Cursor heads = log_.Heads();
  return std::all_of(generations_.begin(), generations_.end(), [&](const auto& generation) {
    return !generation->status().ok() || generation->cursor().Covers(heads);
  });
}

}  // namespace projections::engine
