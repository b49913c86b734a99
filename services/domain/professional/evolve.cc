#include <algorithm>

#include "services/domain/epochs.h"
#include "services/domain/professional/professional.h"

namespace services::domain::professional {
namespace {

using poolcirkel::event::v1::Event;

// A list that is gone although something was sealed: its key is not here.
template <typename Body>
bool WeeksUnreadable(const Body& body) {
  return body.weeks().empty() && !body.sealed().empty();
}

bool Registered(State& state, const PastEvent& event) {
  const auto& body = event.event.professional_registered();
  if (state.registered) return false;
  state.registered = true;
  state.private_id = event.stream;
  state.identity = body.identity();
  state.profile = body.profile();
  return true;
}

bool CapacityStated(State& state, const PastEvent& event) {
  const auto& body = event.event.capacity_stated();
  if (WeeksUnreadable(body)) state.unreadable = true;
  for (const auto& [week, minutes] : ToWeekMap(body.weeks())) state.capacity[week] = minutes;
  return true;
}

bool Listed(State& state, const PastEvent& event) {
  const auto& body = event.event.professional_listed();
  const auto circle = CircleId::FromBytes(body.circle_id());
  const auto id = StreamId::FromBytes(body.circle_professional_id());
  if (!circle.ok() || !id.ok()) return false;
  return state.listings.try_emplace(*circle, Listing{*id, body.commitment_salt()}).second;
}

bool HoursReserved(State& state, const PastEvent& event) {
  const auto& body = event.event.hours_reserved();
  const auto circle = CircleId::FromBytes(body.circle_id());
  const auto exchange = StreamId::FromBytes(body.exchange_id());
  if (!circle.ok() || !exchange.ok()) return false;
  if (WeeksUnreadable(body)) state.unreadable = true;
  return state.reservations
      .try_emplace({*exchange, body.selection()},
                   Reservation{*circle, *exchange, body.selection(), ToWeekMap(body.weeks())})
      .second;
}

bool HoursReleased(State& state, const PastEvent& event) {
  const auto& body = event.event.hours_released();
  const auto exchange = StreamId::FromBytes(body.exchange_id());
  if (!exchange.ok()) return false;
  const auto found = state.reservations.find({*exchange, body.selection()});
  if (found == state.reservations.end()) return false;
  WeekMap& weeks = found->second.weeks;
  if (body.from_iso_year() == 0) {
    weeks.clear();
  } else {
    weeks.erase(weeks.lower_bound(IsoWeek{body.from_iso_year(), body.from_iso_week()}),
                weeks.end());
  }
  if (weeks.empty()) state.reservations.erase(found);
  return true;
}

bool IdentityOpened(State& state, const PastEvent& event) {
  const auto& body = event.event.identity_opened();
  const auto circle = CircleId::FromBytes(body.circle_id());
  const auto member = MemberId::FromBytes(body.member_id());
  if (!circle.ok() || !member.ok()) return false;
  state.identity_opened_to.insert({*circle, *member});
  return true;
}

bool Erased(State& state) {
  state.registered = false;
  state.erased = true;
  state.identity.Clear();
  state.profile.Clear();
  state.capacity.clear();
  state.reservations.clear();
  return true;
}

bool Apply(State& state, const PastEvent& event) {
  if (state.erased) return false;
  if (event.event.body_case() == Event::kProfessionalRegistered) return Registered(state, event);
  if (!state.registered || event.stream != state.private_id) return false;
  switch (event.event.body_case()) {
    case Event::kCapacityStated:
      return CapacityStated(state, event);
    case Event::kProfessionalListed:
      return Listed(state, event);
    case Event::kHoursReserved:
      return HoursReserved(state, event);
    case Event::kHoursReleased:
      return HoursReleased(state, event);
    case Event::kIdentityOpened:
      return IdentityOpened(state, event);
    case Event::kProfessionalErased:
      return Erased(state);
    default:
      return false;
  }
}

bool Apply(CircleState& state, const PastEvent& event) {
  if (!state.stated) {
    state.id = event.stream;
    state.feed = event.feed;
  }
  if (event.stream != state.id || !SameHistory(event.feed, state.feed)) return false;
  switch (event.event.body_case()) {
    case Event::kProfileStated: {
      const auto& body = event.event.profile_stated();
      state.stated = true;
      state.profile.reset();
      if (body.has_profile()) state.profile = body.profile();
      state.identity_commitment = body.identity_commitment();
      return true;
    }
    case Event::kFreeHoursStated: {
      state.stated = true;
      for (const auto& [week, minutes] : ToWeekMap(event.event.free_hours_stated().weeks())) {
        state.free_minutes[week] = minutes;
      }
      return true;
    }
    case Event::kErasureOrdered:
      state.erasure_ordered = true;
      return true;
    default:
      return false;
  }
}

}  // namespace

void Evolve(State& state, const PastEvent& event) {
  ++state.revision;
  if (!Apply(state, event)) ++state.ignored;
}

void Evolve(CircleState& state, const PastEvent& event) {
  if (!Apply(state, event)) ++state.ignored;
}

}  // namespace services::domain::professional
