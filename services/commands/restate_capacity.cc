#include "services/commands/restate_capacity.h"

#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "services/commands/loading.h"
#include "services/commands/private_feed_doubt.h"
#include "services/domain/circle/circle.h"
#include "services/domain/circle/restart.h"
#include "services/domain/weeks.h"

namespace services::commands {
namespace {

namespace circle_domain = services::domain::circle;
namespace log = eventstore::log;

// Until every circle knows that the private feed began anew nothing is promised anywhere:
// one ledger serves them all.
absl::Status CheckNoDoubt(const Dependencies& parts) {
  if (parts.doubt == nullptr || !parts.doubt->Raised().has_value()) return absl::OkStatus();
  return eventstore::base::Refusal(
             absl::StatusCode::kFailedPrecondition, "CAPACITY_NOT_RESTATED",
             "dit lid haalt op wat het verloor en bevestigt niets tot alle poolcirkels dat weten")
      .Remedy(
          "wacht tot andere leden van iedere poolcirkel bereikbaar zijn en stel daarna de "
          "capaciteit opnieuw vast: poolcirkel node restate-capacity")
      .Retry(absl::Seconds(5));
}

absl::StatusOr<circle_domain::PrivateFeedState> PrivateFeedOf(Runner::Reader& reader,
                                                              const membership::Circle& circle) {
  ASSIGN_OR_RETURN(const auto events,
                   reader.Stream(circle.OwnFeed(), circle_domain::StreamOf(circle.id)));
  return circle_domain::PrivateFeedOf(events);
}

}  // namespace

absl::Status RestateCapacity(const Dependencies& parts, const membership::Circle& circle,
                             const std::string& reason, const Actor& actor) {
  RETURN_IF_ERROR(CheckNoDoubt(parts));
  const domain::Context context = MakeContext(parts, circle);
  const CommandRequest request{.request = parts.ids->New<log::RequestId>(),
                               .bytes = absl::StrCat("restate-capacity\n", reason),
                               .actor = actor};
  return parts.runner
      ->Run(request,
            [&](Runner::Reader& reader) -> absl::StatusOr<domain::Decision> {
              ASSIGN_OR_RETURN(const auto state, PrivateFeedOf(reader, circle));
              return circle_domain::RestateCapacity(state, reason, context);
            })
      .status();
}

absl::Status CheckReservation(const Dependencies& parts, Runner::Reader& reader,
                              const membership::Circle& circle,
                              const domain::professional::State& professional,
                              const domain::Decision& confirming) {
  RETURN_IF_ERROR(CheckNoDoubt(parts));
  ASSIGN_OR_RETURN(const auto state, PrivateFeedOf(reader, circle));
  if (!state.restarted_at.has_value()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto events,
                   reader.Stream(parts.circles->PrivateFeed(), professional.private_id));
  domain::WeekMap asked;
  for (const auto& event : confirming.events) {
    if (!event.event.has_hours_reserved()) continue;
    asked = domain::ToWeekMap(event.event.hours_reserved().weeks());
  }
  return circle_domain::CheckRestated(state, events, asked);
}

}  // namespace services::commands
