#pragma once

#include <cstddef>

#include "absl/container/btree_set.h"
#include "eventstore/log/types.h"

namespace eventstore::log {

// The largest ids of the requests that were executed. Ids grow with time (UUIDv7), so nearly
// every new request is larger than those or one of the gaps between them: it was not executed,
// and nobody needs to look in the database. Bounded. Not thread-safe.
class LatestRequests {
 public:
  // Ids that are remembered one by one.
  static constexpr size_t kMost = 16'384;

  // All that was executed before is at most `largest`; empty: nothing was.
  explicit LatestRequests(const RequestId& largest) : floor_(largest) {}

  // False: was not executed. True: may have been.
  bool MayHold(const RequestId& request) const;
  void Add(const RequestId& request);

 private:
  // Up to and with this one, nothing is known.
  RequestId floor_;
  absl::btree_set<RequestId> above_;
};

}  // namespace eventstore::log
