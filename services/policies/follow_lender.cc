#include "services/policies/follow_lender.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/errors.h"
#include "services/policies/reaction.h"

namespace services::policies {
namespace {

namespace assignment = services::domain::assignment;

}  // namespace

void FollowLender::Observe(const domain::PastEvent& event) {
  if (!event.event.has_secondment_ended() || IsMine(parts_, event.feed)) return;
  work_.Touch({event.feed.circle, IdIn(event.event.secondment_ended().exchange_id())});
}

absl::StatusOr<absl::Time> FollowLender::Act(absl::Time now) {
  return work_.Run(now, [this, now](const WorkItem& item) { return Consider(item, now); });
}

absl::StatusOr<absl::Time> FollowLender::Consider(const WorkItem& item, absl::Time now) {
  const auto circle = parts_.commands.circles->Find(item.first);
  if (circle == nullptr) return now + kUnknownCircle;
  ASSIGN_OR_RETURN(const auto seen, LookAt(parts_.commands, *circle, item.second));
  if (seen.assignment.feed.member != circle->self ||
      !assignment::CanFollowEnd(seen.assignment, seen.candidacy)) {
    return absl::InfiniteFuture();
  }
  if (const auto later = WaitForFeeds(parts_.commands, *circle, now)) return *later;
  const domain::Context context = MakeContext(parts_.commands, *circle);
  const auto decide = [&](commands::Runner::Reader& reader) -> absl::StatusOr<domain::Decision> {
    ASSIGN_OR_RETURN(const auto loaded,
                     commands::LoadExchange(parts_.commands, reader, *circle, item.second));
    return assignment::FollowEnd(loaded.assignment, loaded.candidacy, context);
  };
  // The lender ends a confirmation at most once on a day.
  const std::string cause =
      circle->id.bytes() + item.second.bytes() +
      eventstore::base::FormatDate(seen.candidacy.last_day.value_or(absl::CivilDay()));
  RETURN_IF_ERROR(React(parts_.commands, name(), cause, decide).status());
  return absl::InfiniteFuture();
}

}  // namespace services::policies
