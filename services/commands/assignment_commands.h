#pragma once

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "poolcirkel/api/v1/assignment_service.pb.h"
#include "services/commands/dependencies.h"

namespace services::commands {

// Executes what AssignmentService changes. Thread-safe. `deadline` bounds waiting
// for other nodes; refusals are those of services/README.md.
class AssignmentCommands {
 public:
  explicit AssignmentCommands(const Dependencies& dependencies) : parts_(dependencies) {}

  absl::StatusOr<poolcirkel::api::v1::PublishAssignmentResponse> Publish(
      const poolcirkel::api::v1::PublishAssignmentRequest& request, const Actor& actor,
      absl::Time deadline);
  absl::StatusOr<poolcirkel::api::v1::WithdrawAssignmentResponse> Withdraw(
      const poolcirkel::api::v1::WithdrawAssignmentRequest& request, const Actor& actor,
      absl::Time deadline);

 private:
  const Dependencies parts_;
};

}  // namespace services::commands
