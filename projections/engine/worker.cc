#include "projections/engine/worker.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "eventstore/base/errors.h"
#include "projections/engine/decode.h"

namespace projections::engine {

using eventstore::log::Cursor;
using eventstore::log::EventView;
using eventstore::log::FeedId;
using eventstore::log::Sequence;

namespace {

// Taken at once for decoded events, at most.
constexpr size_t kBlockBytes = 64 << 10;

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
  waiting_ = {};
  taken_ = 0;
  if (ahead_.valid()) ahead_.wait();
  ahead_ = {};
  subscription_.reset();
  if (!generations_.empty()) subscription_ = log_.Subscribe(Earliest(generations_), {});
}

Worker::Reading Worker::Read(eventstore::log::Subscription& subscription, absl::Duration timeout) {
  google::protobuf::ArenaOptions options;
  options.max_block_size = kBlockBytes;
  Events events{std::make_unique<google::protobuf::Arena>(options), {}};
  const auto visit = [&](const EventView& stored) {
    auto event = DecodeEvent(stored, *events.memory);
    std::string type(event.has_value() ? "" : stored.parts.type);
    events.decoded.push_back({stored.feed, stored.sequence, std::move(type), std::move(event)});
  };
  RETURN_IF_ERROR(subscription.Visit(timeout, visit).status());
  return events;
}

Worker::Reading Worker::Next(absl::Duration timeout) {
  Reading events = Events();
  if (ahead_.valid()) events = ahead_.get();
  // What was read ahead may be an end that has moved since.
  if (events.ok() && events->decoded.empty()) events = Read(*subscription_, timeout);
  if (reads_ahead_ && events.ok() && !events->decoded.empty()) {
    ahead_ = std::async(std::launch::async, [subscription = subscription_] {
      return Read(*subscription, absl::ZeroDuration());
    });
  }
  return events;
}

absl::StatusOr<bool> Worker::Fold(absl::Duration timeout) {
  if (subscription_ == nullptr) return false;
  if (taken_ == waiting_.decoded.size()) {
    taken_ = 0;
    waiting_ = {};
    ASSIGN_OR_RETURN(waiting_, Next(timeout));
  }
  const size_t end = std::min(waiting_.decoded.size(), taken_ + commit_events_);
  if (taken_ == end) return false;
  for (; taken_ < end; ++taken_) {
    const Decoded& one = waiting_.decoded[taken_];
    if (!one.event.has_value()) {
      // A payload that is not of its type stays so after an upgrade: no type to wait for.
      unknown_[UnknownKey(one.feed, one.sequence.value())] = IsKnownType(one.type) ? "" : one.type;
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
