#include "eventstore/log/subscription.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "eventstore/base/errors.h"

namespace eventstore::log {
namespace {

constexpr size_t kMaximumEvents = 512;
constexpr size_t kMaximumBytes = 4 << 20;
// So much is read of one feed before the next gets its turn.
constexpr size_t kEventsPerRead = 128;

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
  // What is still taken in one Pull.
  struct Room {
    size_t events = 0;
    size_t bytes = kMaximumBytes;
    bool empty() const { return events == 0 || bytes == 0; }
  };

  // Reads until there is enough or nothing left. What the filter skips does not
  // count, so a visit without events means that the end was reached.
  absl::Status Pull(size_t limit, const EventVisitor& visit) {
    const Hub::Entry entry(*hub_);
    bool more = true;
    Room room{limit};
    while (more && !room.empty()) {
      if (!entry.open() || cancelled_.load() || hub_->closed()) return Cancelled();
      more = false;
      for (const FeedStore* store : stores_) {
        for (const Feed* feed : store->feeds()) {
          more = PullFeed(*store, *feed, visit, room) || more;
        }
      }
    }
    return absl::OkStatus();
  }

  // True when something was read. A damaged feed counts as ended, so that the
  // others go on; the store's health tells about it.
  bool PullFeed(const FeedStore& store, const Feed& feed, const EventVisitor& visit, Room& room) {
    const uint64_t size = feed.size();
    const Sequence from = cursor_.At(feed.id());
    if (from.value() >= size) return false;
    if (filter_.feeds && !filter_.feeds->contains(feed.id())) {
      cursor_.Advance(feed.id(), Sequence(size));
      return false;
    }
    if (room.empty()) return false;
    Sequence next = from;
    const size_t limit = std::min(kEventsPerRead, room.events);
    const absl::Status read =
        store.VisitFeed(feed, from, limit, Direction::kForwards, [&](const EventView& event) {
          next = event.sequence.Next();
          if (!Matches(event)) return;
          --room.events;
          room.bytes -= std::min(room.bytes, event.bytes.size());
          visit(event);
        });
    if (next != from) cursor_.Advance(feed.id(), next);
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
