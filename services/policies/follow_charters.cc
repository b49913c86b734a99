#include "services/policies/follow_charters.h"

#include <algorithm>
#include <vector>

#include "eventstore/base/errors.h"
#include "services/domain/circle/circle.h"
#include "services/policies/adoption.h"

namespace services::policies {
namespace {

namespace circle_domain = services::domain::circle;

constexpr absl::Duration kInterval = absl::Seconds(10);
// Peers tell their heads every few seconds.
constexpr absl::Duration kSilence = absl::Seconds(10);
// Short, because the other policies wait for it.
constexpr absl::Duration kAskWithin = absl::Seconds(2);

// The versions of `chain` that follow those of the circle; nothing when it is another
// history, or holds nothing new.
circle_domain::Chain NewIn(const membership::Circle& circle, const circle_domain::Chain& chain) {
  if (chain.size() <= circle.chain.size()) return {};
  for (size_t i = 0; i < circle.chain.size(); ++i) {
    if (chain[i].charter() != circle.chain[i].charter()) return {};
  }
  if (!circle_domain::VerifyChain(chain).ok()) return {};
  return {chain.begin() + static_cast<ptrdiff_t>(circle.chain.size()), chain.end()};
}

}  // namespace

absl::StatusOr<absl::Time> FollowCharters::Act(absl::Time now) {
  absl::Status failed;
  for (const auto& circle : parts_.commands.circles->All()) {
    absl::Time& next = next_try_.try_emplace(circle->id, now + kInterval).first->second;
    if (next > now) continue;
    next = now + kInterval;
    if (!IsCutOff(*circle)) continue;
    const absl::Status asked = Ask(*circle, now);
    if (!asked.ok() && failed.ok()) failed = asked;
  }
  if (!failed.ok()) return failed;
  return now + kInterval;
}

bool FollowCharters::IsCutOff(const membership::Circle& circle) const {
  const auto members = circle.Members();
  return std::all_of(members.begin(), members.end(), [&](const auto& member) {
    if (member == circle.self || circle.IsSuspended(member)) return true;
    return parts_.commands.peers->HeadAge(circle.FeedOf(member)) > kSilence;
  });
}

absl::Status FollowCharters::Ask(const membership::Circle& circle, absl::Time now) {
  std::vector<poolcirkel::event::v1::CharterMember> contacts;
  for (const auto& member : circle.charter.members()) {
    if (member.member_id() != circle.self.view()) contacts.push_back(member);
  }
  const auto chain = parts_.commands.peers->FetchCharters(circle.id, contacts, now + kAskWithin);
  // Nobody answers: the network is down, which others tell.
  if (!chain.ok()) return absl::OkStatus();
  circle_domain::Chain ahead = NewIn(circle, *chain);
  membership::CirclePtr present = parts_.commands.circles->Find(circle.id);
  while (!ahead.empty() && present != nullptr) {
    const size_t known = present->chain.size();
    ASSIGN_OR_RETURN(const absl::Time again, AdoptAhead(parts_, *present, ahead, name(), now));
    if (again > now) return absl::OkStatus();  // not yet: at the next round
    present = parts_.commands.circles->Find(circle.id);
    if (present == nullptr || present->chain.size() <= known) return absl::OkStatus();
    ahead = NewIn(*present, *chain);
  }
  return absl::OkStatus();
}

}  // namespace services::policies
