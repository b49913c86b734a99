#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "eventstore/merkle/note.h"
#include "services/domain/assignment/assignment.h"
#include "services/domain/assignment/refusals.h"
#include "services/domain/epochs.h"
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
using poolcirkel::event::v1::CharterMember;

// Notes beyond this many are not looked at: one for each member is enough.
constexpr size_t kMaximumNotes = 200;

// Who may sign a head of the host's feed: the host with the key of that epoch, and each
// other member as witness, under the name of any of its own epochs.
struct Signers {
  std::vector<NoteVerifier> verifiers;
  std::map<std::string, MemberId> witnesses;  // by name
  // A head that the circle ended the epoch before does not count.
  uint64_t largest = std::numeric_limits<uint64_t>::max();
};

void AddHost(const CharterMember& host, const FeedId& feed, Signers& signers) {
  const auto keys = LogKeysOf(host);
  if (const auto key = keys.find(feed.epoch.value()); key != keys.end()) {
    signers.verifiers.push_back({Origin(feed), NoteAlgorithm::kEd25519, key->second});
  }
  for (const auto& closed : host.closed_epochs()) {
    const bool by_member = closed.reason() == poolcirkel::event::v1::EPOCH_END_ROTATION ||
                           closed.reason() == poolcirkel::event::v1::EPOCH_END_YEARLY_CLOSING;
    if (closed.epoch() == feed.epoch.value() && !by_member) signers.largest = closed.final_size();
  }
}

Signers SignersOf(const FeedId& host_feed, const Charter& charter) {
  Signers signers;
  for (const auto& member : charter.members()) {
    const auto id = MemberId::FromBytes(member.member_id());
    if (!id.ok()) continue;
    if (*id == host_feed.member) {
      AddHost(member, host_feed, signers);
      continue;
    }
    if (member.suspended()) continue;
    for (const auto& [epoch, key] : LogKeysOf(member)) {
      const std::string name = Origin(FeedId{host_feed.circle, *id, Epoch(epoch)});
      signers.verifiers.push_back({name, NoteAlgorithm::kCosignatureV1, key});
      signers.witnesses[name] = *id;
    }
  }
  return signers;
}

// Who cosigned one note; nobody when it is no head of the feed that contains the
// sequence, or the host did not sign it.
absl::StatusOr<std::set<MemberId>> MembersUnder(const std::string& bytes, const FeedId& feed,
                                                Sequence sequence, const Signers& signers) {
  std::set<MemberId> members;
  const auto note = eventstore::merkle::ParseNote(bytes);
  if (!note.ok()) return members;
  const auto head = eventstore::merkle::ParseCheckpoint(note->text);
  if (!head.ok() || head->origin != Origin(feed) || head->size <= sequence.value()) return members;
  if (head->size > signers.largest) return members;
  const auto verified = eventstore::merkle::VerifyNote(*note, signers.verifiers);
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
    } else if (const auto name = signers.witnesses.find(signature.name);
               name != signers.witnesses.end()) {
      members.insert(name->second);
    }
  }
  if (!by_host) members.clear();
  return members;
}

// The members under the notes, at least `enough` of them when there are as many; `kept`
// are the notes that added one.
absl::StatusOr<std::set<MemberId>> Cosigners(const std::vector<std::string>& notes,
                                             const FeedId& host_feed, Sequence sequence,
                                             const Charter& charter, size_t enough,
                                             std::vector<std::string>* kept) {
  const Signers signers = SignersOf(host_feed, charter);
  std::set<MemberId> all;
  for (size_t i = 0; i < notes.size() && i < kMaximumNotes && all.size() < enough; ++i) {
    ASSIGN_OR_RETURN(const auto members, MembersUnder(notes[i], host_feed, sequence, signers));
    const size_t before = all.size();
    all.insert(members.begin(), members.end());
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
               const std::optional<StreamId>& professional, const std::string& reason,
               const Context& context) {
  Decision decision;
  NewEvent event = HostEvent(state, context);
  event.keys.exchange = eventstore::privacy::KeyOf(exchange);
  auto& body = *event.event.mutable_secondment_ended();
  body.set_exchange_id(exchange.bytes());
  body.set_last_day(eventstore::base::FormatDate(last_day));
  body.set_reason(secondment::ReasonAbout(professional, reason, event));
  decision.events.push_back(std::move(event));
  return decision;
}

}  // namespace

int CosignaturesNeeded(const Charter& charter) {
  const int others = std::max(ActiveMembers(charter) - 1, 0);
  return others / 2 + 1;
}

absl::StatusOr<std::vector<MemberId>> CosignersOf(const std::vector<std::string>& notes,
                                                  const FeedId& host_feed, Sequence sequence,
                                                  const Charter& charter) {
  const auto everybody = static_cast<size_t>(charter.members_size());
  ASSIGN_OR_RETURN(const auto cosigners,
                   Cosigners(notes, host_feed, sequence, charter, everybody, nullptr));
  std::vector<MemberId> members;
  for (const auto& member : charter.members()) {
    const auto id = MemberId::FromBytes(member.member_id());
    if (id.ok() && cosigners.count(*id) > 0) members.push_back(*id);
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
  ASSIGN_OR_RETURN(const auto cosigners,
                   Cosigners(command.notes, selection->accepted_feed, *selection->accepted_sequence,
                             *context.charter, static_cast<size_t>(needed), &kept));
  if (static_cast<int>(cosigners.size()) < needed) {
    return Refusal(absl::StatusCode::kUnavailable, "COSIGNATURES_MISSING",
                   absl::StrCat(cosigners.size(), " van de ", needed,
                                " nodige medeondertekeningen zijn binnen"))
        .Metadata("have", absl::StrCat(cosigners.size()))
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
  return EndOn(state, exchange, *last_day, command.professional, command.reason, context);
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
  return EndOn(state, candidacy.exchange, *candidacy.last_day, candidacy.professional,
               candidacy.reason, context);
}

}  // namespace services::domain::assignment
