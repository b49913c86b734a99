#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/domain/circle/circle.h"
#include "services/policies/policy.h"

namespace services::policies {

// Takes over the versions that follow the circle's chain: one event in the own feed for
// the next of them; or, when the newest begins another epoch of this member, that epoch,
// whose feed begins with all. Answers when to look again: at once when something was
// adopted. `ahead` is not empty and follows the chain.
absl::StatusOr<absl::Time> AdoptAhead(const PolicyParts& parts, const membership::Circle& circle,
                                      const domain::circle::Chain& ahead, std::string_view policy,
                                      absl::Time now);

}  // namespace services::policies
