#include "services/policies/join_circles.h"

#include <algorithm>
#include <vector>

#include "eventstore/base/errors.h"
#include "eventstore/base/id.h"
#include "services/commands/founding.h"
#include "services/domain/circle/circle.h"

namespace services::policies {
namespace {

namespace base = eventstore::base;
namespace circle_domain = services::domain::circle;
namespace log = eventstore::log;

constexpr absl::Duration kInterval = absl::Seconds(2);
// A new application is no event in a log.
constexpr absl::Duration kLookAgain = absl::Seconds(1);
// Short, because the other policies wait for it.
constexpr absl::Duration kAskWithin = absl::Seconds(2);

absl::StatusOr<log::CircleId> CircleOf(const commands::PendingCircles::Application& application) {
  ASSIGN_OR_RETURN(const std::string bytes, base::FromHex(application.invitation.circle_id()));
  return log::CircleId::FromBytes(bytes);
}

// As long as no version admits this member its members do not know it.
bool IsNotAdmitted(const absl::Status& status) {
  return absl::IsNotFound(status) || absl::IsPermissionDenied(status) ||
         absl::IsUnauthenticated(status);
}

}  // namespace

void JoinCircles::Observe(const domain::PastEvent& /*event*/) {}

absl::StatusOr<absl::Time> JoinCircles::Act(absl::Time now) {
  absl::Status failed;
  absl::Time due = now + kLookAgain;
  for (const auto& application : parts_.pending->Applications()) {
    absl::Time& next = next_try_[application.invitation.circle_id()];
    if (next <= now) {
      const absl::Status tried = TryToJoin(application, now);
      if (!tried.ok() && failed.ok()) failed = tried;
      next = now + kInterval;
    }
    due = std::min(due, next);
  }
  if (!failed.ok()) return failed;
  return due;
}

absl::Status JoinCircles::TryToJoin(const commands::PendingCircles::Application& application,
                                    absl::Time now) {
  const auto& parts = parts_.commands;
  ASSIGN_OR_RETURN(const log::CircleId circle, CircleOf(application));
  if (parts.circles->Find(circle) == nullptr) {
    const auto& contacts = application.invitation.contacts();
    const auto chain =
        parts.peers->FetchCharters(circle, {contacts.begin(), contacts.end()}, now + kAskWithin);
    if (IsNotAdmitted(chain.status())) return absl::OkStatus();
    RETURN_IF_ERROR(chain.status());
    const auto founding = circle_domain::Join({}, *chain, circle, parts.log_key->public_key());
    if (base::DetailsOf(founding.status()).reason == "NOT_A_MEMBER") return absl::OkStatus();
    RETURN_IF_ERROR(founding.status());
    if (parts_.kept != nullptr) {
      // The others may know this member already, and hold what it wrote: they are heard
      // before it writes, and RestoreCircles does the rest.
      ASSIGN_OR_RETURN(const auto known, membership::CircleOf(founding->self, *chain));
      return parts_.kept->Keep(known);
    }
    RETURN_IF_ERROR(
        commands::StartCircle(parts, *founding, {"poolcirkeld", "policy", std::string(name())})
            .status());
  }
  return parts_.pending->ForgetApplication(application.invitation.circle_id());
}

}  // namespace services::policies
