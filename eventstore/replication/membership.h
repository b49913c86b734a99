#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "eventstore/crypto/digest.h"
#include "eventstore/crypto/signature.h"
#include "eventstore/log/types.h"
#include "eventstore/merkle/note.h"

namespace eventstore::replication {

// A feed that came to its end, as the circle agreed on it.
struct ClosedFeed {
  crypto::PublicKey log_key;
  // The head that counts.
  uint64_t final_size = 0;
  crypto::Digest final_root;
  // Its member ended it by itself: what stands after the final head is the proposal to do
  // so, and is copied and cosigned as ever. Otherwise nothing after it is taken in.
  bool by_member = false;

  friend bool operator==(const ClosedFeed&, const ClosedFeed&) = default;
};

// A member of a circle, as far as copying feeds needs to know it.
struct Member {
  log::MemberId id;
  crypto::PublicKey log_key;
  // The feeds before the present one: epochs 0, 1, 2, ...
  std::vector<ClosedFeed> closed{};
  // Writes no feed now: the last of `closed` was its last.
  bool suspended = false;

  friend bool operator==(const Member&, const Member&) = default;
};

// Which key signs the heads of a feed, and up to where the feed may grow.
struct FeedAuthority {
  crypto::PublicKey log_key;
  // Closed by the circle: only this much is taken in, and it must have this root.
  std::optional<uint64_t> limit{};
  crypto::Digest final_root{};
};

// Who takes part in one circle, seen from one of them. A value.
struct Membership {
  log::CircleId circle;
  log::MemberId self;
  std::vector<Member> members;  // `self` among them; no member twice

  // nullptr when there is no such member.
  const Member* Find(const log::MemberId& id) const;
  // The present feed of a member of this circle; of a suspended one its last.
  log::FeedId FeedOf(const log::MemberId& id) const;
  // All feeds of a member of this circle, in the order of their epochs.
  std::vector<log::FeedId> FeedsOf(const log::MemberId& id) const;
  log::FeedId OwnFeed() const { return FeedOf(self); }
  // The member that writes `feed`; nullptr when the feed is not of this circle, its
  // member not in it or suspended, or its epoch not the present one.
  const Member* WriterOf(const log::FeedId& feed) const;
  // Also of closed feeds. Nothing for a feed that is none of this circle's.
  std::optional<FeedAuthority> AuthorityOf(const log::FeedId& feed) const;
  // How many members take part besides `self`: those that are not suspended.
  size_t Others() const;

  friend bool operator==(const Membership&, const Membership&) = default;
};

// The key that signs the checkpoints of `feed`.
merkle::NoteVerifier CheckpointVerifier(const log::FeedId& feed, const crypto::PublicKey& key);
// The name of a member's cosignatures: the origin line of its own feed in the circle.
std::string WitnessName(const Membership& membership, const log::MemberId& witness);
merkle::NoteVerifier WitnessVerifier(const Membership& membership, const Member& witness);
// Under all names that the member cosigned with: those of its earlier epochs too.
std::vector<merkle::NoteVerifier> WitnessVerifiers(const Membership& membership,
                                                   const Member& witness);

}  // namespace eventstore::replication
