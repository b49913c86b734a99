#pragma once

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "eventstore/base/mutex.h"
#include "poolcirkel/api/v1/professional_service.pb.h"
#include "services/commands/dependencies.h"
#include "services/commands/own_professionals.h"

namespace services::commands {

// Executes what ProfessionalService changes. Thread-safe. Refusals are those of
// services/README.md.
class ProfessionalCommands {
 public:
  // `professionals` is not owned.
  ProfessionalCommands(const Dependencies& dependencies, OwnProfessionals* professionals)
      : parts_(dependencies), professionals_(professionals) {}

  // A pseudonym that this member has already, of the same person or without an
  // identity: that professional is offered in one more circle. Of another person:
  // ALREADY_EXISTS PSEUDONYM_TAKEN.
  absl::StatusOr<poolcirkel::api::v1::RegisterProfessionalResponse> Register(
      const poolcirkel::api::v1::RegisterProfessionalRequest& request, const Actor& actor,
      absl::Time deadline);
  absl::StatusOr<poolcirkel::api::v1::StateCapacityResponse> StateCapacity(
      const poolcirkel::api::v1::StateCapacityRequest& request, const Actor& actor,
      absl::Time deadline);
  absl::StatusOr<poolcirkel::api::v1::OpenIdentityResponse> OpenIdentity(
      const poolcirkel::api::v1::OpenIdentityRequest& request, const Actor& actor,
      absl::Time deadline);

 private:
  const Dependencies parts_;
  OwnProfessionals* const professionals_;
  // One registration at a time: no revision guards that pseudonyms are unique.
  eventstore::base::Mutex register_mutex_;
};

}  // namespace services::commands
