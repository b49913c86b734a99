#include "eventstore/replication/membership.h"

#include <algorithm>

namespace eventstore::replication {

const Member* Membership::Find(const log::MemberId& id) const {
  const auto found = std::find_if(members.begin(), members.end(),
                                  [&id](const Member& member) { return member.id == id; });
  return found == members.end() ? nullptr : &*found;
}

log::FeedId Membership::FeedOf(const log::MemberId& id) const {
  return log::FeedId{circle, id, log::Epoch(0)};
}

const Member* Membership::WriterOf(const log::FeedId& feed) const {
  return feed == FeedOf(feed.member) ? Find(feed.member) : nullptr;
}

merkle::NoteVerifier CheckpointVerifier(const log::FeedId& feed, const crypto::PublicKey& key) {
  return {log::Origin(feed), merkle::NoteAlgorithm::kEd25519, key};
}

std::string WitnessName(const Membership& membership, const log::MemberId& witness) {
  return log::Origin(membership.FeedOf(witness));
}

merkle::NoteVerifier WitnessVerifier(const Membership& membership, const Member& witness) {
  return {WitnessName(membership, witness.id), merkle::NoteAlgorithm::kCosignatureV1,
          witness.log_key};
}

}  // namespace eventstore::replication
