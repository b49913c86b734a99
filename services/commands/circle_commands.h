#pragma once

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "eventstore/base/mutex.h"
#include "poolcirkel/api/v1/circle_service.pb.h"
#include "services/commands/dependencies.h"
#include "services/commands/member_identity.h"
#include "services/commands/pending_circles.h"
#include "services/domain/circle/circle.h"

namespace services::commands {

// Executes CircleService: founding, inviting, joining and the next charter.
// Thread-safe. Refusals are those of services/README.md.
class CircleCommands {
 public:
  // `pending` is not owned; policies::JoinCircles shares it.
  CircleCommands(const Dependencies& dependencies, MemberIdentity identity, PendingCircles* pending)
      : parts_(dependencies), identity_(std::move(identity)), pending_(pending) {}

  // Asked again under the same circle's name it keeps the member id. In a circle that runs
  // already it is the member's entry there with the log key of a next epoch, for a member
  // that lost its key or goes on after a suspension.
  absl::StatusOr<poolcirkel::api::v1::MakeMemberEntryResponse> MakeMemberEntry(
      const poolcirkel::api::v1::MakeMemberEntryRequest& request, const Actor& actor,
      absl::Time deadline) ABSL_LOCKS_EXCLUDED(mutex_);
  // Version 0 only: later versions are signed in the log, where signing two of one
  // number shows.
  absl::StatusOr<poolcirkel::api::v1::SignCharterResponse> SignCharter(
      const poolcirkel::api::v1::SignCharterRequest& request, const Actor& actor,
      absl::Time deadline);
  // Founding the same circle again answers as the first time, as a repeated request.
  absl::StatusOr<poolcirkel::api::v1::FoundCircleResponse> Found(
      const poolcirkel::api::v1::FoundCircleRequest& request, const Actor& actor,
      absl::Time deadline) ABSL_LOCKS_EXCLUDED(mutex_);
  absl::StatusOr<poolcirkel::api::v1::InviteResponse> Invite(
      const poolcirkel::api::v1::InviteRequest& request, const Actor& actor, absl::Time deadline);
  // Only remembers; policies::JoinCircles asks the contacts.
  absl::StatusOr<poolcirkel::api::v1::JoinResponse> Join(
      const poolcirkel::api::v1::JoinRequest& request, const Actor& actor, absl::Time deadline)
      ABSL_LOCKS_EXCLUDED(mutex_);
  absl::StatusOr<poolcirkel::api::v1::ProposeCharterResponse> ProposeCharter(
      const poolcirkel::api::v1::ProposeCharterRequest& request, const Actor& actor,
      absl::Time deadline);
  absl::StatusOr<poolcirkel::api::v1::SignProposalResponse> SignProposal(
      const poolcirkel::api::v1::SignProposalRequest& request, const Actor& actor,
      absl::Time deadline);
  // Proposes the charter that ends an epoch. Of the own member the log key of the next
  // one is made here, and nothing else is written in the circle until that is adopted.
  absl::StatusOr<poolcirkel::api::v1::EndEpochResponse> EndEpoch(
      const poolcirkel::api::v1::EndEpochRequest& request, const Actor& actor, absl::Time deadline);
  // Queries, answered here because they are about what this class keeps.
  absl::StatusOr<poolcirkel::api::v1::ListCirclesResponse> List(
      const poolcirkel::api::v1::ListCirclesRequest& request) const;
  absl::StatusOr<poolcirkel::api::v1::ShowCircleResponse> Show(
      const poolcirkel::api::v1::ShowCircleRequest& request) const;

 private:
  // The entry of a member that is in the circle, with a log key that no charter named
  // before: for its next epoch.
  absl::StatusOr<poolcirkel::event::v1::CharterMember> NextEntry(
      const membership::Circle& circle) const;
  // Fills in what this node knows: the next key of the own member, and the final head.
  absl::Status CompleteEnd(const membership::Circle& circle, const domain::Context& context,
                           domain::circle::EndEpochCommand& end);
  poolcirkel::event::v1::CharterMember NewEntry(const std::string& short_name,
                                                bool coordinator) const;
  // The proposals at each attempt of a command, with the caller's revision expected. The
  // charter may be newer than at the attempt before: `circle` and `context` become so.
  absl::StatusOr<domain::circle::State> LoadAgain(Runner::Reader& reader,
                                                  const poolcirkel::api::v1::CommandHeader& header,
                                                  membership::CirclePtr& circle,
                                                  domain::Context& context) const;
  // Whether an entry of a charter is this member, with all of its keys.
  absl::Status CheckOwnEntry(const poolcirkel::event::v1::CharterMember& entry) const;

  const Dependencies parts_;
  const MemberIdentity identity_;
  PendingCircles* const pending_;
  // One at a time: making an entry and keeping it, or founding.
  eventstore::base::Mutex mutex_;
};

}  // namespace services::commands
