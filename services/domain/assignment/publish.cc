#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "services/domain/assignment/assignment.h"
#include "services/domain/assignment/refusals.h"
#include "services/domain/terms.h"
#include "services/domain/validation.h"

namespace services::domain::assignment {
namespace {

using eventstore::base::BusinessDate;
using eventstore::base::ParseDate;
using eventstore::base::Refusal;
using poolcirkel::event::v1::AssignmentPublished;

absl::Status CheckFields(const AssignmentPublished& assignment, const Context& context) {
  const absl::CivilDay today = BusinessDate(context.now);
  Violations violations;
  violations.CheckText("assignment.title", assignment.title(), 1, 200);
  violations.CheckText("assignment.description", assignment.description(), 0, 8'000,
                       TextKind::kParagraph);
  violations.CheckText("assignment.role", assignment.role(), 0, 100);
  violations.CheckLevel("assignment.level", assignment.level(), false);
  violations.CheckConcepts("assignment.skills", assignment.skills());
  violations.CheckLocation("assignment.location", assignment.location());
  violations.CheckPeriod("assignment.start_date", assignment.start_date(), "assignment.end_date",
                         assignment.end_date(), today);
  const auto last = ParseDate(assignment.end_date());
  if (last.ok() && *last < today) {
    violations.Add("assignment.end_date", "ligt in het verleden");
  }
  violations.CheckRange("assignment.minutes_per_week", assignment.minutes_per_week(), 1,
                        kMinutesPerWeek);
  violations.CheckRange("assignment.seats", assignment.seats(), 1, 100);
  violations.CheckTariff("assignment.tariff", assignment.tariff());
  violations.CheckText("assignment.client", assignment.client(), 0, 200);
  return violations.Status();
}

}  // namespace

absl::StatusOr<Decision> Publish(const State& state, const PublishAssignment& command,
                                 const Context& context) {
  if (state.published) {
    return Refusal(absl::StatusCode::kAlreadyExists, "ALREADY_PUBLISHED",
                   "deze opdracht is al gepubliceerd")
        .Metadata("assignment_id", eventstore::base::ToText(state.id))
        .Status();
  }
  AssignmentPublished assignment = command.assignment;
  Violations violations;
  violations.Add(
      ApplyFixedTariff("assignment.tariff", *assignment.mutable_tariff(), *context.charter));
  violations.Add(CheckFields(assignment, context));
  RETURN_IF_ERROR(violations.Status());
  Decision decision;
  NewEvent event;
  event.circle = context.circle;
  event.stream = context.new_id;
  *event.event.mutable_assignment_published() = assignment;
  decision.events.push_back(std::move(event));
  return decision;
}

absl::StatusOr<Decision> Withdraw(const State& state, const WithdrawAssignment& command,
                                  const Context& context) {
  RETURN_IF_ERROR(CheckHost(state, context));
  if (state.withdrawn) return AssignmentWithdrawnRefusal();
  Violations violations;
  violations.CheckText("reason", command.reason, 3, 500, TextKind::kParagraph);
  for (const Selection& selection : state.selections) {
    if (OccupantOf(state, selection.seat) != &selection) continue;
    violations.Add(Refusal(absl::StatusCode::kFailedPrecondition, "SEAT_TAKEN",
                           absl::StrCat("plaats ", selection.seat, " is niet vrij: ",
                                        std::string(secondment::StatusText(selection.status)),
                                        " voor ", NameOf(*context.charter, selection.lender)))
                       .Metadata("exchange_id", eventstore::base::ToText(selection.exchange))
                       .Remedy("wijs de selectie eerst af, of beëindig de detachering"));
  }
  RETURN_IF_ERROR(violations.Status());
  Decision decision;
  NewEvent event = HostEvent(state, context);
  event.event.mutable_assignment_withdrawn()->set_reason(command.reason);
  decision.events.push_back(std::move(event));
  return decision;
}

}  // namespace services::domain::assignment
