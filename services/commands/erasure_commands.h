#pragma once

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "poolcirkel/api/v1/privacy_service.pb.h"
#include "services/commands/dependencies.h"
#include "services/commands/eraser.h"
#include "services/commands/loading.h"
#include "services/commands/own_professionals.h"

namespace services::commands {

// Executes what PrivacyService changes. Thread-safe.
class ErasureCommands {
 public:
  // Owns neither.
  ErasureCommands(const Dependencies& dependencies, OwnProfessionals* professionals, Eraser* eraser)
      : parts_(dependencies), professionals_(professionals), eraser_(eraser) {}

  // Records the erasure in the private feed and orders it in every circle of the
  // professional, all or nothing; then destroys the keys here, before it answers. When
  // that last step fails the orders stand: the node tries again by itself, and the error
  // says so. One whose ledger was lost with the private feed is erased in this circle.
  // PROFESSIONAL_UNKNOWN, ALREADY_ERASED, ERASURE_WHILE_RESERVED, INVALID_FIELD.
  absl::StatusOr<poolcirkel::api::v1::EraseResponse> Erase(
      const poolcirkel::api::v1::EraseRequest& request, const Actor& actor, absl::Time deadline);

 private:
  absl::StatusOr<ProfessionalCommand> EraseListed(const poolcirkel::api::v1::EraseRequest& request,
                                                  const Actor& actor);
  absl::StatusOr<ProfessionalCommand> EraseOffered(const poolcirkel::api::v1::EraseRequest& request,
                                                   const Actor& actor,
                                                   const membership::CirclePtr& circle,
                                                   const eventstore::log::StreamId& id);

  const Dependencies parts_;
  OwnProfessionals* const professionals_;
  Eraser* const eraser_;
};

}  // namespace services::commands
