#pragma once

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "eventstore/base/mutex.h"
#include "poolcirkel/api/v1/session_service.pb.h"
#include "services/commands/dependencies.h"
#include "services/commands/sign_up_index.h"

namespace services::commands {

// Executes what SessionService changes. Thread-safe. Refusals are those of
// services/README.md.
class SessionCommands {
 public:
  explicit SessionCommands(const Dependencies& dependencies)
      : parts_(dependencies), own_sign_ups_(dependencies.log) {}

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
  SignUpIndex own_sign_ups_;
  // One sign-up at a time: a sign-up is a new stream, so that no revision keeps the
  // same person from being signed up twice at once.
  eventstore::base::Mutex sign_up_mutex_;
};

}  // namespace services::commands
