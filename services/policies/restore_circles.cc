#include "services/policies/restore_circles.h"

#include "eventstore/base/errors.h"
#include "services/commands/founding.h"
#include "services/domain/circle/circle.h"

namespace services::policies {
namespace {

namespace circle_domain = services::domain::circle;
namespace log = eventstore::log;

// An unlocked feed is no event in a log, and a newly kept circle neither.
constexpr absl::Duration kLookAgain = absl::Milliseconds(500);

}  // namespace

void RestoreCircles::Observe(const domain::PastEvent& /*event*/) {}

absl::StatusOr<absl::Time> RestoreCircles::Act(absl::Time now) {
  if (parts_.kept == nullptr || !parts_.commands.log->OwnHealth().ok()) return now + kLookAgain;
  absl::Status failed;
  for (const auto& kept : parts_.kept->All()) {
    if (kept->Member(kept->self) == nullptr) continue;
    const auto restored = Restore(kept);
    if (!restored.ok() && failed.ok()) failed = restored.status();
  }
  if (!failed.ok()) return failed;
  return now + kLookAgain;
}

absl::StatusOr<bool> RestoreCircles::Restore(const membership::CirclePtr& kept) {
  const auto& parts = parts_.commands;
  const log::FeedId feed = kept->OwnFeed();
  const auto adopted = parts.circles->Find(kept->id);
  // A log that was put back may stand in an earlier epoch than the one that was begun.
  const bool begun = adopted != nullptr && adopted->OwnFeed().epoch < feed.epoch;
  if (adopted != nullptr && !begun && (parts.log->IsOwn(feed) || adopted->OwnFeed() != feed)) {
    return false;
  }
  if (kept->IsSuspended(kept->self)) return false;
  if (!parts.log->IsOwn(feed)) {
    RETURN_IF_ERROR(parts.log->CreateFeed(feed, /*locked=*/true));
    return true;
  }
  // The first events that come back name the circle: from then on it can be read.
  if (parts.log->Size(feed) > 0) {
    RETURN_IF_ERROR(parts.circles->Refresh());
    return true;
  }
  if (parts.log->IsLocked(feed)) return true;
  // More than half of the others know this member and hold nothing of it: it begins.
  const auto& key = parts.SigningKey(*kept).public_key();
  ASSIGN_OR_RETURN(const auto founding, circle_domain::Join({}, kept->chain, kept->id, key));
  if (parts.log_keys != nullptr) parts.log_keys->Assign(feed, key);
  RETURN_IF_ERROR(
      commands::StartCircle(parts, founding, {"poolcirkeld", "policy", std::string(name())})
          .status());
  return false;
}

}  // namespace services::policies
