#pragma once

#include <cstddef>

#include "absl/container/btree_set.h"
#include "eventstore/log/types.h"

namespace eventstore::log {

// The largest ids of the requests that were executed. Those that people's tools make grow with
// time (UUIDv7), so nearly every new one is larger than those or one of the gaps between them:
// it was not executed, and nobody needs to look in the database. Of ids that are made in
// another way nothing is known here. Bounded. Not thread-safe.
class LatestRequests {
 public:
  // Ids that are remembered one by one.
  static constexpr size_t kMost = 16'384;

  // A UUIDv7 (RFC 9562, 5.7) of before End(): a clock that is further ahead, and most ids that
  // only look like one, would take the place of all others.
  static bool IsTimed(const RequestId& request);
  // Larger than every id that is timed: 1 January 2100.
  static RequestId End();

  // All timed ids that were executed before are at most `largest`; empty: there is none.
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
