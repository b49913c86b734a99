#include <algorithm>

#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "services/domain/agreement.h"
#include "services/domain/assignment/assignment.h"
#include "services/domain/assignment/refusals.h"
#include "services/domain/validation.h"

namespace services::domain::assignment {
namespace {

using eventstore::base::Refusal;

Refusal Precondition(std::string_view reason, std::string_view message) {
  return Refusal(absl::StatusCode::kFailedPrecondition, reason, message);
}

// The lender's standing confirmation of just this selection; nullptr when there is none.
const secondment::Confirmation* ConfirmationOf(const Selection& selection,
                                               const secondment::State& candidacy) {
  const bool stands = candidacy.status == secondment::Status::kConfirmed &&
                      candidacy.feed.member == selection.lender &&
                      candidacy.confirmation->selection == selection.selection;
  return stands ? &*candidacy.confirmation : nullptr;
}

absl::Time AcceptBy(const Selection& selection, const secondment::Confirmation& confirmation,
                    const Context& context) {
  const int64_t within = context.charter->rules().accept_within_seconds();
  if (within <= 0) return absl::InfiniteFuture();
  // The lender's clock may be behind, and cannot make the host late; or ahead, and cannot
  // hold the seat for longer than both limits together.
  const absl::Time confirmed = std::min(confirmation.recorded_at, selection.confirm_by);
  return std::max(selection.selected_at, confirmed) + absl::Seconds(within);
}

absl::Status NoConfirmation(const Selection& selection, const secondment::State& candidacy) {
  if (candidacy.status == secondment::Status::kWithdrawn) {
    return Precondition("ALREADY_WITHDRAWN",
                        "de uitlenende organisatie heeft deze voordracht ingetrokken")
        .Remedy("wijs de selectie af, zodat de plaats vrijkomt");
  }
  if (candidacy.confirmation && candidacy.feed.member == selection.lender) {
    return Precondition("CONFIRMATION_VOID",
                        absl::StrCat("de uitlenende organisatie bevestigde selectie ",
                                     candidacy.confirmation->selection, ", maar selectie ",
                                     selection.selection, " is de huidige"))
        .Metadata("confirmed_selection", absl::StrCat(candidacy.confirmation->selection))
        .Metadata("current_selection", absl::StrCat(selection.selection))
        .Remedy("wacht op de bevestiging van de huidige selectie")
        .Retry(absl::Seconds(30));
  }
  return Precondition("NOT_CONFIRMED",
                      "de uitlenende organisatie heeft deze selectie (nog) niet bevestigd")
      .Metadata("selection", absl::StrCat(selection.selection))
      .Remedy("wacht op de bevestiging")
      .Retry(absl::Seconds(30));
}

absl::Status CheckConfirmation(const State& state, const Selection& selection,
                               const secondment::Confirmation& confirmation,
                               const Context& context) {
  const auto* lender = FindMember(*context.charter, selection.lender);
  if (lender == nullptr) {
    return Precondition("MEMBER_UNKNOWN",
                        "de uitlenende organisatie staat niet meer in de samenwerkingsafspraken")
        .Remedy("wijs de selectie af");
  }
  if (confirmation.terms_digest != selection.terms_digest) {
    return Precondition("TERMS_MISMATCH",
                        "de uitlenende organisatie ondertekende andere voorwaarden")
        .Remedy("wijs de selectie af en selecteer opnieuw");
  }
  const Agreement agreement{state.feed.circle, selection.exchange, selection.selection,
                            selection.terms_digest,
                            poolcirkel::event::v1::TermsToSign::PARTY_LENDER};
  if (!VerifyAgreement(*lender, agreement, confirmation.signature)) {
    return Precondition("BAD_SIGNATURE", "de handtekening van de uitlenende organisatie klopt niet")
        .Remedy("wijs de selectie af en meld het aan de coördinator van de poolcirkel");
  }
  RETURN_IF_ERROR(secondment::CheckConsents(confirmation.attestations, *context.charter));
  const absl::Time accept_by = AcceptBy(selection, confirmation, context);
  if (context.now <= accept_by) return absl::OkStatus();
  return Precondition("ACCEPTANCE_TOO_LATE",
                      absl::StrCat("de termijn om te aanvaarden is verstreken op ",
                                   absl::FormatTime("%Y-%m-%d %H:%M", accept_by,
                                                    eventstore::base::BusinessZone())))
      .Remedy("wacht tot de selectie is verlopen en selecteer opnieuw");
}

}  // namespace

absl::StatusOr<Decision> Accept(const State& state, const secondment::State& candidacy,
                                const eventstore::crypto::PrivateKey& log_key,
                                const Context& context) {
  RETURN_IF_ERROR(CheckHost(state, context));
  RETURN_IF_ERROR(CheckCandidacy(state, candidacy, context));
  const Selection* selection = CurrentOf(state, candidacy.exchange);
  RETURN_IF_ERROR(CheckHeld(selection));
  const secondment::Confirmation* confirmation = ConfirmationOf(*selection, candidacy);
  if (confirmation == nullptr) return NoConfirmation(*selection, candidacy);
  RETURN_IF_ERROR(CheckConfirmation(state, *selection, *confirmation, context));
  Decision decision;
  NewEvent event = HostEvent(state, context);
  auto& body = *event.event.mutable_selection_accepted();
  body.set_exchange_id(selection->exchange.bytes());
  body.set_seat(selection->seat);
  body.set_selection(selection->selection);
  body.set_terms_digest(selection->terms_digest);
  body.set_signature(SignAgreement(
      log_key, Agreement{context.circle, selection->exchange, selection->selection,
                         selection->terms_digest, poolcirkel::event::v1::TermsToSign::PARTY_HOST}));
  decision.events.push_back(std::move(event));
  return decision;
}

absl::StatusOr<Decision> Decline(const State& state, const secondment::State& candidacy,
                                 const DeclineCandidacy& command, const Context& context) {
  RETURN_IF_ERROR(CheckHost(state, context));
  RETURN_IF_ERROR(CheckCandidacy(state, candidacy, context));
  if (state.declined.count(candidacy.exchange) > 0) {
    return Refusal(absl::StatusCode::kAlreadyExists, "CANDIDACY_DECLINED",
                   "deze voordracht is al afgewezen")
        .Status();
  }
  const Selection* selection = CurrentOf(state, candidacy.exchange);
  if (selection != nullptr && selection->status != SelectionStatus::kExpired) {
    RETURN_IF_ERROR(CheckHeld(selection));
  }
  Violations violations;
  violations.CheckText("reason", command.reason, 3, 500, TextKind::kParagraph);
  RETURN_IF_ERROR(violations.Status());
  Decision decision;
  NewEvent event = HostEvent(state, context);
  event.keys.exchange = eventstore::privacy::KeyOf(candidacy.exchange);
  auto& body = *event.event.mutable_candidacy_declined();
  body.set_exchange_id(candidacy.exchange.bytes());
  if (selection != nullptr && selection->status == SelectionStatus::kHeld) {
    body.set_seat(selection->seat);
    body.set_selection(selection->selection);
  }
  body.set_reason(secondment::ReasonAbout(candidacy.professional, command.reason, event));
  decision.events.push_back(std::move(event));
  return decision;
}

absl::Time ExpiryDue(const State& state, const secondment::State& candidacy,
                     const Context& context) {
  const Selection* selection = CurrentOf(state, candidacy.exchange);
  if (selection == nullptr || selection->status != SelectionStatus::kHeld) {
    return absl::InfiniteFuture();
  }
  const secondment::Confirmation* confirmation = ConfirmationOf(*selection, candidacy);
  return confirmation == nullptr ? selection->confirm_by
                                 : AcceptBy(*selection, *confirmation, context);
}

absl::StatusOr<Decision> Expire(const State& state, const secondment::State& candidacy,
                                const Context& context) {
  RETURN_IF_ERROR(CheckHost(state, context));
  RETURN_IF_ERROR(CheckCandidacy(state, candidacy, context));
  const Selection* selection = CurrentOf(state, candidacy.exchange);
  RETURN_IF_ERROR(CheckHeld(selection));
  const absl::Time due = ExpiryDue(state, candidacy, context);
  if (context.now < due) {
    Refusal refusal =
        Precondition("NOT_DUE", "de termijn van deze selectie is nog niet verstreken");
    if (due != absl::InfiniteFuture()) {
      refusal.Metadata("due_at_microseconds", absl::StrCat(absl::ToUnixMicros(due)))
          .Retry(due - context.now);
    }
    return refusal.Status();
  }
  Decision decision;
  NewEvent event = HostEvent(state, context);
  auto& body = *event.event.mutable_selection_expired();
  body.set_exchange_id(selection->exchange.bytes());
  body.set_seat(selection->seat);
  body.set_selection(selection->selection);
  body.set_due_at_microseconds(absl::ToUnixMicros(due));
  decision.events.push_back(std::move(event));
  return decision;
}

}  // namespace services::domain::assignment
