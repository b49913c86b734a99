#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "eventstore/base/errors.h"
#include "services/domain/agreement.h"
#include "services/domain/secondment/refusals.h"
#include "services/domain/secondment/secondment.h"
#include "services/domain/terms.h"
#include "services/domain/validation.h"

namespace services::domain::secondment {
namespace {

using eventstore::base::Refusal;
using poolcirkel::event::v1::Charter;

Refusal Precondition(std::string_view reason, std::string_view message) {
  return Refusal(absl::StatusCode::kFailedPrecondition, reason, message);
}

absl::Status NotSelected() {
  return Precondition("NOT_SELECTED",
                      "de gastorganisatie heeft deze voordracht (nog) niet geselecteerd")
      .Remedy("wacht op de selectie door de gastorganisatie")
      .Retry(absl::Seconds(30));
}

// Why a selection that is not held cannot be confirmed.
absl::Status NotHeld(const HostSelection& selection) {
  switch (selection.status) {
    case SelectionStatus::kDeclined:
      return Precondition("SELECTION_DECLINED", "de gastorganisatie heeft deze selectie afgewezen")
          .Metadata("selection", absl::StrCat(selection.selection))
          .Remedy("draag opnieuw voor, of zoek een andere opdracht");
    case SelectionStatus::kExpired:
      return Precondition("SELECTION_EXPIRED", "deze selectie is verlopen; de plaats is weer vrij")
          .Metadata("selection", absl::StrCat(selection.selection))
          .Remedy("vraag de gastorganisatie om opnieuw te selecteren");
    case SelectionStatus::kEnded:
      return Precondition("ALREADY_ENDED", "deze detachering is al beëindigd")
          .Remedy("draag opnieuw voor");
    case SelectionStatus::kAccepted:
      return Precondition("ALREADY_ACCEPTED", "de gastorganisatie heeft deze selectie al aanvaard");
    case SelectionStatus::kHeld:
      break;
  }
  return absl::OkStatus();
}

// The selection that `command` is about, when it is the host's current word.
absl::StatusOr<const HostSelection*> FindSelection(const State& state, const HostWord& host,
                                                   uint32_t asked, const Context& context) {
  if (!IsAbout(host, state)) return NotSelected();
  const HostSelection* current = host.Current();
  if (current == nullptr && host.declined) {
    return Precondition("CANDIDACY_DECLINED", "de gastorganisatie heeft deze voordracht afgewezen")
        .Remedy("draag opnieuw voor, of zoek een andere opdracht")
        .Status();
  }
  if (current == nullptr || current->lender != context.self) return NotSelected();
  if (asked != 0 && host.Find(asked) == nullptr) return NotSelected();
  if (asked != 0 && asked != current->selection) {
    return Precondition(
               "SELECTION_SUPERSEDED",
               absl::StrCat("selectie ", asked, " is vervangen door selectie ", current->selection,
                            " (", std::string(StatusText(current->status)), ")"))
        .Metadata("current_selection", absl::StrCat(current->selection))
        .Remedy("lees de huidige voorwaarden en bevestig die selectie")
        .Status();
  }
  RETURN_IF_ERROR(NotHeld(*current));
  if (current->selection <= state.released_selection) {
    return Precondition("SELECTION_EXPIRED", "deze selectie is eerder vrijgegeven")
        .Remedy("vraag de gastorganisatie om opnieuw te selecteren")
        .Status();
  }
  return current;
}

absl::Status CheckTermsOf(const HostSelection& selection, const Context& context) {
  if (!selection.terms) {
    return Refusal(absl::StatusCode::kUnavailable, "TERMS_UNREADABLE",
                   "de voorwaarden van deze selectie zijn hier nog niet leesbaar")
        .Remedy("wacht tot de sleutel van deze uitwisseling is opgehaald")
        .Retry(absl::Seconds(5));
  }
  if (TermsDigest(*selection.terms).view() != selection.terms_digest) {
    return Precondition("TERMS_MISMATCH",
                        "de voorwaarden passen niet bij de samenvatting in het logboek van de "
                        "gastorganisatie")
        .Remedy("bevestig niet; vraag de gastorganisatie om af te wijzen en opnieuw te selecteren");
  }
  const absl::Status checked = CheckTerms("terms", *selection.terms, *context.charter,
                                          eventstore::base::BusinessDate(context.now));
  if (checked.ok()) return checked;
  return Precondition(
             "TERMS_INVALID",
             absl::StrCat("de voorwaarden van de gastorganisatie kunnen niet: ", checked.message()))
      .Remedy("bevestig niet; vraag de gastorganisatie om af te wijzen en opnieuw te selecteren");
}

absl::Status CheckHead(absl::Duration age, const Context& context) {
  const int64_t limit = context.charter->rules().fresh_head_seconds();
  if (limit <= 0 || age <= absl::Seconds(limit)) return absl::OkStatus();
  return Refusal(absl::StatusCode::kUnavailable, "HOST_HEAD_STALE",
                 "het logboek van de gastorganisatie is te lang niet gezien; er kan intussen "
                 "een andere beslissing in staan")
      .Metadata("maximum_age_seconds", absl::StrCat(limit))
      .Remedy("probeer het opnieuw zodra het knooppunt van de gastorganisatie bereikbaar is")
      .Retry(absl::Seconds(10));
}

NewEvent ConfirmedEvent(const State& state, const HostSelection& selection,
                        const ConfirmSecondment& command,
                        const eventstore::crypto::PrivateKey& log_key, const Context& context) {
  NewEvent event;
  event.circle = context.circle;
  event.stream = state.exchange;
  event.keys.exchange = eventstore::privacy::KeyOf(state.exchange);
  auto& body = *event.event.mutable_secondment_confirmed();
  body.set_selection(selection.selection);
  body.set_terms_digest(selection.terms_digest);
  body.set_signature(SignAgreement(
      log_key,
      Agreement{context.circle, state.exchange, selection.selection, selection.terms_digest,
                poolcirkel::event::v1::TermsToSign::PARTY_LENDER}));
  for (const auto& attestation : command.attestations) *body.add_attestations() = attestation;
  return event;
}

absl::Status CheckPerson(const State& state, const professional::State& professional,
                         const Context& context) {
  const auto listing = professional.listings.find(context.circle);
  const bool same = listing != professional.listings.end() && state.professional &&
                    listing->second.id == *state.professional;
  return same ? absl::OkStatus() : ProfessionalUnknown();
}

}  // namespace

absl::Status CheckConsents(const std::vector<poolcirkel::event::v1::Attestation>& attestations,
                           const Charter& charter) {
  std::set<int> given;
  for (const auto& attestation : attestations) given.insert(attestation.consent());
  std::vector<std::string> missing;
  for (const int consent : charter.rules().required_consents()) {
    if (given.count(consent) > 0) continue;
    missing.push_back(consent == poolcirkel::event::v1::CONSENT_LINE_MANAGER
                          ? "de leidinggevende (line_manager)"
                          : "de professional (professional)");
  }
  if (missing.empty()) return absl::OkStatus();
  return Precondition("CONSENT_MISSING", absl::StrCat("de samenwerkingsafspraken vragen ook de "
                                                      "instemming van ",
                                                      absl::StrJoin(missing, " en ")))
      .Field("attestations", "mist een vereiste instemming")
      .Remedy("vraag de instemming en noem haar bij het bevestigen");
}

absl::StatusOr<Decision> Confirm(const State& state, const professional::State& professional,
                                 const HostWord& host, const ConfirmSecondment& command,
                                 const eventstore::crypto::PrivateKey& log_key,
                                 const Context& context) {
  RETURN_IF_ERROR(CheckLender(state, context));
  RETURN_IF_ERROR(CheckOpen(state));
  if (state.status == Status::kConfirmed) {
    return Refusal(absl::StatusCode::kAlreadyExists, "ALREADY_CONFIRMED",
                   absl::StrCat("selectie ", state.confirmation->selection, " is al bevestigd"))
        .Metadata("selection", absl::StrCat(state.confirmation->selection))
        .Remedy("wacht op het antwoord van de gastorganisatie")
        .Status();
  }
  RETURN_IF_ERROR(CheckPerson(state, professional, context));
  ASSIGN_OR_RETURN(const HostSelection* selection,
                   FindSelection(state, host, command.selection, context));
  RETURN_IF_ERROR(CheckTermsOf(*selection, context));

  const WeekMap asked = ToWeekMap(selection->terms->weeks());
  Violations violations;
  violations.CheckAttestations("attestations", command.attestations,
                               eventstore::base::BusinessDate(context.now));
  violations.Add(professional::CheckFree(professional, asked));
  violations.Add(CheckConsents(command.attestations, *context.charter));
  violations.Add(CheckHead(command.host_head_age, context));
  RETURN_IF_ERROR(violations.Status());

  const professional::Reservation reservation{context.circle, state.exchange, selection->selection,
                                              asked};
  Decision decision;
  decision.events.push_back(ConfirmedEvent(state, *selection, command, log_key, context));
  decision.events.push_back(professional::ReserveHours(professional, reservation, context));
  professional::State after = professional;
  after.reservations[{state.exchange, selection->selection}] = reservation;
  for (NewEvent& event : professional::StateFreeHours(after, asked)) {
    decision.events.push_back(std::move(event));
  }
  return decision;
}

}  // namespace services::domain::secondment
