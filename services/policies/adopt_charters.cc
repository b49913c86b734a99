#include "services/policies/adopt_charters.h"

#include "eventstore/base/errors.h"
#include "services/domain/circle/circle.h"
#include "services/policies/reaction.h"

namespace services::policies {
namespace {

namespace circle_domain = services::domain::circle;

}  // namespace

void AdoptCharters::Observe(const domain::PastEvent& event) {
  const auto& body = event.event;
  if (!body.has_charter_signed() && !body.has_charter_proposed() && !body.has_charter_adopted()) {
    return;
  }
  work_.Touch({event.feed.circle, circle_domain::StreamOf(event.feed.circle)});
}

absl::StatusOr<absl::Time> AdoptCharters::Act(absl::Time now) {
  return work_.Run(now, [this, now](const WorkItem& item) { return Consider(item, now); });
}

absl::StatusOr<absl::Time> AdoptCharters::Consider(const WorkItem& item, absl::Time now) {
  const auto circle = parts_.commands.circles->Find(item.first);
  if (circle == nullptr) return absl::InfiniteFuture();
  const domain::Context context = MakeContext(parts_.commands, *circle);
  const auto decide = [&](commands::Runner::Reader& reader) -> absl::StatusOr<domain::Decision> {
    ASSIGN_OR_RETURN(const auto state, commands::LoadCircle(reader, *circle));
    return circle_domain::AssembleAdoption(state, circle->chain.back().charter(), context);
  };
  LogReader reader(parts_.commands);
  ASSIGN_OR_RETURN(const auto decision, decide(reader));
  if (decision.events.empty()) return absl::InfiniteFuture();
  if (const auto later = WaitForFeeds(parts_.commands, *circle, now)) return *later;
  const std::string& charter = decision.events.front().event.charter_adopted().charter().charter();
  const std::string cause = circle->id.bytes() + circle_domain::CharterDigest(charter).bytes();
  RETURN_IF_ERROR(React(parts_.commands, name(), cause, decide).status());
  RETURN_IF_ERROR(parts_.commands.circles->Refresh());
  // The version after it may have its signatures too.
  return now;
}

}  // namespace services::policies
