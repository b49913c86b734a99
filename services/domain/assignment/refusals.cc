#include "services/domain/assignment/refusals.h"

#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"

namespace services::domain::assignment {
namespace {

using eventstore::base::Refusal;

Refusal Precondition(std::string_view reason, std::string_view message) {
  return Refusal(absl::StatusCode::kFailedPrecondition, reason, message);
}

}  // namespace

absl::Status CheckHost(const State& state, const Context& context) {
  if (!state.published) {
    return Refusal(absl::StatusCode::kNotFound, "ASSIGNMENT_UNKNOWN",
                   "deze opdracht is niet bekend bij deze lidorganisatie")
        .Remedy("zoek het id op met `poolcirkel assignment list`");
  }
  if (state.feed.member != context.self || state.feed.circle != context.circle) {
    return Refusal(absl::StatusCode::kPermissionDenied, "NOT_THE_HOST",
                   "alleen de gastorganisatie kan dit vastleggen")
        .Metadata("host", NameOf(*context.charter, state.feed.member))
        .Remedy("laat de gastorganisatie dit op haar eigen knooppunt doen");
  }
  return absl::OkStatus();
}

absl::Status AssignmentWithdrawnRefusal() {
  return Precondition("ASSIGNMENT_WITHDRAWN", "deze opdracht is ingetrokken")
      .Remedy("publiceer de opdracht opnieuw");
}

absl::Status CheckCandidacy(const State& state, const secondment::State& candidacy,
                            const Context& context) {
  const bool known = candidacy.status != secondment::Status::kNone &&
                     candidacy.assignment == state.id && candidacy.host == context.self &&
                     candidacy.feed.circle == context.circle;
  if (known) return absl::OkStatus();
  return Refusal(absl::StatusCode::kNotFound, "EXCHANGE_UNKNOWN",
                 "deze voordracht is niet bekend voor deze opdracht")
      .Remedy("controleer het id, of wacht tot de voordracht hier is aangekomen")
      .Retry(absl::Seconds(5));
}

absl::Status CheckHeld(const Selection* selection) {
  if (selection == nullptr) {
    return Precondition("NOT_SELECTED", "deze voordracht is niet geselecteerd")
        .Remedy("selecteer eerst de voordracht");
  }
  const std::string number = absl::StrCat(selection->selection);
  switch (selection->status) {
    case SelectionStatus::kHeld:
      return absl::OkStatus();
    case SelectionStatus::kAccepted:
      return Refusal(absl::StatusCode::kAlreadyExists, "ALREADY_ACCEPTED",
                     absl::StrCat("selectie ", number, " is al aanvaard; plaats ", selection->seat,
                                  " is vervuld"))
          .Metadata("selection", number)
          .Remedy("beëindig de detachering met inachtneming van de opzegtermijn");
    case SelectionStatus::kDeclined:
      return Precondition("SELECTION_DECLINED", absl::StrCat("selectie ", number, " is afgewezen"))
          .Metadata("selection", number)
          .Remedy("selecteer een andere voordracht");
    case SelectionStatus::kExpired:
      return Precondition("SELECTION_EXPIRED", absl::StrCat("selectie ", number, " is verlopen"))
          .Metadata("selection", number)
          .Remedy("selecteer opnieuw");
    case SelectionStatus::kEnded:
      return Precondition("ALREADY_ENDED", "deze detachering is al beëindigd")
          .Remedy("vraag om een nieuwe voordracht");
  }
  return absl::OkStatus();
}

absl::Status NotAccepted() {
  return Precondition("NOT_ACCEPTED", "deze detachering is niet aanvaard")
      .Remedy("een voordracht of selectie wordt afgewezen, niet beëindigd");
}

NewEvent HostEvent(const State& state, const Context& context) {
  NewEvent event;
  event.circle = context.circle;
  event.stream = state.id;
  return event;
}

}  // namespace services::domain::assignment
