#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "eventstore/base/errors.h"
#include "services/domain/professional/professional.h"
#include "services/domain/validation.h"

namespace services::domain::professional {
namespace {

using eventstore::base::Refusal;

// Exchanges with hours reserved in this week or later; refusals travel in a trailer,
// so not all of them are named.
constexpr size_t kMaximumExchangesNamed = 30;

absl::Status CheckNothingReserved(const State& state, const Context& context) {
  const IsoWeek now = eventstore::base::IsoWeekOf(eventstore::base::BusinessDate(context.now));
  std::set<std::string> exchanges;
  IsoWeek until = now;
  for (const auto& [name, reservation] : state.reservations) {
    // The last week that has hours; a reservation that cannot be read counts for none.
    if (reservation.weeks.empty() || reservation.weeks.rbegin()->first < now) continue;
    until = std::max(until, reservation.weeks.rbegin()->first);
    if (exchanges.size() < kMaximumExchangesNamed) {
      exchanges.insert(eventstore::base::ToText(reservation.exchange));
    }
  }
  if (exchanges.empty()) return absl::OkStatus();
  return Refusal(absl::StatusCode::kFailedPrecondition, "ERASURE_WHILE_RESERVED",
                 absl::StrCat("voor deze professional zijn nog uren toegezegd, t/m ",
                              eventstore::base::FormatWeek(until),
                              "; tot die afspraak voorbij is zijn de gegevens nodig om haar na te "
                              "komen"))
      .Metadata("exchanges", absl::StrJoin(exchanges, ","))
      .Remedy(
          "beëindig de detachering (poolcirkel secondment end), en wacht tot de laatste dag "
          "voorbij is");
}

absl::Status AlreadyErased() {
  return Refusal(absl::StatusCode::kAlreadyExists, "ALREADY_ERASED",
                 "de gegevens van deze professional zijn al gewist")
      .Remedy("zie wie dat al bevestigde: poolcirkel privacy status");
}

absl::Status UnknownHere() {
  return Refusal(absl::StatusCode::kNotFound, "PROFESSIONAL_UNKNOWN",
                 "deze professional is niet bekend in deze poolcirkel")
      .Remedy("zoek het id op met `poolcirkel professional list`");
}

void CheckGround(const EraseProfessional& command, Violations& violations) {
  if (command.ground == poolcirkel::event::v1::ERASURE_GROUND_UNSPECIFIED ||
      !poolcirkel::event::v1::ErasureGround_IsValid(command.ground)) {
    violations.Add("ground", "is verzoek, bewaartermijn of vergissing");
  }
}

NewEvent Order(const CircleId& circle, const StreamId& professional,
               const EraseProfessional& command) {
  NewEvent ordered;
  ordered.circle = circle;
  ordered.stream = professional;
  ordered.event.mutable_erasure_ordered()->set_ground(command.ground);
  return ordered;
}

}  // namespace

absl::StatusOr<Decision> Erase(const State& state, const EraseProfessional& command,
                               const Context& context) {
  if (state.erased) return AlreadyErased();
  if (!state.registered || state.listings.count(context.circle) == 0) {
    return UnknownHere();
  }
  Violations violations;
  CheckGround(command, violations);
  violations.Add(CheckNothingReserved(state, context));
  RETURN_IF_ERROR(violations.Status());
  Decision decision;
  NewEvent erased;
  erased.stream = state.private_id;
  erased.event.mutable_professional_erased()->set_ground(command.ground);
  decision.events.push_back(std::move(erased));
  for (const auto& [circle, listing] : state.listings) {
    decision.events.push_back(Order(circle, listing.id, command));
  }
  return decision;
}

absl::StatusOr<Decision> EraseOffered(const CircleState& state, const EraseProfessional& command,
                                      const Context& context) {
  if (state.erasure_ordered) return AlreadyErased();
  if (!state.stated) return UnknownHere();
  Violations violations;
  CheckGround(command, violations);
  RETURN_IF_ERROR(violations.Status());
  Decision decision;
  decision.events.push_back(Order(context.circle, state.id, command));
  return decision;
}

Decision Acknowledge(const AcknowledgeErasure& command, const Context& context) {
  NewEvent event;
  event.circle = context.circle;
  event.stream = context.new_id;
  auto& body = *event.event.mutable_erasure_acknowledged();
  body.set_professional_id(command.professional.bytes());
  body.set_destroyed_online_at_microseconds(absl::ToUnixMicros(command.destroyed_online_at));
  body.set_last_backup_expires_on(eventstore::base::FormatDate(command.last_backup_expires_on));
  Decision decision;
  decision.events.push_back(std::move(event));
  return decision;
}

}  // namespace services::domain::professional
