#pragma once

#include <string>
#include <vector>

#include "eventstore/crypto/signature.h"
#include "eventstore/log/types.h"
#include "eventstore/merkle/note.h"

namespace eventstore::replication {

// A member of a circle, as far as copying feeds needs to know it.
struct Member {
  log::MemberId id;
  crypto::PublicKey log_key;

  friend bool operator==(const Member&, const Member&) = default;
};

// Who takes part in one circle, seen from one of them. A value.
struct Membership {
  log::CircleId circle;
  log::MemberId self;
  std::vector<Member> members;  // `self` among them; no member twice

  // nullptr when there is no such member.
  const Member* Find(const log::MemberId& id) const;
  // The present feed of a member of this circle.
  log::FeedId FeedOf(const log::MemberId& id) const;
  log::FeedId OwnFeed() const { return FeedOf(self); }
  // The member that writes `feed`; nullptr when the feed is not of this circle, its
  // member not in it, or its epoch not the present one.
  const Member* WriterOf(const log::FeedId& feed) const;

  friend bool operator==(const Membership&, const Membership&) = default;
};

// The key that signs the checkpoints of `feed`.
merkle::NoteVerifier CheckpointVerifier(const log::FeedId& feed, const crypto::PublicKey& key);
// The name of a member's cosignatures: the origin line of its own feed in the circle.
std::string WitnessName(const Membership& membership, const log::MemberId& witness);
merkle::NoteVerifier WitnessVerifier(const Membership& membership, const Member& witness);

}  // namespace eventstore::replication
