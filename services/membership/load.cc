#include "services/membership/load.h"

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "eventstore/base/mutex.h"
#include "poolcirkel/event/v1/event.pb.h"
#include "services/access/policy.h"
#include "services/domain/circle/circle.h"

namespace services::membership {
namespace {

using domain::circle::Chain;
using eventstore::base::Mutex;
using eventstore::base::MutexLock;
using eventstore::crypto::PublicKey;
using eventstore::log::CircleId;
using eventstore::log::EventLog;
using eventstore::log::FeedId;
using eventstore::log::Revision;
using eventstore::log::StoredEvent;
using poolcirkel::event::v1::CharterMember;

constexpr size_t kEventsAtOnce = 256;
constexpr size_t kIdDigits = 64;

// Who wants to hear of changes; outlives the Circles while handles do.
class Listeners {
 public:
  int Add(std::function<void()> listener) ABSL_LOCKS_EXCLUDED(mutex_) {
    const MutexLock lock(mutex_);
    listeners_[next_] = std::move(listener);
    return next_++;
  }
  void Remove(int id) ABSL_LOCKS_EXCLUDED(mutex_) {
    const MutexLock lock(mutex_);
    listeners_.erase(id);
  }
  // A listener may ask the circles anything, so none is called under the lock.
  void Tell() ABSL_LOCKS_EXCLUDED(mutex_) {
    std::vector<std::function<void()>> listeners;
    {
      const MutexLock lock(mutex_);
      for (const auto& [id, listener] : listeners_) listeners.push_back(listener);
    }
    for (const auto& listener : listeners) listener();
  }

 private:
  Mutex mutex_;
  int next_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<int, std::function<void()>> listeners_ ABSL_GUARDED_BY(mutex_);
};

// Listens for its own lifetime.
class ListenerHandle {
 public:
  ListenerHandle(std::shared_ptr<Listeners> listeners, std::function<void()> listener)
      : listeners_(std::move(listeners)), id_(listeners_->Add(std::move(listener))) {}
  ~ListenerHandle() { listeners_->Remove(id_); }
  ListenerHandle(const ListenerHandle&) = delete;
  ListenerHandle& operator=(const ListenerHandle&) = delete;

 private:
  const std::shared_ptr<Listeners> listeners_;
  const int id_;
};

absl::Status BadFeed(const FeedId& feed, std::string_view why) {
  return absl::DataLossError(
      absl::StrCat("het eigen logboek ", eventstore::log::Origin(feed),
                   " bevat geen geldige samenwerkingsafspraken: ", std::string(why)));
}

// The charters that were adopted in a feed, in its order.
absl::StatusOr<Chain> ReadChain(const EventLog& log, const FeedId& feed) {
  Chain chain;
  const auto stream = domain::circle::StreamOf(feed.circle);
  for (Revision next(0);;) {
    ASSIGN_OR_RETURN(const std::vector<StoredEvent> events,
                     log.ReadStream(feed, stream, next, kEventsAtOnce));
    if (events.empty()) return chain;
    for (const StoredEvent& stored : events) {
      poolcirkel::event::v1::Event event;
      if (!event.ParseFromString(stored.payload)) return BadFeed(feed, "een stuk is onleesbaar");
      if (!event.has_charter_adopted()) continue;
      chain.push_back(std::move(*event.mutable_charter_adopted()->mutable_charter()));
    }
    next = Revision(next.value() + events.size());
  }
}

// nullptr while the feed has no charter yet.
absl::StatusOr<CirclePtr> ReadCircle(const EventLog& log, const FeedId& feed) {
  ASSIGN_OR_RETURN(Chain chain, ReadChain(log, feed));
  if (chain.empty()) return CirclePtr();
  auto charter = domain::circle::VerifyChain(chain);
  if (!charter.ok()) return BadFeed(feed, std::string(charter.status().message()));
  if (domain::circle::CircleIdOf(chain.front().charter()) != feed.circle) {
    return BadFeed(feed, "ze zijn van een andere poolcirkel");
  }
  auto circle = std::make_shared<Circle>();
  circle->id = feed.circle;
  circle->self = feed.member;
  circle->charter = *std::move(charter);
  circle->chain = std::move(chain);
  return CirclePtr(std::move(circle));
}

bool SameCircles(const std::vector<CirclePtr>& a, const std::vector<CirclePtr>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const CirclePtr& left, const CirclePtr& right) {
                      return left->id == right->id && left->self == right->self &&
                             left->chain.size() == right->chain.size();
                    });
}

// Holds a circle's keys of this member against the keys that it has.
using CheckKeys = std::function<absl::Status(const Circle&)>;

class LoadedCircles final : public Circles {
 public:
  LoadedCircles(const EventLog& log, CheckKeys check_keys, const FeedId& private_feed)
      : log_(log), check_keys_(std::move(check_keys)), private_feed_(private_feed) {}

  std::vector<CirclePtr> All() const override ABSL_LOCKS_EXCLUDED(mutex_) {
    const MutexLock lock(mutex_);
    return circles_;
  }

  CirclePtr Find(const CircleId& id) const override {
    for (const CirclePtr& circle : All()) {
      if (circle->id == id) return circle;
    }
    return nullptr;
  }

  absl::StatusOr<CirclePtr> Resolve(std::string_view name) const override {
    for (const CirclePtr& circle : All()) {
      const bool named = circle->charter.short_name() == name ||
                         (name.size() == kIdDigits && eventstore::base::ToText(circle->id) == name);
      if (named) return circle;
    }
    return access::CircleUnknown();
  }

  FeedId PrivateFeed() const override { return private_feed_; }

  absl::Status Refresh() override ABSL_LOCKS_EXCLUDED(mutex_, refresh_mutex_) {
    bool changed = false;
    {
      // One at a time, so that an older reading never replaces a newer one.
      const MutexLock refreshing(refresh_mutex_);
      ASSIGN_OR_RETURN(std::vector<CirclePtr> circles, Read());
      const MutexLock lock(mutex_);
      changed = !SameCircles(circles_, circles);
      circles_ = std::move(circles);
    }
    if (changed) listeners_->Tell();
    return absl::OkStatus();
  }

  std::shared_ptr<void> OnChange(std::function<void()> listener) override {
    return std::make_shared<ListenerHandle>(listeners_, std::move(listener));
  }

 private:
  // Feeds come in the order of their epochs: the newest that holds a chain counts.
  absl::StatusOr<std::vector<CirclePtr>> Read() const {
    std::map<CircleId, CirclePtr> newest;
    for (const FeedId& feed : log_.Feeds()) {
      if (!log_.IsOwn(feed) || feed.circle == private_feed_.circle) continue;
      ASSIGN_OR_RETURN(CirclePtr circle, ReadCircle(log_, feed));
      if (circle != nullptr) newest[feed.circle] = std::move(circle);
    }
    std::vector<CirclePtr> circles;
    for (auto& [id, circle] : newest) {
      // Put out of the circle by a later version: it no longer takes part.
      if (circle->Member(circle->self) == nullptr) continue;
      RETURN_IF_ERROR(check_keys_(*circle));
      circles.push_back(std::move(circle));
    }
    return circles;
  }

  const EventLog& log_;
  const CheckKeys check_keys_;
  const FeedId private_feed_;
  const std::shared_ptr<Listeners> listeners_ = std::make_shared<Listeners>();
  Mutex refresh_mutex_;
  mutable Mutex mutex_;
  std::vector<CirclePtr> circles_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

absl::StatusOr<std::unique_ptr<Circles>> Load(const EventLog& log, const PublicKey& log_key,
                                              const FeedId& private_feed) {
  const auto check = [log_key](const Circle& circle) -> absl::Status {
    if (circle.Member(circle.self)->log_key() == log_key.view()) return absl::OkStatus();
    return BadFeed(circle.OwnFeed(), "ze noemen een andere sleutel voor dit lid");
  };
  auto circles = std::make_unique<LoadedCircles>(log, check, private_feed);
  RETURN_IF_ERROR(circles->Refresh());
  return std::unique_ptr<Circles>(std::move(circles));
}

absl::StatusOr<std::unique_ptr<Circles>> Load(const EventLog& log, LogKeys& keys,
                                              const FeedId& private_feed) {
  const auto assign = [&keys](const Circle& circle) {
    const CharterMember& self = *circle.Member(circle.self);
    for (const auto& closed : self.closed_epochs()) {
      const FeedId feed{circle.id, circle.self, eventstore::log::Epoch(closed.epoch())};
      if (const auto key = PublicKey::FromBytes(closed.log_key()); key.ok()) {
        keys.Assign(feed, *key);
      }
    }
    if (const auto key = PublicKey::FromBytes(self.log_key()); key.ok()) {
      keys.Assign(circle.OwnFeed(), *key);
    }
    return absl::OkStatus();
  };
  auto circles = std::make_unique<LoadedCircles>(log, assign, private_feed);
  RETURN_IF_ERROR(circles->Refresh());
  return std::unique_ptr<Circles>(std::move(circles));
}

}  // namespace services::membership
