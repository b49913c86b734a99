#include "services/policies/answer_sign_ups.h"

#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "services/commands/streams.h"
#include "services/domain/session/session.h"
#include "services/policies/reaction.h"

namespace services::policies {
namespace {

namespace log = eventstore::log;
namespace session = services::domain::session;

}  // namespace

void AnswerSignUps::Observe(const domain::PastEvent& event) {
  const log::CircleId& circle = event.feed.circle;
  if (event.event.has_session_announced()) {
    work_.Touch({circle, event.stream});
  } else if (event.event.has_session_signed_up()) {
    const WorkItem item(circle, IdIn(event.event.session_signed_up().session_id()));
    arrived_[item].push_back({event.feed, event.stream});
    work_.Touch(item);
  } else if (event.event.has_sign_up_withdrawn()) {
    work_.Touch({circle, IdIn(event.event.sign_up_withdrawn().session_id())});
  }
}

absl::StatusOr<absl::Time> AnswerSignUps::Act(absl::Time now) {
  return work_.Run(now, [this, now](const WorkItem& item) { return Consider(item, now); });
}

absl::StatusOr<absl::Time> AnswerSignUps::Consider(const WorkItem& item, absl::Time now) {
  const auto circle = parts_.commands.circles->Find(item.first);
  if (circle == nullptr) return now + kUnknownCircle;
  ASSIGN_OR_RETURN(
      const uint64_t own,
      commands::RevisionOver(*parts_.commands.log, circle->FeedsOf(circle->self), item.second));
  if (own == 0) return absl::InfiniteFuture();  // of another host
  const domain::Context context = MakeContext(parts_.commands, *circle);
  std::string cause;
  const auto decide = [&](commands::Runner::Reader& reader) -> absl::StatusOr<domain::Decision> {
    ASSIGN_OR_RETURN(const auto state,
                     commands::Fold<session::State>(reader, circle->OwnFeed(), item.second));
    cause = absl::StrCat(circle->id.bytes(), item.second.bytes(), state.revision);
    std::vector<session::SignUpState> sign_ups;
    for (const SignUp& sign_up : arrived_[item]) {
      ASSIGN_OR_RETURN(auto folded,
                       commands::Fold<session::SignUpState>(reader, sign_up.feed, sign_up.id));
      sign_ups.push_back(std::move(folded));
    }
    return session::AnswerSignUps(state, sign_ups, context);
  };
  LogReader reader(parts_.commands);
  ASSIGN_OR_RETURN(const auto decision, decide(reader));
  if (decision.events.empty()) return absl::InfiniteFuture();
  if (const auto later = WaitForFeeds(parts_.commands, *circle, now)) return *later;
  RETURN_IF_ERROR(React(parts_.commands, name(), std::string(cause), decide).status());
  // Once more, until there is nothing left to answer.
  return now;
}

}  // namespace services::policies
