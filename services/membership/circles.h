#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "eventstore/log/event_log.h"
#include "eventstore/log/types.h"
#include "poolcirkel/event/v1/circle.pb.h"

namespace services::membership {

// One feed of a member's history, which goes on over its epochs.
struct FeedPart {
  eventstore::log::FeedId feed;
  // Set when the epoch is closed: events from this sequence on do not count.
  std::optional<uint64_t> end;

  bool Counts(eventstore::log::Sequence sequence) const {
    return !end.has_value() || sequence.value() < *end;
  }
  friend bool operator==(const FeedPart&, const FeedPart&) = default;
};

// A circle that this member takes part in, at its newest adopted charter.
// Immutable: a newer version is another object.
struct Circle {
  eventstore::log::CircleId id;
  eventstore::log::MemberId self;
  // Version 0 first; the last is `charter`.
  std::vector<poolcirkel::event::v1::SignedCharter> chain;
  poolcirkel::event::v1::Charter charter;

  // The feed that a member writes now; of a suspended one the feed that it wrote last.
  eventstore::log::FeedId FeedOf(const eventstore::log::MemberId& member) const;
  // All feeds of a member, in the order of their epochs; the last is FeedOf. Never empty.
  std::vector<FeedPart> FeedsOf(const eventstore::log::MemberId& member) const;
  // A suspended member is still a member, and writes nothing that counts.
  bool IsSuspended(const eventstore::log::MemberId& member) const;
  eventstore::log::FeedId OwnFeed() const { return FeedOf(self); }
  // nullptr when there is no such member.
  const poolcirkel::event::v1::CharterMember* Member(const eventstore::log::MemberId& id) const;
  // By short name or UUID text. NOT_FOUND MEMBER_UNKNOWN lists the short names.
  absl::StatusOr<eventstore::log::MemberId> FindMember(std::string_view name) const;
  // What a user names: a member, as FindMember (empty: this member), and one of its epochs
  // (unset: the present one). NOT_FOUND EPOCH_UNKNOWN lists the epochs.
  absl::StatusOr<eventstore::log::FeedId> FindFeed(std::string_view member,
                                                   std::optional<uint32_t> epoch) const;
  bool IsCoordinator(const eventstore::log::MemberId& id) const;
  std::vector<eventstore::log::MemberId> Members() const;
  std::vector<eventstore::log::MemberId> Coordinators() const;
};

using CirclePtr = std::shared_ptr<const Circle>;

class Circles;
// The whole history that `feed` is a part of; only the feed itself when it is private, or
// of a circle that this member is not in.
std::vector<FeedPart> HistoryOf(const Circles& circles, const eventstore::log::FeedId& feed);

// The circles of this member, read from the charters in its own feeds. Thread-safe.
class Circles {
 public:
  virtual ~Circles() = default;

  virtual std::vector<CirclePtr> All() const = 0;
  // nullptr when this member is not in it.
  virtual CirclePtr Find(const eventstore::log::CircleId& id) const = 0;
  // By short name or hexadecimal id. NOT_FOUND CIRCLE_UNKNOWN: the same for one that
  // does not exist and one that this member is not in.
  virtual absl::StatusOr<CirclePtr> Resolve(std::string_view name) const = 0;
  // The random feed id that stands for this member's private feed.
  virtual eventstore::log::FeedId PrivateFeed() const = 0;
  // Reads the own feeds again after a charter was adopted there. Tells listeners.
  virtual absl::Status Refresh() = 0;
  virtual std::shared_ptr<void> OnChange(std::function<void()> listener) = 0;
};

}  // namespace services::membership
