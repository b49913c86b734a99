#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "eventstore/log/event_log.h"
#include "eventstore/log/feed_store.h"
#include "eventstore/storage/database.h"

namespace eventstore::log {

// What was executed under a request id.
struct ExecutedRequest {
  std::string digest;
  AppendResult result;  // repeated is false
};

// Which requests the own feeds hold and where. Written in the batch of the records
// themselves; the records hold all of it, so it can be made again. Stateless but
// for the database; thread-safe.
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

  FeedStore& own_;
};

}  // namespace eventstore::log
