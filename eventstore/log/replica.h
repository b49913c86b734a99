#pragma once

#include <optional>

#include "absl/status/status.h"
#include "eventstore/log/checked_records.h"
#include "eventstore/log/feed_store.h"

namespace eventstore::log {

// From so many bytes on records are stored as a table of their own: past the write-ahead log
// and the write buffer, where each byte is copied and summed several times.
inline constexpr size_t kBytesForATable = 2 << 20;

// Stores records of somebody else's feed, made when it is new, as EventLog::StoreVerified
// tells; durable, and shown to readers, on return. Failures of the disk are remembered by
// the store.
absl::Status StoreInReplica(FeedStore& replicas, const CheckedRecords& records,
                            const crypto::Digest& root_after,
                            std::optional<SignedCheckpoint> checkpoint);

}  // namespace eventstore::log
