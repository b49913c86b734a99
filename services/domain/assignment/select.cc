#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "eventstore/base/errors.h"
#include "services/domain/agreement.h"
#include "services/domain/assignment/assignment.h"
#include "services/domain/assignment/refusals.h"
#include "services/domain/terms.h"
#include "services/domain/validation.h"

namespace services::domain::assignment {
namespace {

using eventstore::base::BusinessDate;
using eventstore::base::FormatDate;
using eventstore::base::InvalidField;
using eventstore::base::ParseDate;
using eventstore::base::Refusal;
using poolcirkel::event::v1::Terms;

// Whether the candidacy still stands on both sides.
absl::Status CheckStanding(const State& state, const secondment::State& candidacy) {
  if (candidacy.status == secondment::Status::kWithdrawn) {
    return Refusal(absl::StatusCode::kFailedPrecondition, "ALREADY_WITHDRAWN",
                   "de uitlenende organisatie heeft deze voordracht ingetrokken")
        .Remedy("selecteer een andere voordracht");
  }
  if (state.declined.count(candidacy.exchange) > 0) {
    return Refusal(absl::StatusCode::kFailedPrecondition, "CANDIDACY_DECLINED",
                   "deze voordracht is afgewezen")
        .Remedy("vraag de uitlenende organisatie om opnieuw voor te dragen");
  }
  const Selection* current = CurrentOf(state, candidacy.exchange);
  if (current != nullptr && current->status == SelectionStatus::kHeld) {
    return Refusal(absl::StatusCode::kAlreadyExists, "ALREADY_SELECTED",
                   absl::StrCat("deze voordracht is al geselecteerd voor plaats ", current->seat))
        .Metadata("seat", absl::StrCat(current->seat))
        .Metadata("selection", absl::StrCat(current->selection))
        .Remedy("wacht op de bevestiging, of wijs de selectie af");
  }
  if (current != nullptr && current->status != SelectionStatus::kExpired) {
    return CheckHeld(current);
  }
  return absl::OkStatus();
}

// Why the seat cannot be held from `start` on; empty when it can.
std::string WhyTaken(const State& state, uint32_t seat, absl::CivilDay start,
                     const Context& context) {
  if (const Selection* occupant = OccupantOf(state, seat); occupant != nullptr) {
    return absl::StrCat("plaats ", seat, ": ", std::string(StatusText(occupant->status)), " voor ",
                        NameOf(*context.charter, occupant->lender), " (selectie ",
                        occupant->selection, ")");
  }
  for (const Selection& selection : state.selections) {
    if (selection.seat != seat || !selection.last_day || *selection.last_day < start) continue;
    return absl::StrCat("plaats ", seat, ": bezet tot en met ", FormatDate(*selection.last_day));
  }
  return "";
}

absl::StatusOr<uint32_t> ChooseSeat(const State& state, uint32_t asked, absl::CivilDay start,
                                    const Context& context) {
  const auto seats = static_cast<uint32_t>(state.assignment.seats());
  if (asked > seats) {
    return InvalidField("seat", absl::StrCat("de opdracht heeft ", seats, " plaatsen"));
  }
  std::vector<std::string> taken;
  for (uint32_t seat = asked == 0 ? 1 : asked; seat <= (asked == 0 ? seats : asked); ++seat) {
    std::string why = WhyTaken(state, seat, start, context);
    if (why.empty()) return seat;
    taken.push_back(std::move(why));
  }
  const Selection* occupant = OccupantOf(state, asked == 0 ? 1 : asked);
  Refusal refusal(absl::StatusCode::kFailedPrecondition, "SEAT_TAKEN",
                  absl::StrCat("er is geen plaats vrij: ", absl::StrJoin(taken, "; ")));
  if (occupant != nullptr) {
    refusal.Metadata("exchange_id", eventstore::base::ToText(occupant->exchange))
        .Metadata("state", occupant->status == SelectionStatus::kHeld ? "held" : "accepted");
  }
  return refusal
      .Remedy(
          "wijs de andere selectie af of wacht tot die verloopt; een aanvaarde plaats blijft "
          "bezet")
      .Status();
}

// The terms with everything filled in that the host left open. Weeks are only made of
// dates that exist; what is wrong is found by CheckTerms.
Terms Complete(const State& state, const SelectCandidacy& command, const Context& context) {
  Terms terms = command.terms;
  const auto& assignment = state.assignment;
  if (terms.start_date().empty()) terms.set_start_date(assignment.start_date());
  if (terms.end_date().empty()) terms.set_end_date(assignment.end_date());
  if (!terms.has_tariff()) *terms.mutable_tariff() = assignment.tariff();
  terms.set_salt(context.salt);
  if (!terms.weeks().empty()) return terms;
  const int64_t minutes =
      command.minutes_per_week != 0 ? command.minutes_per_week : assignment.minutes_per_week();
  Violations dates;
  dates.CheckPeriod("", terms.start_date(), "", terms.end_date(), BusinessDate(context.now));
  if (!dates.empty() || minutes < 1 || minutes > kMinutesPerWeek) return terms;
  *terms.mutable_weeks() =
      ToWeekList(EveryWeek(*ParseDate(terms.start_date()), *ParseDate(terms.end_date()), minutes));
  return terms;
}

absl::StatusOr<Terms> CompleteTerms(const State& state, const SelectCandidacy& command,
                                    const Context& context) {
  Terms terms = Complete(state, command, context);
  Violations violations;
  if (command.minutes_per_week != 0) {
    violations.CheckRange("minutes_per_week", command.minutes_per_week, 1, kMinutesPerWeek);
    if (!command.terms.weeks().empty()) {
      violations.Add("minutes_per_week", "mag niet samen met terms.weeks");
    }
  }
  if (!command.terms.salt().empty())
    violations.Add("terms.salt", "wordt door het knooppunt gemaakt");
  const absl::Status fixed =
      ApplyFixedTariff("terms.tariff", *terms.mutable_tariff(), *context.charter);
  // When it does not fit, CheckTerms says so once more, with the rest.
  violations.Add(CheckTerms("terms", terms, *context.charter, BusinessDate(context.now)));
  if (violations.empty()) violations.Add(fixed);
  const auto last = ParseDate(terms.end_date());
  if (last.ok() && *last < BusinessDate(context.now)) {
    violations.Add("terms.end_date", "ligt in het verleden");
  }
  RETURN_IF_ERROR(violations.Status());
  return terms;
}

// Larger than every number of this seat and of this exchange, so that a confirmation of
// an earlier selection can never be taken for one of this.
uint32_t NextNumber(const State& state, uint32_t seat, const StreamId& exchange) {
  uint32_t last = 0;
  for (const Selection& selection : state.selections) {
    if (selection.seat == seat || selection.exchange == exchange) {
      last = std::max(last, selection.selection);
    }
  }
  return last + 1;
}

NewEvent SelectedEvent(const State& state, const secondment::State& candidacy, uint32_t seat,
                       const Terms& terms, const Context& context) {
  NewEvent event = HostEvent(state, context);
  event.keys.exchange = eventstore::privacy::KeyOf(candidacy.exchange);
  auto& body = *event.event.mutable_candidacy_selected();
  body.set_exchange_id(candidacy.exchange.bytes());
  body.set_lender_member_id(candidacy.feed.member.bytes());
  body.set_seat(seat);
  body.set_selection(NextNumber(state, seat, candidacy.exchange));
  *body.mutable_terms() = terms;
  body.set_terms_digest(TermsDigest(terms).bytes());
  const int64_t within = context.charter->rules().confirm_within_seconds();
  if (within > 0) {
    body.set_confirm_by_microseconds(absl::ToUnixMicros(context.now + absl::Seconds(within)));
  }
  return event;
}

}  // namespace

absl::StatusOr<Decision> Select(const State& state, const secondment::State& candidacy,
                                const SelectCandidacy& command, const Context& context) {
  RETURN_IF_ERROR(CheckHost(state, context));
  if (state.withdrawn) return AssignmentWithdrawnRefusal();
  RETURN_IF_ERROR(CheckCandidacy(state, candidacy, context));
  RETURN_IF_ERROR(CheckStanding(state, candidacy));
  const auto terms = CompleteTerms(state, command, context);
  const auto start = ParseDate(terms.ok() ? terms->start_date() : "");
  const auto seat =
      ChooseSeat(state, command.seat, start.ok() ? *start : BusinessDate(context.now), context);
  RETURN_IF_ERROR(eventstore::base::Join({seat.status(), terms.status()}));
  Decision decision;
  decision.events.push_back(SelectedEvent(state, candidacy, *seat, *terms, context));
  return decision;
}

}  // namespace services::domain::assignment
