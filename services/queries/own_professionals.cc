// This member's own professionals, from its private feed, with their ledger of hours.
#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "eventstore/base/errors.h"
#include "projections/views/availability/availability.h"
#include "projections/views/kept/kept_event.h"
#include "services/answers/answers.h"
#include "services/domain/professional/professional.h"
#include "services/queries/query_views.h"

namespace services::queries {

namespace v1 = poolcirkel::api::v1;
namespace views = projections::views;
using domain::professional::State;
using eventstore::base::IsoWeek;
using eventstore::log::CircleId;
using views::kept::KeptEvent;

namespace {

State FoldStream(const std::vector<KeptEvent>& events, const eventstore::privacy::KeyFile& keys) {
  State state;
  for (KeptEvent event : events) {
    views::kept::OpenFields(event, keys);
    Evolve(state, domain::PastEvent{event.id, event.feed, event.sequence, event.stream,
                                    event.recorded_at, std::move(event.body)});
  }
  return state;
}

// Every week that has capacity or a reservation. Exchanges of other circles count as
// reserved minutes and are not named.
void FillLedger(const State& state, const CircleId& circle, v1::OwnProfessionalRow& row) {
  const domain::WeekMap reserved = domain::professional::Reserved(state);
  std::set<IsoWeek> weeks;
  for (const auto& [week, minutes] : state.capacity) weeks.insert(week);
  for (const auto& [week, minutes] : reserved) weeks.insert(week);
  for (const IsoWeek& week : weeks) {
    auto* entry = row.add_weeks();
    entry->set_iso_year(week.year);
    entry->set_iso_week(week.week);
    if (const auto it = state.capacity.find(week); it != state.capacity.end()) {
      entry->set_capacity_minutes(static_cast<int32_t>(it->second));
    }
    if (const auto it = reserved.find(week); it != reserved.end()) {
      entry->set_reserved_minutes(static_cast<int32_t>(it->second));
    }
    for (const auto& [name, reservation] : state.reservations) {
      const bool here = reservation.circle == circle && reservation.weeks.contains(week);
      if (here) entry->add_exchange_ids(eventstore::base::ToText(reservation.exchange));
    }
  }
}

}  // namespace

absl::StatusOr<v1::ListOwnProfessionalsResponse> QueryViews::ListOwnProfessionals(
    const v1::ListOwnProfessionalsRequest& request, absl::Time deadline) {
  const std::string view = views::availability::kViewName;
  ASSIGN_OR_RETURN(const auto circle, answers::Prepare(*options_.circles, *options_.engine,
                                                       request.header(), deadline, {view}));
  const auto snapshot = options_.engine->Read();
  ASSIGN_OR_RETURN(const auto* reader, snapshot->View(view));
  ASSIGN_OR_RETURN(const auto things,
                   views::availability::ReadOwn(*reader, options_.circles->PrivateFeed()));
  v1::ListOwnProfessionalsResponse response;
  for (const auto& [name, events] : things) {
    const State state = FoldStream(events, *options_.keys);
    const auto listing = state.listings.find(circle->id);
    if (!state.registered || listing == state.listings.end()) continue;
    v1::OwnProfessionalRow& row = *response.add_professionals();
    row.set_professional_id(eventstore::base::ToText(listing->second.id));
    *row.mutable_identity() = state.identity;
    *row.mutable_profile() = state.profile;
    row.set_revision(state.revision);
    FillLedger(state, circle->id, row);
  }
  std::sort(response.mutable_professionals()->begin(), response.mutable_professionals()->end(),
            [](const auto& a, const auto& b) { return a.professional_id() < b.professional_id(); });
  *response.mutable_footer() = answers::FooterOf(*snapshot, {reader}, circle->id);
  return response;
}

}  // namespace services::queries
