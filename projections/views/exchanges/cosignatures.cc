#include "projections/views/exchanges/cosignatures.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "eventstore/merkle/note.h"

namespace projections::views::exchanges {

using eventstore::crypto::PublicKey;
using eventstore::log::Epoch;
using eventstore::log::FeedId;
using eventstore::log::MemberId;
using eventstore::log::Sequence;
using eventstore::merkle::NoteAlgorithm;
using eventstore::merkle::NoteVerifier;
using poolcirkel::event::v1::AcceptanceCosigned;
using poolcirkel::event::v1::Charter;
using poolcirkel::event::v1::CharterMember;

namespace {

// More notes than members cannot be needed.
constexpr int kMaximumNotes = 100;

// Who may sign a head of the host's feed of one epoch, and how large it may be.
struct Signers {
  std::vector<NoteVerifier> verifiers;
  std::map<std::string, MemberId> witnesses;  // by name
  uint64_t largest = 0;
};

// The log keys of a member by epoch.
std::map<uint64_t, PublicKey> KeysOf(const CharterMember& entry) {
  std::map<uint64_t, PublicKey> keys;
  for (const auto& closed : entry.closed_epochs()) {
    if (const auto key = PublicKey::FromBytes(closed.log_key()); key.ok()) {
      keys.emplace(closed.epoch(), *key);
    }
  }
  if (const auto key = PublicKey::FromBytes(entry.log_key()); key.ok()) {
    keys.emplace(entry.epoch(), *key);
  }
  return keys;
}

// The end that the circle gave to an epoch; where the member ended it by itself, what
// follows is its proposal to do so.
uint64_t LargestHead(const CharterMember& host, uint64_t epoch) {
  for (const auto& closed : host.closed_epochs()) {
    const bool by_member = closed.reason() == poolcirkel::event::v1::EPOCH_END_ROTATION ||
                           closed.reason() == poolcirkel::event::v1::EPOCH_END_YEARLY_CLOSING;
    if (closed.epoch() == epoch && !by_member) return closed.final_size();
  }
  return std::numeric_limits<uint64_t>::max();
}

Signers SignersOf(const FeedId& head_feed, const Charter& charter) {
  Signers signers;
  for (const auto& entry : charter.members()) {
    const auto member = MemberId::FromBytes(entry.member_id());
    if (!member.ok()) continue;
    for (const auto& [epoch, key] : KeysOf(entry)) {
      const FeedId feed{head_feed.circle, *member, Epoch(epoch)};
      const std::string name = eventstore::log::Origin(feed);
      if (feed == head_feed) {
        signers.verifiers.push_back({name, NoteAlgorithm::kEd25519, key});
        signers.largest = LargestHead(entry, epoch);
      } else if (*member != head_feed.member && !entry.suspended()) {
        signers.verifiers.push_back({name, NoteAlgorithm::kCosignatureV1, key});
        signers.witnesses[name] = *member;
      }
    }
  }
  return signers;
}

// Adds the witnesses of one note.
void AddWitnesses(const std::string& bytes, const FeedId& feed, const Signers& signers,
                  uint64_t acceptance, std::set<MemberId>& witnesses) {
  const auto note = eventstore::merkle::ParseNote(bytes);
  if (!note.ok()) return;
  const auto checkpoint = eventstore::merkle::ParseCheckpoint(note->text);
  if (!checkpoint.ok() || checkpoint->origin != eventstore::log::Origin(feed)) return;
  if (checkpoint->size <= acceptance || checkpoint->size > signers.largest) return;
  const auto verified = eventstore::merkle::VerifyNote(*note, signers.verifiers);
  if (!verified.ok()) return;
  bool signed_by_host = false;
  std::set<MemberId> members;
  for (const auto& signature : *verified) {
    if (signature.algorithm == NoteAlgorithm::kEd25519) {
      signed_by_host = true;
    } else if (const auto it = signers.witnesses.find(signature.name);
               it != signers.witnesses.end()) {
      members.insert(it->second);
    }
  }
  if (signed_by_host) witnesses.merge(members);
}

// The feed of the first note that is of the host's history, at most the evidence's own.
FeedId FeedOfHeads(const FeedId& host, const AcceptanceCosigned& evidence) {
  for (const std::string& bytes : evidence.cosigned_checkpoints()) {
    const auto note = eventstore::merkle::ParseNote(bytes);
    if (!note.ok()) continue;
    const auto checkpoint = eventstore::merkle::ParseCheckpoint(note->text);
    if (!checkpoint.ok()) continue;
    const auto feed = eventstore::log::ParseOrigin(checkpoint->origin);
    if (!feed.ok() || feed->circle != host.circle || feed->member != host.member) continue;
    if (feed->epoch <= host.epoch) return *feed;
  }
  return host;
}

}  // namespace

uint32_t CosignaturesNeeded(const Charter& charter) {
  const auto active = std::count_if(charter.members().begin(), charter.members().end(),
                                    [](const auto& entry) { return !entry.suspended(); });
  const auto others = static_cast<uint32_t>(std::max<ptrdiff_t>(active - 1, 0));
  return others / 2 + 1;
}

CosignatureCount CountCosignatures(const FeedId& host, const Charter& charter,
                                   const AcceptanceCosigned& evidence, Sequence recorded_at) {
  CosignatureCount count;
  if (charter.members_size() < 2 || evidence.cosigned_checkpoints_size() > kMaximumNotes) {
    return count;
  }
  count.needed = CosignaturesNeeded(charter);
  const FeedId feed = FeedOfHeads(host, evidence);
  count.epoch = static_cast<uint32_t>(feed.epoch.value());
  Signers signers = SignersOf(feed, charter);
  if (feed == host) signers.largest = std::min(signers.largest, recorded_at.value());
  std::set<MemberId> witnesses;
  for (const std::string& note : evidence.cosigned_checkpoints()) {
    AddWitnesses(note, feed, signers, evidence.acceptance_sequence(), witnesses);
  }
  count.have = static_cast<uint32_t>(witnesses.size());
  return count;
}

}  // namespace projections::views::exchanges
