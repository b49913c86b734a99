#pragma once

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "eventstore/base/mutex.h"
#include "poolcirkel/api/v1/session_service.pb.h"
#include "services/commands/dependencies.h"
#include "services/commands/own_professionals.h"
#include "services/commands/sign_up_index.h"

namespace services::commands {

// Executes what SessionService changes. Thread-safe. Refusals are those of
// services/README.md.
class SessionCommands {
 public:
  // `professionals` is not owned.
  SessionCommands(const Dependencies& dependencies, OwnProfessionals* professionals)
      : parts_(dependencies), professionals_(professionals), own_sign_ups_(dependencies.log) {}

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
  // The key of the professional of this pool with that pseudonym; nothing when it is
  // nobody's.
  absl::StatusOr<std::optional<eventstore::privacy::KeyId>> KeyOfPerson(
      const std::string& pseudonym) const;
  // The actor with its key, when a professional acts: its user name is the pseudonym.
  absl::StatusOr<Actor> WithKey(const Actor& actor) const;

  const Dependencies parts_;
  OwnProfessionals* const professionals_;
  SignUpIndex own_sign_ups_;
  // One sign-up at a time: a sign-up is a new stream, so that no revision keeps the
  // same person from being signed up twice at once.
  eventstore::base::Mutex sign_up_mutex_;
};

}  // namespace services::commands
