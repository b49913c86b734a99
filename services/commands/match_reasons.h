#pragma once

#include <vector>

#include "poolcirkel/event/v1/assignment.pb.h"
#include "poolcirkel/event/v1/secondment.pb.h"
#include "services/domain/professional/professional.h"

namespace services::commands {

// Why a professional fits an assignment, or not: role, level, skills and hours, each
// with a Dutch explanation. It goes sealed into the proposal, for host and
// coordinators.
std::vector<poolcirkel::event::v1::MatchReason> ExplainMatch(
    const domain::professional::State& professional,
    const poolcirkel::event::v1::AssignmentPublished& assignment);

}  // namespace services::commands
