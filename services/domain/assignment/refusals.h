#pragma once

#include "absl/status/status.h"
#include "services/domain/assignment/assignment.h"

// What several deciders of the host share. Not for use outside this folder.
namespace services::domain::assignment {

// ASSIGNMENT_UNKNOWN, or NOT_THE_HOST when it stands in another member's feed.
absl::Status CheckHost(const State& state, const Context& context);
absl::Status AssignmentWithdrawnRefusal();
// EXCHANGE_UNKNOWN unless it was proposed to us, for this assignment.
absl::Status CheckCandidacy(const State& state, const secondment::State& candidacy,
                            const Context& context);
// Why a selection that is not held can take no next step; NOT_SELECTED for nullptr; OK
// when it is held.
absl::Status CheckHeld(const Selection* selection);
absl::Status NotAccepted();

// An event in the host's stream.
NewEvent HostEvent(const State& state, const Context& context);

}  // namespace services::domain::assignment
