#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "poolcirkel/api/v1/secondment_service.pb.h"
#include "services/commands/dependencies.h"
#include "services/commands/own_professionals.h"
#include "services/domain/context.h"

namespace services::commands {

// Executes what SecondmentService changes: this member's half of the handshake.
// Thread-safe. `deadline` bounds waiting for the other side's node; refusals are
// those of services/README.md.
class SecondmentCommands {
 public:
  // `professionals` is not owned.
  SecondmentCommands(const Dependencies& dependencies, OwnProfessionals* professionals)
      : parts_(dependencies), professionals_(professionals) {}

  absl::StatusOr<poolcirkel::api::v1::ProposeSecondmentResponse> Propose(
      const poolcirkel::api::v1::ProposeSecondmentRequest& request, const Actor& actor,
      absl::Time deadline);
  absl::StatusOr<poolcirkel::api::v1::WithdrawProposalResponse> Withdraw(
      const poolcirkel::api::v1::WithdrawProposalRequest& request, const Actor& actor,
      absl::Time deadline);
  absl::StatusOr<poolcirkel::api::v1::SelectCandidacyResponse> Select(
      const poolcirkel::api::v1::SelectCandidacyRequest& request, const Actor& actor,
      absl::Time deadline);
  absl::StatusOr<poolcirkel::api::v1::ConfirmSecondmentResponse> Confirm(
      const poolcirkel::api::v1::ConfirmSecondmentRequest& request, const Actor& actor,
      absl::Time deadline);
  absl::StatusOr<poolcirkel::api::v1::AcceptSecondmentResponse> Accept(
      const poolcirkel::api::v1::AcceptSecondmentRequest& request, const Actor& actor,
      absl::Time deadline);
  absl::StatusOr<poolcirkel::api::v1::DeclineCandidacyResponse> Decline(
      const poolcirkel::api::v1::DeclineCandidacyRequest& request, const Actor& actor,
      absl::Time deadline);
  absl::StatusOr<poolcirkel::api::v1::EndSecondmentResponse> End(
      const poolcirkel::api::v1::EndSecondmentRequest& request, const Actor& actor,
      absl::Time deadline);

 private:
  // What each step after the proposal starts with.
  struct Step {
    membership::CirclePtr circle;
    eventstore::log::StreamId exchange;
    CommandRequest command;
    domain::Context context;
  };
  absl::StatusOr<Step> Begin(const google::protobuf::Message& request,
                             const poolcirkel::api::v1::CommandHeader& header,
                             const std::string& exchange_id, const Actor& actor) const;

  const Dependencies parts_;
  OwnProfessionals* const professionals_;
};

}  // namespace services::commands
