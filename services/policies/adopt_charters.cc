#include "services/policies/adopt_charters.h"

#include "eventstore/base/errors.h"
#include "services/domain/circle/circle.h"
#include "services/policies/adoption.h"
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
  if (circle == nullptr) return now + kUnknownCircle;
  const domain::Context context = MakeContext(parts_.commands, *circle);
  LogReader reader(parts_.commands);
  ASSIGN_OR_RETURN(const auto state, commands::LoadCircle(reader, *circle));
  // All that follow: a member whose key is lost can only take over the version that gives
  // it another, with all that stand between.
  const circle_domain::Chain ahead =
      circle_domain::Following(state, circle->chain.back().charter(), context);
  if (ahead.empty()) return absl::InfiniteFuture();
  // The version after it may have its signatures too.
  return AdoptAhead(parts_, *circle, ahead, name(), now);
}

}  // namespace services::policies
