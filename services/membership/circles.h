#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "eventstore/log/event_log.h"
#include "eventstore/log/types.h"
#include "poolcirkel/event/v1/circle.pb.h"

namespace services::membership {

// A circle that this member takes part in, at its newest adopted charter.
// Immutable: a newer version is another object.
struct Circle {
  eventstore::log::CircleId id;
  eventstore::log::MemberId self;
  // Version 0 first; the last is `charter`.
  std::vector<poolcirkel::event::v1::SignedCharter> chain;
  poolcirkel::event::v1::Charter charter;

  // The present feed of a member (epoch 0 until epochs can end).
  eventstore::log::FeedId FeedOf(const eventstore::log::MemberId& member) const;
  eventstore::log::FeedId OwnFeed() const { return FeedOf(self); }
  // nullptr when there is no such member.
  const poolcirkel::event::v1::CharterMember* Member(const eventstore::log::MemberId& id) const;
  // By short name or UUID text. NOT_FOUND MEMBER_UNKNOWN lists the short names.
  absl::StatusOr<eventstore::log::MemberId> FindMember(std::string_view name) const;
  bool IsCoordinator(const eventstore::log::MemberId& id) const;
  std::vector<eventstore::log::MemberId> Members() const;
  std::vector<eventstore::log::MemberId> Coordinators() const;
};

using CirclePtr = std::shared_ptr<const Circle>;

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
