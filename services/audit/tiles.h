#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "eventstore/log/event_log.h"
#include "poolcirkel/api/v1/audit_service.pb.h"

// A feed in the public formats. Reads the log only; functions without state.
namespace services::audit {

// Takes a file, or a piece of one: consecutive pieces have the same path. What it returns
// other than OK ends the export.
using TakeFile = std::function<absl::Status(const poolcirkel::api::v1::AuditTilesResponse&)>;

// Hands over the files of C2SP tlog-tiles of the feed at its newest signed head, the
// checkpoint last. All hashes are made from the records, and their root is held against the
// head before the checkpoint is handed over: DATA_LOSS when they differ. HEAD_UNKNOWN
// (NOT_FOUND) when the feed has no signed head here.
absl::Status ExportTiles(const eventstore::log::EventLog& log, const eventstore::log::FeedId& feed,
                         const TakeFile& take);

// One event as a C2SP tlog-proof in the newest signed head, with its cosignatures.
// EVENT_UNKNOWN (NOT_FOUND) when the head does not hold it; HEAD_UNKNOWN.
absl::StatusOr<poolcirkel::api::v1::AuditProofResponse> ProveEvent(
    const eventstore::log::EventLog& log, const eventstore::log::FeedId& feed, uint64_t sequence);

}  // namespace services::audit
