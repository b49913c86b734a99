#include "projections/views/exchanges/cosignatures.h"

#include <string>
#include <vector>

#include "eventstore/merkle/note.h"

namespace projections::views::exchanges {

using eventstore::crypto::PublicKey;
using eventstore::log::FeedId;
using eventstore::log::MemberId;
using eventstore::log::Sequence;
using eventstore::merkle::NoteAlgorithm;
using eventstore::merkle::NoteVerifier;
using poolcirkel::event::v1::AcceptanceCosigned;
using poolcirkel::event::v1::Charter;

namespace {

// More notes than members cannot be needed.
constexpr int kMaximumNotes = 100;

// The host's key, and the others' as witnesses under the origin of their own feed in
// the circle (the epoch is that of the host's feed until epochs can end).
std::vector<NoteVerifier> Verifiers(const FeedId& host, const Charter& charter) {
  std::vector<NoteVerifier> verifiers;
  for (const auto& entry : charter.members()) {
    const auto member = MemberId::FromBytes(entry.member_id());
    const auto key = PublicKey::FromBytes(entry.log_key());
    if (!member.ok() || !key.ok()) continue;
    const FeedId feed{host.circle, *member, host.epoch};
    const auto algorithm =
        *member == host.member ? NoteAlgorithm::kEd25519 : NoteAlgorithm::kCosignatureV1;
    verifiers.push_back({eventstore::log::Origin(feed), algorithm, *key});
  }
  return verifiers;
}

// Adds the names of the witnesses of one note.
void AddWitnesses(const std::string& bytes, const FeedId& host,
                  const std::vector<NoteVerifier>& verifiers, uint64_t acceptance,
                  Sequence recorded_at, std::set<std::string>& witnesses) {
  const auto note = eventstore::merkle::ParseNote(bytes);
  if (!note.ok()) return;
  const auto checkpoint = eventstore::merkle::ParseCheckpoint(note->text);
  if (!checkpoint.ok() || checkpoint->origin != eventstore::log::Origin(host)) return;
  if (checkpoint->size <= acceptance || checkpoint->size > recorded_at.value()) return;
  const auto verified = eventstore::merkle::VerifyNote(*note, verifiers);
  if (!verified.ok()) return;
  bool signed_by_host = false;
  std::set<std::string> names;
  for (const auto& signature : *verified) {
    if (signature.algorithm == NoteAlgorithm::kEd25519) {
      signed_by_host = true;
    } else {
      names.insert(signature.name);
    }
  }
  if (signed_by_host) witnesses.merge(names);
}

}  // namespace

uint32_t CosignaturesNeeded(const Charter& charter) {
  const uint32_t others = static_cast<uint32_t>(charter.members_size()) - 1;
  return others / 2 + 1;
}

CosignatureCount CountCosignatures(const FeedId& host, const Charter& charter,
                                   const AcceptanceCosigned& evidence, Sequence recorded_at) {
  CosignatureCount count;
  if (charter.members_size() < 2 || evidence.cosigned_checkpoints_size() > kMaximumNotes) {
    return count;
  }
  count.needed = CosignaturesNeeded(charter);
  const auto verifiers = Verifiers(host, charter);
  std::set<std::string> witnesses;
  for (const std::string& note : evidence.cosigned_checkpoints()) {
    AddWitnesses(note, host, verifiers, evidence.acceptance_sequence(), recorded_at, witnesses);
  }
  count.have = static_cast<uint32_t>(witnesses.size());
  return count;
}

}  // namespace projections::views::exchanges
