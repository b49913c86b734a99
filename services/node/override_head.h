#pragma once

#include <string>

#include "absl/status/status.h"
#include "services/commands/dependencies.h"
#include "services/membership/circles.h"

namespace services::node {

// Lets the own feed of a circle be written although peers did not confirm its head,
// and records that as the feed's next event. Only an administrator may, with a
// reason of 3 to 500 bytes; FAILED_PRECONDITION HEAD_CONFIRMED when the feed is not
// locked. HEAD_CONTESTED when a peer is known to hold more or something else
// (`contested`): writing on would be a second story under one number, and every member
// would freeze the feed.
absl::Status OverrideHead(const commands::Dependencies& parts, const membership::Circle& circle,
                          bool contested, const std::string& reason, const commands::Actor& actor);

}  // namespace services::node
