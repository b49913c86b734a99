#include "eventstore/log/subscription.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "eventstore/base/errors.h"

namespace eventstore::log {
namespace {

constexpr size_t kMaximumEvents = 512;
constexpr size_t kMaximumBytes = 4 << 20;

absl::Status Cancelled() { return absl::CancelledError("het abonnement is gestopt"); }

class PullSubscription final : public Subscription {
 public:
  PullSubscription(std::shared_ptr<Hub> hub, std::vector<const FeedStore*> stores,
                   const Cursor& from, const Filter& filter)
      : hub_(std::move(hub)), stores_(std::move(stores)), cursor_(from), filter_(filter) {}

  absl::StatusOr<Cursor> Visit(absl::Duration timeout, size_t limit,
                               const EventVisitor& visit) override {
    const Hub::Deadline deadline = Hub::After(timeout);
    const Cursor before = cursor_;
    bool in_time = true;
    while (true) {
      const uint64_t seen = hub_->generation();
      RETURN_IF_ERROR(Pull(limit, visit));
      if (cursor_ != before || !in_time) return cursor_;
      in_time = hub_->Wait(seen, deadline, [this] { return cancelled_.load(); });
    }
  }

  void Cancel() override {
    cancelled_.store(true);
    hub_->Wake();
  }

 private:
  // A feed with events that were not read yet.
  struct Source {
    const FeedStore* store = nullptr;
    const Feed* feed = nullptr;
  };

  // Reads until there is enough or nothing left. What the filter skips does not
  // count, so a visit without events means that the end was reached.
  absl::Status Pull(size_t limit, const EventVisitor& visit) {
    const Hub::Entry entry(*hub_);
    bool more = true;
    ReadLimits room{limit, kMaximumBytes};
    while (more && room.events > 0 && room.bytes > 0) {
      if (!entry.open() || cancelled_.load() || hub_->closed()) return Cancelled();
      more = false;
      const std::vector<Source> behind = Behind();
      // Each gets as much, so that a long feed does not hold up the others.
      const size_t count = std::max<size_t>(behind.size(), 1);
      const ReadLimits share{std::max<size_t>(room.events / count, 1),
                             std::max<size_t>(room.bytes / count, 1)};
      for (const Source& source : behind) {
        if (room.events > 0 && room.bytes > 0) more = Read(source, share, visit, room) || more;
      }
    }
    return absl::OkStatus();
  }

  // Passes over feeds that the filter leaves out.
  std::vector<Source> Behind() {
    std::vector<Source> behind;
    for (const FeedStore* store : stores_) {
      for (const Feed* feed : store->feeds()) {
        const Sequence size(feed->size());
        if (cursor_.At(feed->id()) >= size) continue;
        if (filter_.feeds && !filter_.feeds->contains(feed->id())) {
          cursor_.Advance(feed->id(), size);
        } else {
          behind.push_back({store, feed});
        }
      }
    }
    return behind;
  }

  // True when something was read. A damaged feed counts as ended, so that the
  // others go on; the store's health tells about it.
  bool Read(const Source& source, const ReadLimits& share, const EventVisitor& visit,
            ReadLimits& room) {
    const FeedId& id = source.feed->id();
    const Sequence from = cursor_.At(id);
    Sequence next = from;
    const absl::Status read = source.store->VisitFeed(
        *source.feed, from, share, Direction::kForwards, [&](const EventView& event) {
          next = event.sequence.Next();
          if (!Matches(event)) return;
          room.events -= std::min<size_t>(room.events, 1);
          room.bytes -= std::min(room.bytes, event.bytes.size());
          visit(event);
        });
    if (next != from) cursor_.Advance(id, next);
    return read.ok();
  }

  bool Matches(const EventView& event) const {
    if (filter_.types && !filter_.types->contains(std::string(event.parts.type))) return false;
    return !filter_.stream || *filter_.stream == event.parts.stream;
  }

  const std::shared_ptr<Hub> hub_;
  const std::vector<const FeedStore*> stores_;
  Cursor cursor_;
  const Filter filter_;
  std::atomic<bool> cancelled_{false};
};

}  // namespace

absl::StatusOr<EventBatch> Subscription::Next(absl::Duration timeout) {
  EventBatch batch;
  ASSIGN_OR_RETURN(batch.cursor, Visit(timeout, kMaximumEvents, [&](const EventView& event) {
                     batch.events.push_back(CopyOf(event));
                   }));
  return batch;
}

std::unique_ptr<Subscription> MakeSubscription(std::shared_ptr<Hub> hub,
                                               std::vector<const FeedStore*> stores,
                                               const Cursor& from, const Filter& filter) {
  return std::make_unique<PullSubscription>(std::move(hub), std::move(stores), from, filter);
}

}  // namespace eventstore::log
