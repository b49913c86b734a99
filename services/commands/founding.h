#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "services/commands/dependencies.h"
#include "services/domain/circle/circle.h"

namespace services::commands {

// Makes this member's feed of a circle that it takes part in from now on, or its feed of
// another epoch, appends what was decided to it, and refreshes the circles. Executed once
// for each feed:
// after a crash halfway it may be done again. FAILED_PRECONDITION when the feed holds
// something else already.
absl::StatusOr<eventstore::log::AppendResult> StartCircle(const Dependencies& parts,
                                                          const domain::circle::Founding& founding,
                                                          const Actor& actor);

// Begins the next epoch of this member: the newest of `ahead`, which follow the circle's
// chain, gives it one. Its feed begins with all charters, so that it says by itself who
// may write it. FAILED_PRECONDITION LOG_KEY_MISSING when the key that the charter names
// is not here. Only while no command runs (Runner::Alone).
absl::Status StartEpoch(const Dependencies& parts, const membership::Circle& circle,
                        const domain::circle::Chain& ahead, const Actor& actor);

// The request of a reaction: the same cause gives the same request, so that it is
// executed once, however often it is tried.
eventstore::log::RequestId RequestOf(std::string_view name, std::string_view cause);

}  // namespace services::commands
