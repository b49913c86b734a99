#include "services/commands/circle_rows.h"

#include <string>

#include "eventstore/base/errors.h"
#include "eventstore/base/id.h"
#include "services/commands/streams.h"

namespace services::commands {
namespace {

namespace api = poolcirkel::api::v1;
namespace base = eventstore::base;
namespace log = eventstore::log;

api::MemberName NameOfMember(const membership::Circle& circle, const log::MemberId& id) {
  api::MemberName name;
  name.set_member_id(base::ToText(id));
  if (const auto* member = circle.Member(id); member != nullptr) {
    name.set_short_name(member->short_name());
    name.set_name(member->name());
  }
  return name;
}

api::CharterProposalRow ProposalRow(const membership::Circle& circle,
                                    const domain::circle::State& state,
                                    const domain::circle::Proposal& proposal) {
  api::CharterProposalRow row;
  row.set_version(proposal.charter.version());
  row.set_charter_digest(proposal.digest.bytes());
  *row.mutable_proposed_by() = NameOfMember(circle, proposal.proposed_by);
  for (const auto& signer : domain::circle::SignersOf(state, proposal.digest, circle.charter)) {
    *row.add_signed_by() = NameOfMember(circle, signer);
  }
  row.set_signatures_needed(static_cast<int32_t>(circle.charter.quorum()));
  *row.mutable_charter() = proposal.charter;
  return row;
}

}  // namespace

api::CircleRow CircleRow(const membership::Circle& circle) {
  api::CircleRow row;
  row.set_circle_id(base::ToText(circle.id));
  row.set_short_name(circle.charter.short_name());
  row.set_name(circle.charter.name());
  row.set_charter_version(circle.charter.version());
  row.set_members(circle.charter.members_size());
  row.set_suspended(circle.IsSuspended(circle.self));
  return row;
}

api::CircleRow CircleRow(const PendingCircles::Application& application) {
  api::CircleRow row;
  row.set_circle_id(application.invitation.circle_id());
  row.set_short_name(application.invitation.circle_short_name());
  row.set_name(application.invitation.circle_name());
  row.set_joining(true);
  return row;
}

api::ShowCircleResponse CircleDetails(const membership::Circle& circle,
                                      const domain::circle::State& state) {
  api::ShowCircleResponse response;
  *response.mutable_circle() = CircleRow(circle);
  *response.mutable_charter() = circle.charter;
  response.set_charter_bytes(circle.chain.back().charter());
  *response.mutable_self() = NameOfMember(circle, circle.self);
  for (const auto& [digest, proposal] : state.proposals) {
    if (proposal.charter.version() <= circle.charter.version()) continue;
    *response.add_proposals() = ProposalRow(circle, state, proposal);
  }
  return response;
}

absl::Status FoldCircle(const log::EventLog& log, const eventstore::privacy::KeyFile& keys,
                        const membership::Circle& circle, domain::circle::State& state) {
  const log::StreamId stream = domain::circle::StreamOf(circle.id);
  for (const auto& member : circle.Members()) {
    ASSIGN_OR_RETURN(const auto events, ReadHistory(log, keys, circle.FeedsOf(member), stream));
    for (const auto& event : events) Evolve(state, event);
  }
  return absl::OkStatus();
}

}  // namespace services::commands
