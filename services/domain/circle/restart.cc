#include "services/domain/circle/restart.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "eventstore/base/errors.h"
#include "services/domain/circle/circle.h"
#include "services/domain/validation.h"

namespace services::domain::circle {
namespace {

using eventstore::base::Refusal;

constexpr size_t kMaximumWeeksNamed = 20;

NewEvent CircleEvent(const Context& context) {
  NewEvent event;
  event.circle = context.circle;
  event.stream = StreamOf(context.circle);
  return event;
}

Refusal NotRestated(const std::string& message) {
  return Refusal(absl::StatusCode::kFailedPrecondition, "CAPACITY_NOT_RESTATED", message);
}

}  // namespace

PrivateFeedState PrivateFeedOf(const std::vector<PastEvent>& circle_events) {
  PrivateFeedState state;
  for (const PastEvent& past : circle_events) {
    if (past.event.has_private_feed_restarted()) {
      state.restarted_at = past.recorded_at;
      state.restated = false;
    } else if (past.event.has_capacity_restated()) {
      state.restated = true;
    }
  }
  return state;
}

Decision RestartPrivateFeed(const std::string& reason, const Context& context) {
  Decision decision;
  NewEvent event = CircleEvent(context);
  event.event.mutable_private_feed_restarted()->set_reason(reason);
  decision.events.push_back(std::move(event));
  return decision;
}

absl::StatusOr<Decision> RestateCapacity(const PrivateFeedState& state, const std::string& reason,
                                         const Context& context) {
  Violations violations;
  violations.CheckText("reason", reason, 3, 500, TextKind::kParagraph);
  RETURN_IF_ERROR(violations.Status());
  if (state.MayConfirm()) {
    return Refusal(absl::StatusCode::kFailedPrecondition, "CAPACITY_NOT_IN_DOUBT",
                   "het eigen, besloten logboek van dit lid is niet opnieuw begonnen; er valt "
                   "niets opnieuw vast te stellen")
        .Status();
  }
  Decision decision;
  NewEvent event = CircleEvent(context);
  event.event.mutable_capacity_restated()->set_reason(reason);
  decision.events.push_back(std::move(event));
  return decision;
}

absl::Status CheckRestated(const PrivateFeedState& state,
                           const std::vector<PastEvent>& professional_events,
                           const WeekMap& asked) {
  if (!state.restarted_at.has_value()) return absl::OkStatus();
  if (!state.restated) {
    return NotRestated(
               "dit lid verloor zijn besloten logboek en bevestigt niets tot de capaciteit "
               "opnieuw is vastgesteld")
        .Remedy(
            "geef van iedere professional de capaciteit op waar de uren van lopende "
            "detacheringen al af zijn, en daarna: poolcirkel node restate-capacity");
  }
  std::set<IsoWeek> stated;
  for (const PastEvent& past : professional_events) {
    if (!past.event.has_capacity_stated() || past.recorded_at <= *state.restarted_at) continue;
    for (const auto& [week, minutes] : ToWeekMap(past.event.capacity_stated().weeks())) {
      stated.insert(week);
    }
  }
  std::vector<std::string> missing;
  for (const auto& [week, minutes] : asked) {
    if (stated.count(week) > 0) continue;
    if (missing.size() < kMaximumWeeksNamed) {
      missing.push_back(eventstore::base::FormatWeek(week));
    }
  }
  if (missing.empty()) return absl::OkStatus();
  return NotRestated(
             absl::StrCat("van deze professional is de capaciteit niet opnieuw opgegeven sinds het "
                          "verlies van het besloten logboek, in ",
                          absl::StrJoin(missing, ", ")))
      .Metadata("weeks", absl::StrJoin(missing, ","))
      .Remedy(
          "geef de capaciteit van deze weken opnieuw op, zonder de uren van lopende "
          "detacheringen: poolcirkel professional capacity");
}

}  // namespace services::domain::circle
