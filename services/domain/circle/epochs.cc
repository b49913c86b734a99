// Epochs: how a member's feed comes to its end and the next one begins.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "services/domain/bytes.h"
#include "services/domain/circle/circle.h"

namespace services::domain::circle {
namespace {

using eventstore::base::Refusal;

using poolcirkel::event::v1::EPOCH_END_FORK;
using poolcirkel::event::v1::EPOCH_END_KEY_LOST;
using poolcirkel::event::v1::EPOCH_END_RESTORED;
using poolcirkel::event::v1::EPOCH_END_ROTATION;
using poolcirkel::event::v1::EPOCH_END_SUSPENSION;
using poolcirkel::event::v1::EPOCH_END_UNSPECIFIED;
using poolcirkel::event::v1::EPOCH_END_YEARLY_CLOSING;

absl::Status Broken(const CharterMember& member, std::string_view why) {
  return Refusal(absl::StatusCode::kInvalidArgument, "CHARTER_INVALID",
                 absl::StrCat("de tijdvakken van ", member.short_name(),
                              " kloppen niet: ", std::string(why)))
      .Metadata("member", member.short_name())
      .Remedy("gebruik de bevelen van `poolcirkel circle` om een tijdvak af te sluiten");
}

bool IsByMember(EpochEnd reason) {
  return reason == EPOCH_END_ROTATION || reason == EPOCH_END_YEARLY_CLOSING;
}

const CharterMember* Find(const Charter& charter, const std::string& id) {
  for (const CharterMember& member : charter.members()) {
    if (member.member_id() == id) return &member;
  }
  return nullptr;
}

// What was closed stays as it was.
bool KeepsClosed(const CharterMember& before, const CharterMember& after) {
  if (after.closed_epochs_size() < before.closed_epochs_size()) return false;
  for (int i = 0; i < before.closed_epochs_size(); ++i) {
    if (DeterministicBytes(before.closed_epochs(i)) != DeterministicBytes(after.closed_epochs(i))) {
      return false;
    }
  }
  return true;
}

absl::Status CheckMemberEpochs(const CharterMember& before, const CharterMember& after) {
  if (!KeepsClosed(before, after)) return Broken(after, "een afgesloten tijdvak verandert niet");
  const int closed = after.closed_epochs_size() - before.closed_epochs_size();
  if (closed > 1) return Broken(after, "er wordt een tijdvak tegelijk afgesloten");
  if (closed == 0) {
    const bool same = after.epoch() == before.epoch() && after.log_key() == before.log_key() &&
                      after.suspended() == before.suspended();
    const bool resumes = before.suspended() && !after.suspended();
    if (same || resumes) return absl::OkStatus();
    return Broken(after, "een andere logsleutel hoort bij een nieuw tijdvak");
  }
  const ClosedEpoch& end = after.closed_epochs(after.closed_epochs_size() - 1);
  if (before.suspended()) return Broken(after, "het tijdvak van een geschorst lid is al dicht");
  if (end.epoch() != before.epoch() || end.log_key() != before.log_key()) {
    return Broken(after, "afgesloten wordt het lopende tijdvak, met zijn eigen sleutel");
  }
  if (after.suspended() != (end.reason() == EPOCH_END_SUSPENSION)) {
    return Broken(after, "alleen na een schorsing volgt er geen tijdvak");
  }
  return absl::OkStatus();
}

CharterMember* Mutable(Charter& charter, const MemberId& id) {
  for (CharterMember& member : *charter.mutable_members()) {
    if (member.member_id() == id.view()) return &member;
  }
  return nullptr;
}

absl::Status CheckKeyGiven(const EndEpochCommand& command) {
  const bool wants_key = command.reason != EPOCH_END_SUSPENSION;
  if (wants_key == command.next_log_key.has_value()) return absl::OkStatus();
  return eventstore::base::InvalidField(
      "next_log_key", wants_key ? "is nodig: de sleutel van het volgende tijdvak"
                                : "hoort niet bij een schorsing: er volgt nog geen tijdvak");
}

// An entry that was handed over before has the key of an epoch that was.
absl::Status CheckKeyNew(const EndEpochCommand& command, const CharterMember& of,
                         const Charter& charter) {
  for (const CharterMember& member : charter.members()) {
    for (const auto& [epoch, key] : LogKeysOf(member)) {
      if (key != command.next_log_key) continue;
      return Refusal(absl::StatusCode::kInvalidArgument, "LOG_KEY_USED",
                     absl::StrCat("een volgend tijdvak van ", of.short_name(),
                                  " vraagt een nieuwe logsleutel; deze is al gebruikt, door ",
                                  member.short_name(), " in tijdvak ", epoch))
          .Field("next_log_key", "is al gebruikt")
          .Metadata("member", member.short_name())
          .Remedy(absl::StrCat("draai op het knooppunt van ", of.short_name(),
                               " opnieuw `poolcirkel circle entry`: dat geeft een nieuwe sleutel"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckEpochs(const Charter& previous, const Charter& next) {
  for (const CharterMember& after : next.members()) {
    const CharterMember* before = Find(previous, after.member_id());
    if (before != nullptr) {
      RETURN_IF_ERROR(CheckMemberEpochs(*before, after));
    } else if (after.epoch() != 0 || after.closed_epochs_size() > 0 || after.suspended()) {
      return Broken(after, "een nieuw lid begint met tijdvak 0");
    }
  }
  return absl::OkStatus();
}

std::optional<EndedEpoch> EndedBy(const Charter& previous, const Charter& next) {
  std::optional<EndedEpoch> ended;
  for (const CharterMember& after : next.members()) {
    const CharterMember* before = Find(previous, after.member_id());
    if (before == nullptr || after.closed_epochs_size() <= before->closed_epochs_size()) continue;
    const auto id = MemberId::FromBytes(after.member_id());
    if (!id.ok() || ended.has_value()) return std::nullopt;
    ended = EndedEpoch{*id, after.closed_epochs(after.closed_epochs_size() - 1)};
  }
  return ended;
}

bool IsOwnEnd(const Charter& previous, const Charter& next, const MemberId& proposer) {
  const auto ended = EndedBy(previous, next);
  if (!ended || ended->member != proposer || !IsByMember(ended->end.reason())) return false;
  const CharterMember* after = FindMember(next, proposer);
  Charter expected = previous;
  expected.set_version(previous.version() + 1);
  expected.set_previous(next.previous());
  expected.set_nonce(next.nonce());
  CharterMember* entry = Mutable(expected, proposer);
  if (entry == nullptr || after == nullptr) return false;
  *entry->add_closed_epochs() = ended->end;
  entry->set_epoch(after->epoch());
  entry->set_log_key(after->log_key());
  return DeterministicBytes(expected) == DeterministicBytes(next) &&
         CheckEpochs(previous, next).ok();
}

absl::Status CheckEnd(const EndEpochCommand& command, const Context& context) {
  const CharterMember* member = FindMember(*context.charter, command.member);
  if (member == nullptr) {
    return Refusal(absl::StatusCode::kNotFound, "MEMBER_UNKNOWN",
                   "dat is geen lid van deze poolcirkel")
        .Field("member", "is geen lid");
  }
  if (command.reason == EPOCH_END_UNSPECIFIED || !EpochEnd_IsValid(command.reason)) {
    return eventstore::base::InvalidField("reason", "ontbreekt of is onbekend");
  }
  if (IsByMember(command.reason) && command.member != context.self) {
    return Refusal(absl::StatusCode::kFailedPrecondition, "EPOCH_NOT_YOURS",
                   "een sleutelwissel en een jaarafsluiting doet een lid zelf")
        .Remedy("gebruik `circle replace-key` als dat lid zijn sleutel kwijt is");
  }
  RETURN_IF_ERROR(CheckKeyGiven(command));
  const bool resumes = command.reason == EPOCH_END_RESTORED || command.reason == EPOCH_END_KEY_LOST;
  if (member->suspended() && !resumes) {
    return Refusal(absl::StatusCode::kFailedPrecondition, "MEMBER_SUSPENDED",
                   absl::StrCat(member->short_name(), " is al geschorst"));
  }
  return absl::OkStatus();
}

absl::StatusOr<Decision> EndEpoch(const State& state, std::string_view present_bytes,
                                  const EndEpochCommand& command,
                                  const eventstore::crypto::PrivateKey& log_key,
                                  const Context& context) {
  RETURN_IF_ERROR(CheckEnd(command, context));
  Charter next = *context.charter;
  CharterMember* member = Mutable(next, command.member);
  RETURN_IF_ERROR(CheckKeyNew(command, *member, *context.charter));
  if (!member->suspended()) {
    ClosedEpoch& end = *member->add_closed_epochs();
    end.set_epoch(member->epoch());
    end.set_log_key(member->log_key());
    end.set_final_size(command.final_size);
    end.set_final_root(command.final_root.bytes());
    end.set_reason(command.reason);
  }
  member->set_suspended(!command.next_log_key.has_value());
  if (command.next_log_key) {
    member->set_epoch(static_cast<uint32_t>(member->closed_epochs_size()));
    member->set_log_key(command.next_log_key->bytes());
  }
  // As many as before, as long as that can be had and is more than half.
  const auto active = static_cast<uint32_t>(ActiveMembers(next));
  next.set_quorum(std::clamp(next.quorum(), active / 2 + 1, std::max(active, active / 2 + 1)));
  next.clear_nonce();
  return ProposeNext(state, present_bytes, {.charter = std::move(next), .admit = {}}, log_key,
                     context);
}

std::map<Digest, const Proposal*> OwnEnds(const State& state, std::string_view present_bytes,
                                          const Context& context) {
  const Digest present = CharterDigest(present_bytes);
  std::map<Digest, const Proposal*> ends;
  for (const auto& [digest, proposal] : state.proposals) {
    if (proposal.charter.previous() != present.view()) continue;
    for (const auto& [proposer, place] : proposal.places) {
      if (IsOwnEnd(*context.charter, proposal.charter, proposer)) ends[digest] = &proposal;
    }
  }
  return ends;
}

const Proposal* EndsOwnEpoch(const State& state, std::string_view present_bytes,
                             const Context& context) {
  const Digest present = CharterDigest(present_bytes);
  for (const auto& [digest, proposal] : state.proposals) {
    if (proposal.charter.previous() != present.view()) continue;
    if (proposal.places.count(context.self) == 0) continue;
    if (state.signatures.count({digest, context.self}) == 0) continue;
    const auto ended = EndedBy(*context.charter, proposal.charter);
    if (ended && ended->member == context.self) return &proposal;
  }
  return nullptr;
}

}  // namespace services::domain::circle
