#pragma once

#include <string>

#include "absl/status/status.h"
#include "services/commands/dependencies.h"
#include "services/domain/professional/professional.h"

// What a member that lost its private feed may still promise.
namespace services::commands {

// Executes NodeService.RestateCapacity: the coordinator vouches for the capacity that was
// stated since the private feed began anew. CAPACITY_NOT_IN_DOUBT; besides, what Append
// refuses.
absl::Status RestateCapacity(const Dependencies& parts, const membership::Circle& circle,
                             const std::string& reason, const Actor& actor);

// Whether the hours that `confirming` reserves may be promised. CAPACITY_NOT_RESTATED. Reads
// the own stream of the circle, so that a restart in between makes the decision stale.
absl::Status CheckReservation(const Dependencies& parts, Runner::Reader& reader,
                              const membership::Circle& circle,
                              const domain::professional::State& professional,
                              const domain::Decision& confirming);

}  // namespace services::commands
