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

  absl::StatusOr<EventBatch> Next(absl::Duration timeout) override {
    const Hub::Deadline deadline = Hub::After(timeout);
    const Cursor before = cursor_;
    bool in_time = true;
    while (true) {
      const uint64_t seen = hub_->generation();
      EventBatch batch;
      RETURN_IF_ERROR(Pull(batch.events));
      if (!batch.events.empty() || cursor_ != before || !in_time) {
        batch.cursor = cursor_;
        return batch;
      }
      in_time = hub_->Wait(seen, deadline, [this] { return cancelled_.load(); });
    }
  }

  void Cancel() override {
    cancelled_.store(true);
    hub_->Wake();
  }

 private:
  // Reads until there is enough or nothing left. What the filter skips does not
  // count, so an empty answer means that the end was reached.
  absl::Status Pull(std::vector<StoredEvent>& events) {
    const Hub::Entry entry(*hub_);
    bool more = true;
    size_t bytes = 0;
    while (more && events.size() < kMaximumEvents && bytes < kMaximumBytes) {
      if (!entry.open() || cancelled_.load() || hub_->closed()) return Cancelled();
      more = false;
      for (const FeedStore* store : stores_) {
        for (const Feed* feed : store->feeds()) {
          more = PullFeed(*store, *feed, events, bytes) || more;
        }
      }
    }
    return absl::OkStatus();
  }

  // True when something was read. A damaged feed counts as ended, so that the
  // others go on; the store's health tells about it.
  bool PullFeed(const FeedStore& store, const Feed& feed, std::vector<StoredEvent>& events,
                size_t& bytes) {
    const uint64_t size = feed.size();
    const Sequence from = cursor_.At(feed.id());
    if (from.value() >= size) return false;
    if (filter_.feeds && !filter_.feeds->contains(feed.id())) {
      cursor_.Advance(feed.id(), Sequence(size));
      return false;
    }
    if (events.size() >= kMaximumEvents || bytes >= kMaximumBytes) return false;
    const size_t limit = std::min(kEventsPerRead, kMaximumEvents - events.size());
    auto read = store.ReadFeed(feed, from, limit, Direction::kForwards);
    if (!read.ok()) return false;
    for (StoredEvent& event : *read) {
      cursor_.Advance(feed.id(), event.sequence.Next());
      if (!Matches(event)) continue;
      bytes += event.bytes.size();
      events.push_back(std::move(event));
    }
    return true;
  }

  bool Matches(const StoredEvent& event) const {
    if (filter_.types && !filter_.types->contains(event.type)) return false;
    return !filter_.stream || *filter_.stream == event.stream;
  }

  const std::shared_ptr<Hub> hub_;
  const std::vector<const FeedStore*> stores_;
  Cursor cursor_;
  const Filter filter_;
  std::atomic<bool> cancelled_{false};
};

}  // namespace

std::unique_ptr<Subscription> MakeSubscription(std::shared_ptr<Hub> hub,
                                               std::vector<const FeedStore*> stores,
                                               const Cursor& from, const Filter& filter) {
  return std::make_unique<PullSubscription>(std::move(hub), std::move(stores), from, filter);
}

}  // namespace eventstore::log
