#pragma once

#include <optional>
#include <string>

#include "eventstore/log/types.h"
#include "poolcirkel/event/v1/circle.pb.h"

namespace projections::views::kept {

// Whether `next` is the charter that follows `previous_bytes` in a circle: signed by
// the quorum of the version before. Without `previous_bytes` it has to be version 0 of
// `circle`: its hash is the circle's id, and all founders signed. Pure; the bytes may be
// foreign. Gives the charter when it holds.
//
// A fold may not use services, where deciders check the same in full; here only what
// makes a charter count stands.
std::optional<poolcirkel::event::v1::Charter> FollowingCharter(
    const eventstore::log::CircleId& circle, const std::optional<std::string>& previous_bytes,
    const poolcirkel::event::v1::SignedCharter& next);

}  // namespace projections::views::kept
