#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "poolcirkel/api/v1/circle_service.pb.h"
#include "services/commands/dependencies.h"
#include "services/commands/member_identity.h"
#include "services/commands/pending_circles.h"

namespace services::commands {

// Executes CircleService: founding, inviting, joining and the next charter.
// Thread-safe. Refusals are those of services/README.md.
class CircleCommands {
 public:
  // `pending` is not owned; policies::AdoptCharters shares it.
  CircleCommands(const Dependencies& dependencies, MemberIdentity identity,
                 PendingCircles* pending)
      : parts_(dependencies), identity_(std::move(identity)), pending_(pending) {}

  absl::StatusOr<poolcirkel::api::v1::MakeMemberEntryResponse> MakeMemberEntry(
      const poolcirkel::api::v1::MakeMemberEntryRequest& request, const Actor& actor,
      absl::Time deadline);
  absl::StatusOr<poolcirkel::api::v1::SignCharterResponse> SignCharter(
      const poolcirkel::api::v1::SignCharterRequest& request, const Actor& actor,
      absl::Time deadline);
  absl::StatusOr<poolcirkel::api::v1::FoundCircleResponse> Found(
      const poolcirkel::api::v1::FoundCircleRequest& request, const Actor& actor,
      absl::Time deadline);
  absl::StatusOr<poolcirkel::api::v1::InviteResponse> Invite(
      const poolcirkel::api::v1::InviteRequest& request, const Actor& actor, absl::Time deadline);
  absl::StatusOr<poolcirkel::api::v1::JoinResponse> Join(
      const poolcirkel::api::v1::JoinRequest& request, const Actor& actor, absl::Time deadline);
  absl::StatusOr<poolcirkel::api::v1::ProposeCharterResponse> ProposeCharter(
      const poolcirkel::api::v1::ProposeCharterRequest& request, const Actor& actor,
      absl::Time deadline);
  absl::StatusOr<poolcirkel::api::v1::SignProposalResponse> SignProposal(
      const poolcirkel::api::v1::SignProposalRequest& request, const Actor& actor,
      absl::Time deadline);
  absl::StatusOr<poolcirkel::api::v1::ListCirclesResponse> List(
      const poolcirkel::api::v1::ListCirclesRequest& request);
  absl::StatusOr<poolcirkel::api::v1::ShowCircleResponse> Show(
      const poolcirkel::api::v1::ShowCircleRequest& request);

 private:
  const Dependencies parts_;
  const MemberIdentity identity_;
  PendingCircles* const pending_;
};

}  // namespace services::commands
