#include "services/audit/verify/feed_keys.h"

namespace services::audit::verify {

using eventstore::crypto::Digest;
using eventstore::crypto::PublicKey;
using eventstore::log::Epoch;
using eventstore::log::FeedId;
using eventstore::log::MemberId;
using eventstore::merkle::NoteAlgorithm;
using poolcirkel::event::v1::Charter;

bool FeedEnd::by_member() const {
  return reason == poolcirkel::event::v1::EPOCH_END_ROTATION ||
         reason == poolcirkel::event::v1::EPOCH_END_YEARLY_CLOSING;
}

bool FeedEnd::doubtful() const {
  return reason == poolcirkel::event::v1::EPOCH_END_KEY_LOST ||
         reason == poolcirkel::event::v1::EPOCH_END_FORK;
}

FeedKeys::FeedKeys(const std::vector<Charter>& charters) {
  for (const Charter& charter : charters) {
    for (const auto& entry : charter.members()) {
      const auto member = MemberId::FromBytes(entry.member_id());
      const auto present = PublicKey::FromBytes(entry.log_key());
      if (!member.ok() || !present.ok()) continue;
      keys_[{*member, Epoch(entry.epoch())}] = {*present, std::nullopt};
      for (const auto& closed : entry.closed_epochs()) {
        const auto key = PublicKey::FromBytes(closed.log_key());
        const auto root = Digest::FromBytes(closed.final_root());
        if (!key.ok() || !root.ok()) continue;
        keys_[{*member, Epoch(closed.epoch())}] = {
            *key, FeedEnd{closed.final_size(), *root, closed.reason()}};
      }
    }
  }
}

const FeedKey* FeedKeys::Find(const FeedId& feed) const {
  const auto found = keys_.find({feed.member, feed.epoch});
  return found == keys_.end() ? nullptr : &found->second;
}

std::vector<eventstore::merkle::NoteVerifier> FeedKeys::VerifiersOf(const FeedId& feed) const {
  std::vector<eventstore::merkle::NoteVerifier> verifiers;
  for (const auto& [place, known] : keys_) {
    const FeedId other{feed.circle, place.first, place.second};
    if (other.member == feed.member && other != feed) continue;
    const auto algorithm = other == feed ? NoteAlgorithm::kEd25519 : NoteAlgorithm::kCosignatureV1;
    verifiers.push_back({eventstore::log::Origin(other), algorithm, known.key});
  }
  return verifiers;
}

}  // namespace services::audit::verify
