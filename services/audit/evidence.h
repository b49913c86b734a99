#pragma once

#include "absl/status/statusor.h"
#include "eventstore/log/event_log.h"
#include "google/protobuf/repeated_field.h"
#include "poolcirkel/api/v1/audit_service.pb.h"
#include "projections/views/exchanges/exchanges.h"

namespace services::audit {

// The events of both sides of one exchange, each with the proof that it stands in the
// newest signed head of its feed; and its acceptance once more in every cosigned head
// that the host named as evidence. Reads the log only.
absl::StatusOr<google::protobuf::RepeatedPtrField<poolcirkel::api::v1::ProvenEvent>> CollectEvents(
    const eventstore::log::EventLog& log, const projections::views::exchanges::Exchange& exchange);

}  // namespace services::audit
