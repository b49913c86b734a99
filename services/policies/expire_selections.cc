#include "services/policies/expire_selections.h"

#include "eventstore/base/errors.h"
#include "services/policies/reaction.h"

namespace services::policies {
namespace {

namespace assignment = services::domain::assignment;
namespace log = eventstore::log;

// How soon to ask again whether the lender's node was heard.
constexpr absl::Duration kHearRetry = absl::Milliseconds(500);

}  // namespace

void ExpireSelections::Observe(const domain::PastEvent& event) {
  const log::CircleId& circle = event.feed.circle;
  if (event.event.has_candidacy_selected() && IsMine(parts_, event.feed)) {
    work_.Touch({circle, IdIn(event.event.candidacy_selected().exchange_id())});
  } else if (event.event.has_secondment_confirmed()) {
    // Another limit counts from here on: the host's own, to accept.
    work_.Touch({circle, event.stream});
  }
}

absl::StatusOr<absl::Time> ExpireSelections::Act(absl::Time now) {
  return work_.Run(now, [this, now](const WorkItem& item) { return Consider(item, now); });
}

absl::StatusOr<absl::Time> ExpireSelections::Consider(const WorkItem& item, absl::Time now) {
  const auto circle = parts_.commands.circles->Find(item.first);
  if (circle == nullptr) return now + kUnknownCircle;
  ASSIGN_OR_RETURN(const auto seen, LookAt(parts_.commands, *circle, item.second));
  const auto* selection = assignment::CurrentOf(seen.assignment, item.second);
  if (selection == nullptr || seen.assignment.feed.member != circle->self ||
      selection->status != assignment::SelectionStatus::kHeld) {
    return absl::InfiniteFuture();
  }
  const domain::Context context = MakeContext(parts_.commands, *circle);
  const absl::Time due = assignment::ExpiryDue(seen.assignment, seen.candidacy, context);
  if (due > now) return due;
  if (const auto later = WaitForFeeds(parts_.commands, *circle, now)) return *later;
  const log::FeedId lender = circle->FeedOf(selection->lender);
  if (heard_.count(lender) == 0) {
    if (parts_.commands.peers->HeadAge(lender) > FreshLimit(circle->charter)) {
      return now + kHearRetry;
    }
    heard_.insert(lender);
    // It may have told of a confirmation after this exchange was read.
    return Consider(item, now);
  }
  const auto decide = [&](commands::Runner::Reader& reader) -> absl::StatusOr<domain::Decision> {
    ASSIGN_OR_RETURN(const auto loaded,
                     commands::LoadExchange(parts_.commands, reader, *circle, item.second));
    return assignment::Expire(loaded.assignment, loaded.candidacy, context);
  };
  RETURN_IF_ERROR(React(parts_.commands, name(),
                        CauseOf(circle->id, item.second, selection->selection, selection->event),
                        decide)
                      .status());
  return absl::InfiniteFuture();
}

}  // namespace services::policies
