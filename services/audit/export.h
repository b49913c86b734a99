#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "eventstore/log/event_log.h"
#include "poolcirkel/log/v1/bundle.pb.h"
#include "projections/views/exchanges/exchanges.h"
#include "services/membership/circles.h"

namespace services::audit {

// Makes the bundle that proves one exchange (eventstore/FORMAT.md, "Bundles"): the events of
// both sides over all their epochs, the newest heads, and just enough cosigned heads with the
// acceptance. `exchange_key` is put in as it is; may be empty. Reads the log only. The result
// was verified as any reader would: BUNDLE_INCOMPLETE (FAILED_PRECONDITION) says what it
// does not prove yet.
absl::StatusOr<poolcirkel::log::v1::Bundle> MakeBundle(
    const eventstore::log::EventLog& log, const membership::Circle& circle,
    const projections::views::exchanges::Exchange& exchange, const std::string& exchange_key);

}  // namespace services::audit
