#include "services/policies/record_cosignatures.h"

#include <algorithm>
#include <string>
#include <vector>

#include "eventstore/base/errors.h"
#include "services/policies/reaction.h"

namespace services::policies {
namespace {

namespace assignment = services::domain::assignment;
namespace log = eventstore::log;

// How many other members cosigned a head that holds the event.
int Witnesses(const membership::Circle& circle, const std::vector<log::Cosigned>& cosigned,
              log::Sequence sequence) {
  return static_cast<int>(
      std::count_if(cosigned.begin(), cosigned.end(), [&](const log::Cosigned& one) {
        return one.size > sequence.value() && one.witness != circle.self &&
               circle.Member(one.witness) != nullptr && !circle.IsSuspended(one.witness);
      }));
}

}  // namespace

void RecordCosignatures::Observe(const domain::PastEvent& event) {
  if (event.event.has_selection_accepted()) {
    const WorkItem item(event.feed.circle, IdIn(event.event.selection_accepted().exchange_id()));
    if (IsMine(parts_, event.feed)) waiting_[item] = {event.feed, event.sequence};
  } else if (event.event.has_acceptance_cosigned()) {
    waiting_.erase({event.feed.circle, IdIn(event.event.acceptance_cosigned().exchange_id())});
  }
}

absl::StatusOr<absl::Time> RecordCosignatures::Act(absl::Time now) {
  // A cosignature is no event: whether there are enough is asked at each round.
  std::map<log::FeedId, std::vector<log::Cosigned>> cosigned;
  for (auto item = waiting_.begin(); item != waiting_.end();) {
    const auto& [feed, sequence] = item->second;
    const auto circle = parts_.commands.circles->Find(feed.circle);
    if (cosigned.count(feed) == 0) cosigned[feed] = parts_.commands.log->Cosignatures(feed);
    if (circle != nullptr && Witnesses(*circle, cosigned[feed], sequence) >=
                                 assignment::CosignaturesNeeded(circle->charter)) {
      work_.Touch(item->first);
      item = waiting_.erase(item);
    } else {
      ++item;
    }
  }
  return work_.Run(now, [this, now](const WorkItem& item) { return Consider(item, now); });
}

absl::StatusOr<absl::Time> RecordCosignatures::Consider(const WorkItem& item, absl::Time now) {
  const auto circle = parts_.commands.circles->Find(item.first);
  if (circle == nullptr) return now + kUnknownCircle;
  if (const auto later = WaitForFeeds(parts_.commands, *circle, now)) return *later;
  ASSIGN_OR_RETURN(const auto seen, LookAt(parts_.commands, *circle, item.second));
  const auto* selection = assignment::CurrentOf(seen.assignment, item.second);
  if (selection == nullptr || !selection->accepted_sequence.has_value() || selection->cosigned) {
    return absl::InfiniteFuture();
  }
  assignment::RecordCosigned record;
  record.exchange = item.second;
  for (const auto& one : parts_.commands.log->Cosignatures(selection->accepted_feed)) {
    if (one.size > selection->accepted_sequence->value()) record.notes.push_back(one.note);
  }
  const domain::Context context = MakeContext(parts_.commands, *circle);
  const auto decide = [&](commands::Runner::Reader& reader) -> absl::StatusOr<domain::Decision> {
    ASSIGN_OR_RETURN(const auto loaded,
                     commands::LoadExchange(parts_.commands, reader, *circle, item.second));
    return assignment::Cosign(loaded.assignment, record, context);
  };
  RETURN_IF_ERROR(React(parts_.commands, name(),
                        CauseOf(circle->id, item.second, selection->selection, selection->event),
                        decide)
                      .status());
  return absl::InfiniteFuture();
}

}  // namespace services::policies
