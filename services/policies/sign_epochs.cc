#include "services/policies/sign_epochs.h"

#include <string>
#include <vector>

#include "eventstore/base/errors.h"
#include "services/commands/end_epoch.h"
#include "services/domain/circle/circle.h"
#include "services/policies/reaction.h"

namespace services::policies {
namespace {

namespace circle_domain = services::domain::circle;

constexpr absl::Duration kLockedRetry = absl::Milliseconds(500);

}  // namespace

void SignEpochs::Observe(const domain::PastEvent& event) {
  if (!event.event.has_charter_proposed() && !event.event.has_charter_adopted()) return;
  work_.Touch({event.feed.circle, circle_domain::StreamOf(event.feed.circle)});
}

absl::StatusOr<absl::Time> SignEpochs::Act(absl::Time now) {
  return work_.Run(now, [this, now](const WorkItem& item) { return Consider(item, now); });
}

absl::StatusOr<absl::Time> SignEpochs::Consider(const WorkItem& item, absl::Time now) {
  const auto& parts = parts_.commands;
  const auto circle = parts.circles->Find(item.first);
  if (circle == nullptr) return now + kUnknownCircle;
  if (circle->IsSuspended(circle->self)) return absl::InfiniteFuture();
  const domain::Context context = MakeContext(parts, *circle);
  LogReader reader(parts);
  ASSIGN_OR_RETURN(const auto state, commands::LoadCircle(reader, *circle));
  for (const auto& [digest, proposal] :
       circle_domain::OwnEnds(state, circle->chain.back().charter(), context)) {
    const auto ended = circle_domain::EndedBy(circle->charter, proposal->charter);
    const auto place = proposal->places.find(ended->member);
    // What does not fit what is held here is not signed; people may look at it.
    if (!commands::CheckOwnEnd(*parts.log, *circle, *ended, place->second).ok()) continue;
    if (parts.log->IsLocked(circle->OwnFeed())) return now + kLockedRetry;
    const circle_domain::SignProposalCommand sign{proposal->charter.version(), digest};
    const auto decide = [&](commands::Runner::Reader& again) -> absl::StatusOr<domain::Decision> {
      ASSIGN_OR_RETURN(const auto loaded, commands::LoadCircle(again, *circle));
      return circle_domain::SignProposal(loaded, circle->chain.back().charter(), sign,
                                         parts.SigningKey(*circle), context);
    };
    const auto signed_it = React(parts, name(), circle->id.bytes() + digest.bytes(), decide);
    // Another proposal with this number came first, or somebody signed by hand.
    const std::string reason = eventstore::base::DetailsOf(signed_it.status()).reason;
    if (reason == "CHARTER_EQUIVOCATION" || reason == "ALREADY_SIGNED") continue;
    RETURN_IF_ERROR(signed_it.status());
    return absl::InfiniteFuture();
  }
  return absl::InfiniteFuture();
}

}  // namespace services::policies
