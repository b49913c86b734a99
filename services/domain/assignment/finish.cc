#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "eventstore/merkle/note.h"
#include "services/domain/assignment/assignment.h"
#include "services/domain/assignment/refusals.h"
#include "services/domain/validation.h"

namespace services::domain::assignment {
namespace {

using eventstore::base::Refusal;
using eventstore::log::Epoch;
using eventstore::log::Origin;
using eventstore::log::Sequence;
using eventstore::merkle::NoteAlgorithm;
using eventstore::merkle::NoteVerifier;
using poolcirkel::event::v1::Charter;

// Notes beyond this many are not looked at: one for each member is enough.
constexpr size_t kMaximumNotes = 200;

std::string WitnessName(const CircleId& circle, const MemberId& member) {
  return Origin(FeedId{circle, member, Epoch(0)});
}

// The host's own key, and each other member's cosigning key.
std::vector<NoteVerifier> VerifiersOf(const FeedId& host_feed, const Charter& charter) {
  std::vector<NoteVerifier> verifiers;
  for (const auto& member : charter.members()) {
    const auto id = MemberId::FromBytes(member.member_id());
    const auto key = eventstore::crypto::PublicKey::FromBytes(member.log_key());
    if (!id.ok() || !key.ok()) continue;
    if (*id == host_feed.member) {
      verifiers.push_back({Origin(host_feed), NoteAlgorithm::kEd25519, *key});
    } else {
      verifiers.push_back(
          {WitnessName(host_feed.circle, *id), NoteAlgorithm::kCosignatureV1, *key});
    }
  }
  return verifiers;
}

// The names that cosigned one note; empty when it is no head of the feed that contains
// the sequence, or the host did not sign it.
absl::StatusOr<std::set<std::string>> NamesUnder(const std::string& bytes, const FeedId& feed,
                                                 Sequence sequence,
                                                 const std::vector<NoteVerifier>& verifiers) {
  std::set<std::string> names;
  const auto note = eventstore::merkle::ParseNote(bytes);
  if (!note.ok()) return names;
  const auto head = eventstore::merkle::ParseCheckpoint(note->text);
  if (!head.ok() || head->origin != Origin(feed) || head->size <= sequence.value()) return names;
  const auto verified = eventstore::merkle::VerifyNote(*note, verifiers);
  if (!verified.ok()) {
    return Refusal(absl::StatusCode::kDataLoss, "BAD_SIGNATURE",
                   "een handtekening onder een stand van het logboek klopt niet")
        .Metadata("origin", Origin(feed))
        .Remedy("meld het aan de coördinator van de poolcirkel")
        .Status();
  }
  bool by_host = false;
  for (const auto& signature : *verified) {
    if (signature.algorithm == NoteAlgorithm::kEd25519) {
      by_host = true;
    } else {
      names.insert(signature.name);
    }
  }
  if (!by_host) names.clear();
  return names;
}

// The names under the notes, at least `enough` of them when there are as many; `kept`
// are the notes that added one.
absl::StatusOr<std::set<std::string>> CosignerNames(const std::vector<std::string>& notes,
                                                    const FeedId& host_feed, Sequence sequence,
                                                    const Charter& charter, size_t enough,
                                                    std::vector<std::string>* kept) {
  const std::vector<NoteVerifier> verifiers = VerifiersOf(host_feed, charter);
  std::set<std::string> all;
  for (size_t i = 0; i < notes.size() && i < kMaximumNotes && all.size() < enough; ++i) {
    ASSIGN_OR_RETURN(const auto names, NamesUnder(notes[i], host_feed, sequence, verifiers));
    const size_t before = all.size();
    all.insert(names.begin(), names.end());
    if (all.size() > before && kept != nullptr) kept->push_back(notes[i]);
  }
  return all;
}

absl::StatusOr<const Selection*> FindAccepted(const State& state, const StreamId& exchange) {
  const Selection* selection = CurrentOf(state, exchange);
  if (selection == nullptr || !selection->accepted_sequence) return NotAccepted();
  return selection;
}

Decision EndOn(const State& state, const StreamId& exchange, absl::CivilDay last_day,
               const std::string& reason, const Context& context) {
  Decision decision;
  NewEvent event = HostEvent(state, context);
  event.keys.exchange = eventstore::privacy::KeyOf(exchange);
  auto& body = *event.event.mutable_secondment_ended();
  body.set_exchange_id(exchange.bytes());
  body.set_last_day(eventstore::base::FormatDate(last_day));
  body.set_reason(reason);
  decision.events.push_back(std::move(event));
  return decision;
}

}  // namespace

int CosignaturesNeeded(const Charter& charter) {
  const int others = std::max(charter.members_size() - 1, 0);
  return others / 2 + 1;
}

absl::StatusOr<std::vector<MemberId>> CosignersOf(const std::vector<std::string>& notes,
                                                  const FeedId& host_feed, Sequence sequence,
                                                  const Charter& charter) {
  const auto everybody = static_cast<size_t>(charter.members_size());
  ASSIGN_OR_RETURN(const auto names,
                   CosignerNames(notes, host_feed, sequence, charter, everybody, nullptr));
  std::vector<MemberId> members;
  for (const auto& member : charter.members()) {
    const auto id = MemberId::FromBytes(member.member_id());
    if (id.ok() && names.count(WitnessName(host_feed.circle, *id)) > 0) members.push_back(*id);
  }
  return members;
}

absl::StatusOr<Decision> Cosign(const State& state, const RecordCosigned& command,
                                const Context& context) {
  RETURN_IF_ERROR(CheckHost(state, context));
  ASSIGN_OR_RETURN(const Selection* selection, FindAccepted(state, command.exchange));
  if (selection->cosigned) {
    return Refusal(absl::StatusCode::kAlreadyExists, "ALREADY_COSIGNED",
                   "deze detachering is al van kracht")
        .Status();
  }
  const int needed = CosignaturesNeeded(*context.charter);
  std::vector<std::string> kept;
  ASSIGN_OR_RETURN(const auto names,
                   CosignerNames(command.notes, state.feed, *selection->accepted_sequence,
                                 *context.charter, static_cast<size_t>(needed), &kept));
  if (static_cast<int>(names.size()) < needed) {
    return Refusal(absl::StatusCode::kUnavailable, "COSIGNATURES_MISSING",
                   absl::StrCat(names.size(), " van de ", needed,
                                " nodige medeondertekeningen zijn binnen"))
        .Metadata("have", absl::StrCat(names.size()))
        .Metadata("needed", absl::StrCat(needed))
        .Retry(absl::Seconds(5))
        .Status();
  }
  Decision decision;
  NewEvent event = HostEvent(state, context);
  auto& body = *event.event.mutable_acceptance_cosigned();
  body.set_exchange_id(selection->exchange.bytes());
  body.set_selection(selection->selection);
  body.set_acceptance_sequence(selection->accepted_sequence->value());
  for (std::string& note : kept) body.add_cosigned_checkpoints(std::move(note));
  decision.events.push_back(std::move(event));
  return decision;
}

absl::StatusOr<Decision> End(const State& state, const StreamId& exchange,
                             const secondment::EndSecondment& command, const Context& context) {
  RETURN_IF_ERROR(CheckHost(state, context));
  ASSIGN_OR_RETURN(const Selection* selection, FindAccepted(state, exchange));
  if (selection->status != SelectionStatus::kAccepted) return CheckHeld(selection);
  if (!selection->terms) {
    return Refusal(absl::StatusCode::kUnavailable, "TERMS_UNREADABLE",
                   "de voorwaarden van deze detachering zijn hier niet leesbaar")
        .Retry(absl::Seconds(5))
        .Status();
  }
  Violations violations;
  violations.CheckText("reason", command.reason, 3, 500, TextKind::kParagraph);
  const auto last_day = secondment::LastDay(command.last_day, *selection->terms, context);
  violations.Add(last_day.status());
  RETURN_IF_ERROR(violations.Status());
  return EndOn(state, exchange, *last_day, command.reason, context);
}

bool CanFollowEnd(const State& state, const secondment::State& candidacy) {
  const Selection* selection = CurrentOf(state, candidacy.exchange);
  const bool ended = selection != nullptr && candidacy.status == secondment::Status::kEnded &&
                     candidacy.last_day && candidacy.confirmation &&
                     candidacy.feed.member == selection->lender &&
                     candidacy.confirmation->selection == selection->selection;
  if (!ended) return false;
  return selection->status == SelectionStatus::kAccepted ||
         (selection->status == SelectionStatus::kEnded &&
          *candidacy.last_day < *selection->last_day);
}

absl::StatusOr<Decision> FollowEnd(const State& state, const secondment::State& candidacy,
                                   const Context& context) {
  RETURN_IF_ERROR(CheckHost(state, context));
  if (!CanFollowEnd(state, candidacy)) {
    return Refusal(absl::StatusCode::kFailedPrecondition, "NOTHING_TO_FOLLOW",
                   "de uitlenende organisatie heeft geen (eerder) einde vastgelegd")
        .Status();
  }
  return EndOn(state, candidacy.exchange, *candidacy.last_day, candidacy.reason, context);
}

}  // namespace services::domain::assignment
