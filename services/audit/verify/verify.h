#pragma once

#include <string_view>

#include "eventstore/log/types.h"
#include "services/audit/verify/report.h"

namespace services::audit::verify {

// Verifies the bytes of a bundle without trusting who handed them over: that they are the
// one way to write it; the charter chain from `circle` on, with exactly the signatures that
// each version needs; the signed heads of all feeds; that every event stands in them and
// counts; that both sides signed the same terms; that just enough of the other members
// cosigned heads with the acceptance; and that the key, when there is one, opens the terms.
// Pure; `bytes` may be foreign.
Report VerifyBundle(std::string_view bytes, const eventstore::log::CircleId& circle);

}  // namespace services::audit::verify
