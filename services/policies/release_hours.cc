#include "services/policies/release_hours.h"

#include "eventstore/base/errors.h"
#include "services/commands/streams.h"
#include "services/policies/reaction.h"

namespace services::policies {
namespace {

namespace log = eventstore::log;
namespace secondment = services::domain::secondment;

// The event of the host that a release or a following end answers.
log::EventId HostEventOf(const commands::Exchange& exchange, uint32_t selection) {
  const auto* found = exchange.host_word.Find(selection);
  return found == nullptr ? log::EventId() : found->event;
}

}  // namespace

void ReleaseHours::Observe(const domain::PastEvent& event) {
  const auto& body = event.event;
  const log::CircleId& circle = event.feed.circle;
  if (body.has_secondment_confirmed()) {
    work_.Touch({circle, event.stream});
  } else if (body.has_candidacy_declined()) {
    work_.Touch({circle, IdIn(body.candidacy_declined().exchange_id())});
  } else if (body.has_selection_expired()) {
    work_.Touch({circle, IdIn(body.selection_expired().exchange_id())});
  } else if (body.has_secondment_ended()) {
    work_.Touch({circle, IdIn(body.secondment_ended().exchange_id())});
  }
}

absl::StatusOr<absl::Time> ReleaseHours::Act(absl::Time now) {
  return work_.Run(now, [this, now](const WorkItem& item) { return Consider(item, now); });
}

absl::StatusOr<absl::Time> ReleaseHours::Consider(const WorkItem& item, absl::Time now) {
  const auto circle = parts_.commands.circles->Find(item.first);
  if (circle == nullptr) return now + kUnknownCircle;
  ASSIGN_OR_RETURN(
      const uint64_t own,
      commands::RevisionOver(*parts_.commands.log, circle->FeedsOf(circle->self), item.second));
  if (own == 0) return absl::InfiniteFuture();  // of others
  ASSIGN_OR_RETURN(const auto seen, LookAt(parts_.commands, *circle, item.second));
  const bool release = secondment::CanRelease(seen.candidacy, seen.host_word);
  if (!release && !secondment::CanFollowEnd(seen.candidacy, seen.host_word)) {
    return absl::InfiniteFuture();
  }
  if (const auto later = WaitForFeeds(parts_.commands, *circle, now)) return *later;
  const domain::Context context = MakeContext(parts_.commands, *circle);
  const auto decide = [&](commands::Runner::Reader& reader) -> absl::StatusOr<domain::Decision> {
    ASSIGN_OR_RETURN(const auto loaded,
                     commands::LoadExchange(parts_.commands, reader, *circle, item.second));
    ASSIGN_OR_RETURN(
        const auto professional,
        commands::LoadProfessional(*parts_.professionals, reader, *circle, context.private_feed,
                                   loaded.candidacy.professional));
    return release
               ? secondment::Release(loaded.candidacy, professional, loaded.host_word, context)
               : secondment::FollowEnd(loaded.candidacy, professional, loaded.host_word, context);
  };
  const uint32_t selection =
      seen.candidacy.confirmation.has_value() ? seen.candidacy.confirmation->selection : 0;
  const std::string cause =
      CauseOf(circle->id, item.second, selection, HostEventOf(seen, selection));
  RETURN_IF_ERROR(React(parts_.commands, name(), cause, decide).status());
  return absl::InfiniteFuture();
}

}  // namespace services::policies
