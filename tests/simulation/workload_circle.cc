// What administrators and coordinators do about their circle: charters that change, epochs
// that end, capacity that is restated after a loss. People agree on one change of a charter
// at a time: of two at once each may get too few signatures, since nobody signs two of one
// number.
#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/commands/loading.h"
#include "services/commands/restate_capacity.h"
#include "services/domain/circle/circle.h"
#include "services/policies/reaction.h"
#include "tests/simulation/workload.h"

namespace tests::simulation {
namespace {

namespace api = poolcirkel::api::v1;
namespace domain = services::domain::circle;
namespace event = poolcirkel::event::v1;

const absl::Time kNoDeadline = absl::InfiniteFuture();

services::commands::Actor Administrator() { return {"beheerder", "admin", ""}; }

// What a node knows of the version after the one that it works by.
struct Pending {
  bool unknown = true;  // it cannot be looked at
  uint32_t version = 0;
  std::optional<domain::Digest> proposed = {};
  bool signed_here = false;
};

Pending Look(Simulation& simulation, size_t number, size_t circle) {
  Pending pending;
  Node& node = simulation.NodeAt(number);
  if (!node.IsRunning()) return pending;
  const auto known = node.node->circles->Find(simulation.circles()[circle].id);
  if (known == nullptr) return pending;
  services::policies::LogReader reader(node.node->dependencies);
  const auto state = services::commands::LoadCircle(reader, *known);
  if (!state.ok()) return pending;
  pending.unknown = false;
  pending.version = static_cast<uint32_t>(known->chain.size());
  for (const auto& [digest, proposal] : state->proposals) {
    if (proposal.charter.version() != pending.version) continue;
    pending.proposed = digest;
    pending.signed_here = state->signatures.contains({digest, known->self});
  }
  return pending;
}

template <typename Request>
Request WithHeader(const std::string& circle, const std::string& request_id) {
  Request request;
  request.mutable_header()->set_circle(circle);
  request.mutable_header()->set_request_id(request_id);
  return request;
}

template <typename Response>
absl::StatusOr<std::string> IdOf(const absl::StatusOr<Response>& response) {
  if (!response.ok()) return response.status();
  return response->receipt().id();
}

}  // namespace

void Workload::RestateCapacity(size_t node) {
  std::vector<size_t> circles;  // that the node is in
  for (size_t i = 0; i < simulation_.circles().size(); ++i) {
    const auto& members = simulation_.circles()[i].members;
    if (std::ranges::count(members, node) > 0) circles.push_back(i);
  }
  std::vector<Person> people;
  for (const Person& person : simulation_.made().people) {
    if (person.home == node) people.push_back(person);
  }
  switch (simulation_.Random(3)) {
    case 0:
      // Whom it lost it registers anew, as somebody else.
      if (people.size() < 3) return RegisterAt(Any(circles), node, NewCanary());
      [[fallthrough]];
    case 1:
      if (!people.empty()) return StateCapacity(Any(people));
      [[fallthrough]];
    default:
      Node& at = simulation_.NodeAt(node);
      for (const auto& circle : at.node->circles->All()) {
        const absl::Status done = services::commands::RestateCapacity(
            at.node->dependencies, *circle, "De schijf was stuk.", Administrator());
        simulation_.Note(absl::StrCat("restate capacity at ", node, " ", done.ok()));
        simulation_.network().PassOn(at);
        simulation_.AfterStep(at);
        if (!at.IsRunning()) return;
      }
  }
}

void Workload::ChangeCircle() {
  const size_t circle = simulation_.Random(simulation_.circles().size());
  const Circle& changed = simulation_.circles()[circle];
  std::vector<Pending> seen;
  for (const size_t member : changed.members) seen.push_back(Look(simulation_, member, circle));
  const bool quiet = std::all_of(seen.begin(), seen.end(), [&](const Pending& one) {
    return !one.unknown && !one.proposed.has_value() && one.version == seen[0].version;
  });
  if (quiet) return simulation_.Random(2) == 0 ? EndEpoch(circle) : ProposeCharter(circle);
  for (size_t i = 0; i < seen.size(); ++i) {
    if (!seen[i].proposed.has_value() || seen[i].signed_here) continue;
    const Pending pending = seen[i];
    const std::string name = changed.name;
    const auto sign = [=](Node& node, const std::string& id) {
      auto request = WithHeader<api::SignProposalRequest>(name, id);
      request.set_version(pending.version);
      request.set_charter_digest(pending.proposed->bytes());
      return IdOf(node.node->circle_commands->SignProposal(request, Administrator(), kNoDeadline));
    };
    Ask(changed.members[i], "sign charter", sign, {}, false);
  }
}

void Workload::ProposeCharter(size_t circle) {
  const size_t member = Any(simulation_.circles()[circle].members);
  const std::string name = simulation_.circles()[circle].name;
  const auto days = static_cast<int32_t>(7 + simulation_.Random(7));
  event::Charter charter = simulation_.CircleAt(member, circle)->charter;
  charter.mutable_rules()->set_notice_days(days);
  charter.clear_nonce();
  const auto propose = [=](Node& node, const std::string& id) {
    auto request = WithHeader<api::ProposeCharterRequest>(name, id);
    *request.mutable_charter() = charter;
    return IdOf(node.node->circle_commands->ProposeCharter(request, Administrator(), kNoDeadline));
  };
  Ask(member, "propose charter", propose, {}, false);
}

void Workload::EndEpoch(size_t circle) {
  const size_t member = Any(simulation_.circles()[circle].members);
  const std::string name = simulation_.circles()[circle].name;
  const auto reason =
      simulation_.Random(2) == 0 ? event::EPOCH_END_ROTATION : event::EPOCH_END_YEARLY_CLOSING;
  const auto end = [=](Node& node, const std::string& id) {
    auto request = WithHeader<api::EndEpochRequest>(name, id);
    request.set_reason(reason);
    return IdOf(node.node->circle_commands->EndEpoch(request, Administrator(), kNoDeadline));
  };
  Ask(member, "end epoch", end, {}, false);
}

namespace {

// Whether that member waits for events that nobody has.
bool LostItsEnd(Simulation& simulation, size_t circle, size_t member) {
  const auto known = simulation.CircleAt(member, circle);
  const auto* replicator =
      simulation.network().ReplicatorOf(member, simulation.circles()[circle].id);
  if (known == nullptr || replicator == nullptr) return false;
  const auto own = known->OwnFeed();
  const uint64_t wanted = replicator->synchronizer().OwnHead().known_size;
  return std::ranges::all_of(simulation.circles()[circle].members, [&](size_t other) {
    return simulation.NodeAt(other).node->log->Size(own) < wanted;
  });
}

void ProposeNewKey(Simulation& simulation, const Circle& circle, size_t proposer, size_t member) {
  api::MakeMemberEntryRequest ask;
  ask.set_circle_short_name(circle.name);
  ask.set_short_name(simulation.NodeAt(member).name());
  const auto entry = simulation.NodeAt(member).node->circle_commands->MakeMemberEntry(
      ask, Administrator(), kNoDeadline);
  if (!entry.ok()) return simulation.Note("no entry");
  auto request = WithHeader<api::EndEpochRequest>(circle.name, NewRequestId(simulation));
  request.set_member(simulation.NodeAt(member).name());
  request.set_reason(event::EPOCH_END_KEY_LOST);
  request.set_next_log_key(entry->member().log_key());
  const auto ended = simulation.NodeAt(proposer).node->circle_commands->EndEpoch(
      request, Administrator(), kNoDeadline);
  simulation.Note(absl::StrCat("replace key of ", member, " ", ended.ok()));
}

}  // namespace

void GoOnWithoutTheEnd(Simulation& simulation) {
  for (size_t i = 0; i < simulation.circles().size(); ++i) {
    const Circle& circle = simulation.circles()[i];
    const auto& members = circle.members;
    if (!std::ranges::all_of(members, [&](size_t n) { return simulation.NodeAt(n).IsRunning(); })) {
      continue;
    }
    const auto lost = std::ranges::find_if(
        members, [&](size_t member) { return LostItsEnd(simulation, i, member); });
    if (lost == members.end()) continue;
    bool proposed = false;
    for (const size_t member : members) {
      if (member == *lost) continue;
      const Pending pending = Look(simulation, member, i);
      if (!pending.proposed.has_value()) continue;
      proposed = true;
      if (pending.signed_here) continue;
      auto request = WithHeader<api::SignProposalRequest>(circle.name, NewRequestId(simulation));
      request.set_version(pending.version);
      request.set_charter_digest(pending.proposed->bytes());
      const auto done = simulation.NodeAt(member).node->circle_commands->SignProposal(
          request, Administrator(), kNoDeadline);
      simulation.Note(absl::StrCat("sign for ", *lost, " at ", member, " ", done.ok()));
    }
    if (!proposed) {
      ProposeNewKey(simulation, circle, members[members[0] == *lost ? 1 : 0], *lost);
    }
    for (const size_t member : members) simulation.network().PassOn(simulation.NodeAt(member));
  }
}

}  // namespace tests::simulation
