#pragma once

#include <vector>

#include "absl/status/status.h"
#include "eventstore/log/event_log.h"

namespace eventstore::log {

inline constexpr size_t kMaximumRecordsPerRequest = 1'000;

// The rules that a request can break by itself; every broken one is in the answer.
std::vector<absl::Status> CheckRequest(const AppendRequest& request);

// The parts of a record that are known before its time is, but for the actor. Views
// of the request.
RecordParts PartsOf(const AppendRequest& request, const NewRecord& record);

// Refusals of EventLog::Append.
absl::Status FeedUnknown(const FeedId& feed);
absl::Status FeedLocked(const FeedId& feed);
absl::Status LogKeyMissing(const FeedId& feed);
absl::Status StaleRevision(const StreamId& stream, uint64_t expected, uint64_t current);
absl::Status RequestIdReused(const RequestId& request);
absl::Status QueueFull();
// The disk does not take writes: DISK_FULL, DISK_READ_ONLY, TOO_MANY_FILES, or
// WRITING_STOPPED for what is none of these. UNAVAILABLE, may be tried again.
absl::Status WritingStopped(const absl::Status& cause);
// The own side is damaged: OWN_DAMAGED, or the reason that `cause` has of its own. As
// WritingStopped for what is no damage.
absl::Status OwnDamaged(const absl::Status& cause);

}  // namespace eventstore::log
