#pragma once

#include <grpcpp/client_context.h>

#include <functional>
#include <set>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "eventstore/base/mutex.h"

namespace services::peer {

// Calls with one answer, which block their caller: each with a deadline, all ended at
// once by CancelAll. Thread-safe.
class UnaryCalls {
 public:
  // Makes one call with `invoke`. UNAVAILABLE PEER_UNREACHABLE when the peer did not
  // answer in time or at all; otherwise what it answered.
  absl::Status Call(absl::Duration deadline,
                    const std::function<grpc::Status(grpc::ClientContext&)>& invoke)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Ends the calls under way and refuses new ones.
  void CancelAll() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  bool Begin(grpc::ClientContext& context) ABSL_LOCKS_EXCLUDED(mutex_);
  void End(grpc::ClientContext& context) ABSL_LOCKS_EXCLUDED(mutex_);

  eventstore::base::Mutex mutex_;
  std::set<grpc::ClientContext*> under_way_ ABSL_GUARDED_BY(mutex_);
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace services::peer
