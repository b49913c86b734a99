#include <algorithm>

#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "services/domain/circle/circle.h"
#include "services/domain/validation.h"

namespace services::domain::circle {
namespace {

using eventstore::base::Refusal;
using eventstore::crypto::PrivateKey;
using eventstore::crypto::PublicKey;

NewEvent CircleEvent(const CircleId& circle) {
  NewEvent event;
  event.circle = circle;
  event.stream = StreamOf(circle);
  return event;
}

NewEvent AdoptedEvent(const CircleId& circle, SignedCharter charter) {
  NewEvent event = CircleEvent(circle);
  *event.event.mutable_charter_adopted()->mutable_charter() = std::move(charter);
  return event;
}

NewEvent SignedEvent(const Context& context, uint32_t version, std::string_view bytes,
                     const PrivateKey& log_key) {
  NewEvent event = CircleEvent(context.circle);
  auto& body = *event.event.mutable_charter_signed();
  body.set_version(version);
  body.set_charter_digest(CharterDigest(bytes).bytes());
  body.set_signature(SignCharter(context.self, log_key, bytes).signature());
  return event;
}

// Takes part in the circle of a verified chain whose newest charter is `newest`.
absl::StatusOr<Founding> TakePart(const State& state, const Chain& chain, const Charter& newest,
                                  const PublicKey& log_key) {
  Founding founding;
  founding.circle = CircleIdOf(chain.front().charter());
  for (const CharterMember& member : newest.members()) {
    if (member.log_key() != log_key.view()) continue;
    ASSIGN_OR_RETURN(founding.self, MemberId::FromBytes(member.member_id()));
    founding.epoch = eventstore::log::Epoch(member.epoch());
  }
  if (founding.self.empty()) {
    return Refusal(absl::StatusCode::kFailedPrecondition, "NOT_A_MEMBER",
                   "de sleutel van dit knooppunt staat niet in de samenwerkingsafspraken")
        .Remedy("maak een aanmelding met `poolcirkel circle join` en laat een lid die voorstellen")
        .Status();
  }
  if (const auto adopted = state.adopted.find(founding.self);
      adopted != state.adopted.end() && !adopted->second.empty()) {
    return Refusal(absl::StatusCode::kAlreadyExists, "ALREADY_FOUNDED",
                   "dit knooppunt doet al mee in deze poolcirkel")
        .Metadata("circle_id", eventstore::base::ToText(founding.circle))
        .Status();
  }
  for (const SignedCharter& charter : chain) {
    founding.decision.events.push_back(AdoptedEvent(founding.circle, charter));
  }
  return founding;
}

// Who stands in the charter already, under its id or one of its keys, is not admitted again.
absl::Status CheckNotIn(const Charter& charter, const CharterMember& applicant) {
  for (const CharterMember& member : charter.members()) {
    bool same = member.member_id() == applicant.member_id() ||
                member.tls_key_hash() == applicant.tls_key_hash();
    for (const auto& [epoch, key] : LogKeysOf(member)) {
      same = same || key.view() == applicant.log_key();
    }
    if (!same) continue;
    return Refusal(absl::StatusCode::kAlreadyExists, "ALREADY_A_MEMBER",
                   absl::StrCat(member.short_name(), " staat al in de samenwerkingsafspraken",
                                member.suspended() ? ", geschorst" : ""))
        .Metadata("member", member.short_name())
        .Remedy(member.suspended()
                    ? absl::StrCat("laat het lid opnieuw `poolcirkel circle entry` draaien, en "
                                   "geef dat bestand aan `poolcirkel circle resume ",
                                   member.short_name(), "`")
                    : "bekijk de leden met `poolcirkel circle show`");
  }
  return absl::OkStatus();
}

// The charter that a proposal asks for, without version and previous.
absl::StatusOr<Charter> AskedFor(const ProposeCharter& command, const Context& context) {
  if (command.charter.has_value() == !command.admit.empty()) {
    return eventstore::base::InvalidField(
        "charter", "geef de volgende afspraken, of leden om toe te laten, niet allebei");
  }
  if (command.charter) return *command.charter;
  Charter charter = *context.charter;
  for (const CharterMember& member : command.admit) {
    RETURN_IF_ERROR(CheckNotIn(*context.charter, member));
    *charter.add_members() = member;
  }
  // More members may ask for more signatures to stay more than half.
  const uint32_t more_than_half = static_cast<uint32_t>(ActiveMembers(charter)) / 2 + 1;
  charter.set_quorum(std::max(charter.quorum(), more_than_half));
  charter.clear_nonce();
  return charter;
}

// This member may sign `digest` as that version: it takes part, and signed nothing else
// with the number.
absl::Status CheckNoEquivocation(const State& state, uint32_t version, const Digest& digest,
                                 const Context& context) {
  const CharterMember* self = FindMember(*context.charter, context.self);
  if (self != nullptr && self->suspended()) {
    return Refusal(absl::StatusCode::kFailedPrecondition, "MEMBER_SUSPENDED",
                   "een geschorst lid ondertekent niets");
  }
  const auto before = state.signed_versions.find({context.self, version});
  if (before == state.signed_versions.end() || before->second.empty()) return absl::OkStatus();
  if (before->second.count(digest) > 0) {
    return Refusal(absl::StatusCode::kAlreadyExists, "ALREADY_SIGNED",
                   absl::StrCat("dit lid heeft versie ", version, " al ondertekend"));
  }
  return Refusal(absl::StatusCode::kFailedPrecondition, "CHARTER_EQUIVOCATION",
                 absl::StrCat("dit lid heeft al een andere versie ", version,
                              " ondertekend; twee verschillende ondertekenen mag niet"))
      .Metadata("signed_digest", eventstore::base::ToHex(before->second.begin()->view()))
      .Remedy("laat de ondertekende versie doorgaan en stel daarna een volgende voor");
}

// The proposals that follow the present version.
std::vector<const Proposal*> NextProposals(const State& state, std::string_view present_bytes,
                                           const Context& context) {
  const Digest present = CharterDigest(present_bytes);
  std::vector<const Proposal*> next;
  for (const auto& [digest, proposal] : state.proposals) {
    if (proposal.charter.version() == context.charter->version() + 1 &&
        proposal.charter.previous() == present.view() &&
        CheckEpochs(*context.charter, proposal.charter).ok()) {
      next.push_back(&proposal);
    }
  }
  return next;
}

absl::StatusOr<const Proposal*> FindProposal(const State& state, std::string_view present_bytes,
                                             const SignProposalCommand& command,
                                             const Context& context) {
  std::vector<const Proposal*> next = NextProposals(state, present_bytes, context);
  if (command.digest) {
    next.erase(std::remove_if(next.begin(), next.end(),
                              [&](const Proposal* p) { return p->digest != *command.digest; }),
               next.end());
  }
  if (next.empty()) {
    return Refusal(
               absl::StatusCode::kNotFound, "PROPOSAL_UNKNOWN",
               absl::StrCat("er is hier geen voorstel voor versie ", command.version, " bekend"))
        .Remedy("wacht tot het voorstel hier is aangekomen, of bekijk `poolcirkel circle show`")
        .Retry(absl::Seconds(5))
        .Status();
  }
  if (next.size() > 1) {
    return Refusal(
               absl::StatusCode::kFailedPrecondition, "PROPOSAL_AMBIGUOUS",
               absl::StrCat("er zijn ", next.size(), " voorstellen voor versie ", command.version))
        .Field("charter_digest", "is nodig als er meer voorstellen zijn")
        .Remedy("noem de samenvatting van het voorstel; zie `poolcirkel circle show`")
        .Status();
  }
  return next.front();
}

SignedCharter Assemble(const State& state, const Proposal& proposal,
                       const std::vector<MemberId>& signers) {
  SignedCharter charter;
  charter.set_charter(proposal.bytes);
  for (const MemberId& member : signers) {
    CharterSignature& signature = *charter.add_signatures();
    signature.set_member_id(member.bytes());
    signature.set_signature(state.signatures.at({proposal.digest, member}));
  }
  return charter;
}

}  // namespace

absl::StatusOr<Founding> Found(const State& state, const SignedCharter& charter,
                               const PublicKey& log_key) {
  ASSIGN_OR_RETURN(const Charter first, VerifyChain({charter}));
  return TakePart(state, {charter}, first, log_key);
}

absl::StatusOr<Founding> Join(const State& state, const Chain& chain, const CircleId& expected,
                              const PublicKey& log_key) {
  ASSIGN_OR_RETURN(const Charter newest, VerifyChain(chain));
  if (CircleIdOf(chain.front().charter()) != expected) {
    return Refusal(absl::StatusCode::kFailedPrecondition, "CIRCLE_MISMATCH",
                   "deze samenwerkingsafspraken zijn van een andere poolcirkel dan de uitnodiging")
        .Remedy("vraag een nieuwe uitnodiging")
        .Status();
  }
  return TakePart(state, chain, newest, log_key);
}

absl::StatusOr<Decision> ProposeNext(const State& state, std::string_view present_bytes,
                                     const ProposeCharter& command, const PrivateKey& log_key,
                                     const Context& context) {
  ASSIGN_OR_RETURN(Charter charter, AskedFor(command, context));
  const uint32_t version = context.charter->version() + 1;
  charter.set_version(version);
  charter.set_previous(CharterDigest(present_bytes).bytes());
  if (charter.nonce().empty()) charter.set_nonce(context.salt);
  ASSIGN_OR_RETURN(const std::string bytes, EncodeCharter(charter));
  RETURN_IF_ERROR(CheckEpochs(*context.charter, charter));
  const Digest digest = CharterDigest(bytes);
  if (state.proposals.count(digest) > 0) {
    return Refusal(absl::StatusCode::kAlreadyExists, "ALREADY_PROPOSED",
                   absl::StrCat("deze versie ", version, " is al voorgesteld"))
        .Metadata("charter_digest", eventstore::base::ToHex(digest.view()))
        .Remedy("onderteken het voorstel")
        .Status();
  }
  RETURN_IF_ERROR(CheckNoEquivocation(state, version, digest, context));
  Decision decision;
  NewEvent proposed = CircleEvent(context.circle);
  proposed.event.mutable_charter_proposed()->set_charter(bytes);
  decision.events.push_back(std::move(proposed));
  decision.events.push_back(SignedEvent(context, version, bytes, log_key));
  return decision;
}

absl::StatusOr<Decision> SignProposal(const State& state, std::string_view present_bytes,
                                      const SignProposalCommand& command, const PrivateKey& log_key,
                                      const Context& context) {
  const uint32_t version = context.charter->version() + 1;
  if (command.version != version) {
    return Refusal(absl::StatusCode::kFailedPrecondition, "VERSION_MISMATCH",
                   absl::StrCat("versie ", command.version, " is niet de volgende: van kracht is ",
                                context.charter->version()))
        .Field("version", absl::StrCat("is ", version))
        .Metadata("next_version", absl::StrCat(version))
        .Status();
  }
  ASSIGN_OR_RETURN(const Proposal* proposal, FindProposal(state, present_bytes, command, context));
  RETURN_IF_ERROR(CheckNoEquivocation(state, version, proposal->digest, context));
  Decision decision;
  decision.events.push_back(SignedEvent(context, version, proposal->bytes, log_key));
  return decision;
}

absl::StatusOr<Decision> AssembleAdoption(const State& state, std::string_view present_bytes,
                                          const Context& context) {
  Decision decision;
  const uint32_t version = context.charter->version() + 1;
  const auto own = state.adopted.find(context.self);
  if (own != state.adopted.end() && own->second.count(version) > 0) return decision;
  for (const auto& [member, versions] : state.adopted) {
    const auto adopted = versions.find(version);
    if (adopted == versions.end()) continue;
    if (!VerifyNext(*context.charter, present_bytes, adopted->second).ok()) continue;
    decision.events.push_back(AdoptedEvent(context.circle, adopted->second));
    return decision;
  }
  for (const Proposal* proposal : NextProposals(state, present_bytes, context)) {
    const std::vector<MemberId> signers = SignersOf(state, proposal->digest, *context.charter);
    if (signers.size() < context.charter->quorum()) continue;
    decision.events.push_back(AdoptedEvent(context.circle, Assemble(state, *proposal, signers)));
    return decision;
  }
  return decision;
}

Chain Following(const State& state, std::string_view present_bytes, const Context& context) {
  Chain ahead;
  Charter present = *context.charter;
  std::string bytes(present_bytes);
  Context at = context;
  at.charter = &present;
  while (ahead.size() < kMaximumChainLength) {
    auto decision = AssembleAdoption(state, bytes, at);
    if (!decision.ok() || decision->events.empty()) break;
    ahead.push_back(decision->events.front().event.charter_adopted().charter());
    bytes = ahead.back().charter();
    auto next = ParseCharter(bytes);
    if (!next.ok()) break;
    present = *std::move(next);
  }
  return ahead;
}

Decision Adopt(const CircleId& circle, const SignedCharter& next) {
  Decision decision;
  decision.events.push_back(AdoptedEvent(circle, next));
  return decision;
}

absl::StatusOr<Decision> Override(const OverrideHead& command, const Context& context) {
  Violations violations;
  violations.CheckText("reason", command.reason, 3, 500, TextKind::kParagraph);
  RETURN_IF_ERROR(violations.Status());
  Decision decision;
  NewEvent event = CircleEvent(context.circle);
  event.event.mutable_head_overridden()->set_head_size(command.head_size);
  event.event.mutable_head_overridden()->set_reason(command.reason);
  decision.events.push_back(std::move(event));
  return decision;
}

}  // namespace services::domain::circle
