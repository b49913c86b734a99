#pragma once

#include <string>

#include "absl/time/time.h"
#include "eventstore/log/types.h"
#include "poolcirkel/event/v1/circle.pb.h"
#include "services/domain/event.h"

namespace services::domain {

// What a decider may know besides its state and the command: time, who we are, the
// charter, and randomness made beforehand. Owns nothing that it points to.
struct Context {
  absl::Time now;
  CircleId circle;
  MemberId self;
  // The charter in force; not owned, never nullptr where a circle is concerned.
  const poolcirkel::event::v1::Charter* charter = nullptr;
  // The feed that stands for the member's private feed (Circles::PrivateFeed()).
  FeedId private_feed;
  // A fresh id for what the command makes: an assignment, exchange, session, sign-up
  // or a professional's id in the circle.
  StreamId new_id;
  // A second fresh id, for a professional's id in the private feed.
  StreamId new_private_id;
  // 16 fresh random bytes: salt of terms or of an identity's commitment.
  std::string salt;
};

// nullptr when there is no such member.
const poolcirkel::event::v1::CharterMember* FindMember(
    const poolcirkel::event::v1::Charter& charter, const MemberId& id);

// The short name of a member, for messages; its UUID text when it is not in the charter.
std::string NameOf(const poolcirkel::event::v1::Charter& charter, const MemberId& id);

}  // namespace services::domain
