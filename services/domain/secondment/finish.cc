#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "services/domain/secondment/refusals.h"
#include "services/domain/secondment/secondment.h"
#include "services/domain/validation.h"

namespace services::domain::secondment {
namespace {

using eventstore::base::FormatDate;
using eventstore::base::IsoWeekOf;
using eventstore::base::NextWeek;
using eventstore::base::Refusal;

NewEvent LenderEvent(const State& state, const Context& context) {
  NewEvent event;
  event.circle = context.circle;
  event.stream = state.exchange;
  return event;
}

// Frees the reservation from `from` on, or all of it, in ledger and circles.
void AddRelease(const State& state, const professional::State& professional,
                std::optional<IsoWeek> from, const Context& context, Decision& decision) {
  const uint32_t selection = state.confirmation->selection;
  const auto held = professional.reservations.find({state.exchange, selection});
  if (held == professional.reservations.end()) return;
  const auto first = from ? held->second.weeks.lower_bound(*from) : held->second.weeks.begin();
  const WeekMap freed(first, held->second.weeks.end());
  if (freed.empty()) return;
  decision.events.push_back(
      professional::ReleaseHours(professional, state.exchange, selection, from, context));
  professional::State after = professional;
  WeekMap& left = after.reservations[{state.exchange, selection}].weeks;
  for (const auto& [week, minutes] : freed) left.erase(week);
  for (NewEvent& event : professional::StateFreeHours(after, freed)) {
    decision.events.push_back(std::move(event));
  }
}

Decision EndOn(const State& state, const professional::State& professional, absl::CivilDay last_day,
               const std::string& reason, const Context& context) {
  Decision decision;
  NewEvent ended = LenderEvent(state, context);
  ended.keys.exchange = eventstore::privacy::KeyOf(state.exchange);
  auto& body = *ended.event.mutable_secondment_ended();
  body.set_exchange_id(state.exchange.bytes());
  body.set_last_day(FormatDate(last_day));
  body.set_reason(ReasonAbout(state.professional, reason, ended));
  decision.events.push_back(std::move(ended));
  AddRelease(state, professional, NextWeek(IsoWeekOf(last_day)), context, decision);
  return decision;
}

// What the host said about the selection that stands confirmed; nullptr when nothing.
const HostSelection* WordOnConfirmed(const State& state, const HostWord& host) {
  if (!state.confirmation || !IsAbout(host, state)) return nullptr;
  const HostSelection* selection = host.Find(state.confirmation->selection);
  return selection != nullptr && selection->lender == state.feed.member ? selection : nullptr;
}

absl::Status NotAccepted() {
  return Refusal(absl::StatusCode::kFailedPrecondition, "NOT_ACCEPTED",
                 "deze detachering is niet door beide organisaties vastgelegd")
      .Remedy("een voordracht wordt ingetrokken, een selectie afgewezen");
}

}  // namespace

bool CanRelease(const State& state, const HostWord& host) {
  if (state.status != Status::kConfirmed) return false;
  const HostSelection* selection = WordOnConfirmed(state, host);
  return selection != nullptr && (selection->status == SelectionStatus::kDeclined ||
                                  selection->status == SelectionStatus::kExpired);
}

absl::StatusOr<Decision> Release(const State& state, const professional::State& professional,
                                 const HostWord& host, const Context& context) {
  RETURN_IF_ERROR(CheckLender(state, context));
  RETURN_IF_ERROR(CheckOpen(state));
  if (state.status != Status::kConfirmed) {
    return Refusal(absl::StatusCode::kFailedPrecondition, "NOT_CONFIRMED",
                   "er is niets bevestigd, dus er zijn geen uren om vrij te geven")
        .Status();
  }
  const HostSelection* selection = WordOnConfirmed(state, host);
  if (selection == nullptr || selection->status == SelectionStatus::kHeld) {
    return Refusal(absl::StatusCode::kFailedPrecondition, "HOST_HAS_NOT_SPOKEN",
                   "de gastorganisatie heeft nog niet geantwoord; de uren blijven gereserveerd")
        .Remedy(
            "wacht op de gastorganisatie; blijft zij zwijgen, dan kan de poolcirkel haar schorsen")
        .Retry(absl::Minutes(1))
        .Status();
  }
  if (!CanRelease(state, host)) {
    return Refusal(absl::StatusCode::kFailedPrecondition, "ALREADY_ACCEPTED",
                   "de gastorganisatie heeft aanvaard; de uren zijn afgesproken")
        .Remedy("beëindig de detachering met inachtneming van de opzegtermijn")
        .Status();
  }
  Decision decision;
  NewEvent released = LenderEvent(state, context);
  auto& body = *released.event.mutable_confirmation_released();
  body.set_selection(selection->selection);
  body.set_host_event_id(selection->event.bytes());
  decision.events.push_back(std::move(released));
  AddRelease(state, professional, std::nullopt, context, decision);
  return decision;
}

absl::StatusOr<absl::CivilDay> LastDay(const std::string& asked,
                                       const poolcirkel::event::v1::Terms& terms,
                                       const Context& context) {
  const absl::CivilDay today = eventstore::base::BusinessDate(context.now);
  const int notice = context.charter->rules().notice_days();
  const absl::CivilDay first = today + notice;
  ASSIGN_OR_RETURN(const absl::CivilDay end, eventstore::base::ParseDate(terms.end_date()));
  Violations violations;
  absl::CivilDay last_day = first;
  if (!asked.empty()) {
    const auto parsed = violations.CheckDate("last_day", asked, today);
    RETURN_IF_ERROR(violations.Status());
    last_day = *parsed;
  }
  if (last_day < first || first > end) {
    return Refusal(
               absl::StatusCode::kFailedPrecondition, "NOTICE_TOO_SHORT",
               absl::StrCat("de opzegtermijn is ", notice, " dagen: de vroegste laatste dag is ",
                            FormatDate(first), ", de afgesproken einddatum ", FormatDate(end)))
        .Field("last_day", absl::StrCat("niet voor ", FormatDate(first)))
        .Metadata("first_possible", FormatDate(first))
        .Remedy(first > end ? "laat de detachering aflopen" : "kies een latere laatste dag")
        .Status();
  }
  if (last_day > end) {
    return eventstore::base::InvalidField(
        "last_day", absl::StrCat("ligt na de afgesproken einddatum ", FormatDate(end)));
  }
  return last_day;
}

absl::StatusOr<Decision> End(const State& state, const professional::State& professional,
                             const HostWord& host, const EndSecondment& command,
                             const Context& context) {
  RETURN_IF_ERROR(CheckLender(state, context));
  RETURN_IF_ERROR(CheckOpen(state));
  const HostSelection* selection = WordOnConfirmed(state, host);
  if (selection == nullptr || (selection->status != SelectionStatus::kAccepted &&
                               selection->status != SelectionStatus::kEnded)) {
    return NotAccepted();
  }
  if (!selection->terms) {
    return Refusal(absl::StatusCode::kUnavailable, "TERMS_UNREADABLE",
                   "de voorwaarden van deze detachering zijn hier niet leesbaar")
        .Retry(absl::Seconds(5))
        .Status();
  }
  Violations violations;
  violations.CheckText("reason", command.reason, 3, 500, TextKind::kParagraph);
  const auto last_day = LastDay(command.last_day, *selection->terms, context);
  violations.Add(last_day.status());
  RETURN_IF_ERROR(violations.Status());
  return EndOn(state, professional, *last_day, command.reason, context);
}

bool CanFollowEnd(const State& state, const HostWord& host) {
  const HostSelection* selection = WordOnConfirmed(state, host);
  if (selection == nullptr || selection->status != SelectionStatus::kEnded) return false;
  if (!selection->last_day) return false;
  return state.status == Status::kConfirmed ||
         (state.status == Status::kEnded && *selection->last_day < *state.last_day);
}

absl::StatusOr<Decision> FollowEnd(const State& state, const professional::State& professional,
                                   const HostWord& host, const Context& context) {
  RETURN_IF_ERROR(CheckLender(state, context));
  if (!CanFollowEnd(state, host)) {
    return Refusal(absl::StatusCode::kFailedPrecondition, "NOTHING_TO_FOLLOW",
                   "de gastorganisatie heeft geen (eerder) einde vastgelegd")
        .Status();
  }
  const HostSelection* selection = WordOnConfirmed(state, host);
  return EndOn(state, professional, *selection->last_day, selection->reason, context);
}

}  // namespace services::domain::secondment
