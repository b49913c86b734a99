#pragma once

#include <vector>

#include "absl/status/status.h"
#include "eventstore/log/event_log.h"

namespace eventstore::log {

inline constexpr size_t kMaximumRecordsPerRequest = 1'000;

// The rules that a request can break by itself; every broken one is in the answer.
std::vector<absl::Status> CheckRequest(const AppendRequest& request);

// The parts of a record that are known before its time is.
StoredEvent ToEvent(const AppendRequest& request, const NewRecord& record);

// Refusals of EventLog::Append.
absl::Status FeedUnknown(const FeedId& feed);
absl::Status FeedLocked(const FeedId& feed);
absl::Status StaleRevision(const StreamId& stream, uint64_t expected, uint64_t current);
absl::Status RequestIdReused(const RequestId& request);
absl::Status QueueFull();
absl::Status WritingStopped(const absl::Status& cause);

}  // namespace eventstore::log
