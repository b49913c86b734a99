#pragma once

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "poolcirkel/api/v1/session_service.pb.h"
#include "services/commands/dependencies.h"

namespace services::commands {

// Executes what SessionService changes. Thread-safe. Refusals are those of
// services/README.md.
class SessionCommands {
 public:
  explicit SessionCommands(const Dependencies& dependencies) : parts_(dependencies) {}

  absl::StatusOr<poolcirkel::api::v1::AnnounceSessionResponse> Announce(
      const poolcirkel::api::v1::AnnounceSessionRequest& request, const Actor& actor,
      absl::Time deadline);
  absl::StatusOr<poolcirkel::api::v1::CancelSessionResponse> Cancel(
      const poolcirkel::api::v1::CancelSessionRequest& request, const Actor& actor,
      absl::Time deadline);
  absl::StatusOr<poolcirkel::api::v1::SignUpResponse> SignUp(
      const poolcirkel::api::v1::SignUpRequest& request, const Actor& actor, absl::Time deadline);
  absl::StatusOr<poolcirkel::api::v1::WithdrawSignUpResponse> WithdrawSignUp(
      const poolcirkel::api::v1::WithdrawSignUpRequest& request, const Actor& actor,
      absl::Time deadline);

 private:
  const Dependencies parts_;
};

}  // namespace services::commands
