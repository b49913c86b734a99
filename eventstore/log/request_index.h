#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "eventstore/base/mutex.h"
#include "eventstore/log/event_log.h"
#include "eventstore/log/feed_store.h"
#include "eventstore/log/latest_requests.h"
#include "eventstore/storage/database.h"

namespace eventstore::log {

// What was executed under a request id.
struct ExecutedRequest {
  std::string digest;
  AppendResult result;  // repeated is false
};

// Which requests the own feeds hold and where. Written in the batch of the records
// themselves; the records hold all of it, so it can be made again. What is written while
// this is used is written by it, or made again by its Repair. Thread-safe.
class RequestIndex {
 public:
  explicit RequestIndex(FeedStore& own) : own_(own) {}

  // Makes the index again from the records when it is missing or incomplete: the
  // marker is gone, or the last event of a feed has no entry.
  absl::Status Repair();

  // NOT_FOUND. Positions that are not acknowledged yet count as not found.
  absl::StatusOr<ExecutedRequest> Find(const RequestId& request) const;
  // Also what is written and not acknowledged yet.
  absl::StatusOr<ExecutedRequest> FindWritten(const RequestId& request) const;
  void Put(const RequestId& request, const ExecutedRequest& executed, storage::Batch& batch) const;

 private:
  absl::StatusOr<bool> IsComplete() const;
  absl::Status Rebuild();
  absl::StatusOr<ExecutedRequest> Decode(std::string_view value) const;
  const Feed* FindNumber(storage::FeedNumber number) const;
  // False: was not executed, says memory.
  bool MayHold(const RequestId& request) const ABSL_LOCKS_EXCLUDED(mutex_);
  // The largest timed id in the database, or one that is larger; empty when there is none.
  // An error, or too many others above it: then every request is looked up.
  absl::StatusOr<RequestId> LargestTimed() const;

  FeedStore& own_;
  mutable base::Mutex mutex_;
  mutable std::optional<LatestRequests> latest_ ABSL_GUARDED_BY(mutex_);  // when first needed
};

}  // namespace eventstore::log
