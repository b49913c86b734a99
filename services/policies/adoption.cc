#include "services/policies/adoption.h"

#include <string>

#include "eventstore/base/errors.h"
#include "services/commands/founding.h"
#include "services/policies/reaction.h"

namespace services::policies {
namespace {

namespace circle_domain = services::domain::circle;

constexpr absl::Duration kLockedRetry = absl::Milliseconds(500);
constexpr absl::Duration kRestoredRetry = absl::Seconds(1);

// Whether the newest of `ahead` lets this member write another feed than it does now.
absl::StatusOr<bool> BeginsEpoch(const membership::Circle& circle,
                                 const circle_domain::Chain& ahead) {
  ASSIGN_OR_RETURN(const auto newest, circle_domain::ParseCharter(ahead.back().charter()));
  const auto* self = domain::FindMember(newest, circle.self);
  if (self == nullptr || self->suspended()) return false;
  return self->epoch() > circle.OwnFeed().epoch.value();
}

// This member began that epoch before, and its log was put back to an earlier moment: its
// peers hold what it wrote, and RestoreCircles takes it from them.
bool IsBegunAlready(const PolicyParts& parts, const membership::Circle& circle,
                    const circle_domain::Chain& ahead) {
  if (parts.kept == nullptr) return false;
  const auto kept = parts.kept->Find(circle.id);
  return kept != nullptr && kept->chain.size() >= circle.chain.size() + ahead.size() &&
         kept->OwnFeed().epoch > circle.OwnFeed().epoch;
}

}  // namespace

absl::StatusOr<absl::Time> AdoptAhead(const PolicyParts& parts, const membership::Circle& circle,
                                      const circle_domain::Chain& ahead, std::string_view policy,
                                      absl::Time now) {
  const auto& commands = parts.commands;
  ASSIGN_OR_RETURN(const bool begins, BeginsEpoch(circle, ahead));
  if (begins && IsBegunAlready(parts, circle, ahead)) return now + kRestoredRetry;
  if (begins) {
    const commands::Actor actor{"poolcirkeld", "policy", std::string(policy)};
    RETURN_IF_ERROR(commands.runner->Alone(
        [&] { return commands::StartEpoch(commands, circle, ahead, actor); }));
    return now;
  }
  if (commands.log->IsLocked(circle.OwnFeed())) return now + kLockedRetry;
  const auto& next = ahead.front();
  const auto decide = [&](commands::Runner::Reader& reader) -> absl::StatusOr<domain::Decision> {
    RETURN_IF_ERROR(reader.Stream(circle.OwnFeed(), circle_domain::StreamOf(circle.id)).status());
    return circle_domain::Adopt(circle.id, next);
  };
  const std::string cause =
      circle.id.bytes() + circle_domain::CharterDigest(next.charter()).bytes();
  // The name that adoptions always had, so that one is made once by whichever policy.
  RETURN_IF_ERROR(React(commands, "adopt-charters", cause, decide).status());
  RETURN_IF_ERROR(commands.circles->Refresh());
  return now;
}

}  // namespace services::policies
