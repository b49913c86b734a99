#include "services/policies/restart_private_feed.h"

#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "services/commands/private_feed_doubt.h"
#include "services/domain/circle/restart.h"
#include "services/policies/reaction.h"

namespace services::policies {
namespace {

constexpr absl::Duration kLookAgain = absl::Milliseconds(500);
constexpr char kReason[] =
    "gebeurtenissen van dit lid kwamen terug van andere leden; het besloten logboek kan de "
    "gebeurtenissen missen die daarbij horen";

}  // namespace

void RestartPrivateFeed::Observe(const domain::PastEvent& /*event*/) {}

absl::StatusOr<absl::Time> RestartPrivateFeed::Act(absl::Time now) {
  const auto& parts = parts_.commands;
  if (parts.doubt == nullptr) return absl::InfiniteFuture();
  const auto doubt = parts.doubt->Raised();
  if (!doubt.has_value()) return now + kLookAgain;
  bool all = true;
  bool any = false;
  for (const auto& circle : parts.circles->All()) {
    if (circle->IsSuspended(circle->self)) continue;
    any = true;
    if (WaitForFeeds(parts, *circle, now).has_value() || !parts.log->IsOwn(circle->OwnFeed())) {
      all = false;
      continue;
    }
    const domain::Context context = commands::MakeContext(parts, *circle);
    const auto decide = [&](commands::Runner::Reader&) -> absl::StatusOr<domain::Decision> {
      return domain::circle::RestartPrivateFeed(kReason, context);
    };
    // Once for each circle and each time that something was lost.
    const std::string cause = absl::StrCat(circle->id.bytes(), *doubt);
    RETURN_IF_ERROR(React(parts, name(), cause, decide).status());
  }
  if (all && any) RETURN_IF_ERROR(parts.doubt->Lower(*doubt));
  return now + kLookAgain;
}

}  // namespace services::policies
