#include "services/domain/circle/circle.h"

namespace services::domain::circle {
namespace {

using poolcirkel::event::v1::Event;

constexpr size_t kSignatureSize = 64;

bool Proposed(State& state, const PastEvent& event) {
  const std::string& bytes = event.event.charter_proposed().charter();
  auto charter = ParseCharter(bytes);
  if (!charter.ok()) return false;
  const Digest digest = CharterDigest(bytes);
  Proposal& proposal =
      state.proposals
          .try_emplace(digest, Proposal{bytes, *std::move(charter), digest, event.feed.member, {}})
          .first->second;
  return proposal.places.try_emplace(event.feed.member, Proposal::Place{event.feed, event.sequence})
      .second;
}

bool Signed(State& state, const PastEvent& event) {
  const auto& body = event.event.charter_signed();
  const auto digest = Digest::FromBytes(body.charter_digest());
  if (!digest.ok() || body.signature().size() != kSignatureSize) return false;
  state.signatures.try_emplace({*digest, event.feed.member}, body.signature());
  state.signed_versions[{event.feed.member, body.version()}].insert(*digest);
  return true;
}

bool Adopted(State& state, const PastEvent& event) {
  const SignedCharter& charter = event.event.charter_adopted().charter();
  const auto parsed = ParseCharter(charter.charter());
  if (!parsed.ok()) return false;
  return state.adopted[event.feed.member].try_emplace(parsed->version(), charter).second;
}

bool Apply(State& state, const PastEvent& event) {
  if (event.stream != StreamOf(event.feed.circle)) return false;
  switch (event.event.body_case()) {
    case Event::kCharterProposed:
      return Proposed(state, event);
    case Event::kCharterSigned:
      return Signed(state, event);
    case Event::kCharterAdopted:
      return Adopted(state, event);
    case Event::kHeadOverridden:
    case Event::kPrivateFeedRestarted:
    case Event::kCapacityRestated:
      return true;
    default:
      return false;
  }
}

}  // namespace

void Evolve(State& state, const PastEvent& event) {
  if (!Apply(state, event)) ++state.ignored;
}

Chain AdoptedBy(const State& state, const MemberId& member) {
  Chain chain;
  const auto found = state.adopted.find(member);
  if (found == state.adopted.end()) return chain;
  for (const auto& [version, charter] : found->second) {
    if (version != chain.size()) break;
    chain.push_back(charter);
  }
  return chain;
}

std::vector<MemberId> SignersOf(const State& state, const Digest& digest, const Charter& present) {
  std::vector<MemberId> signers;
  const auto proposal = state.proposals.find(digest);
  if (proposal == state.proposals.end()) return signers;
  for (auto at = state.signatures.lower_bound({digest, MemberId()});
       at != state.signatures.end() && at->first.first == digest; ++at) {
    CharterSignature signature;
    signature.set_member_id(at->first.second.bytes());
    signature.set_signature(at->second);
    if (VerifyCharterSignature(present, proposal->second.bytes, signature)) {
      signers.push_back(at->first.second);
    }
  }
  return signers;
}

}  // namespace services::domain::circle
