#include "services/rpc/runtime.h"

#include <grpc/grpc.h>

#include "absl/synchronization/mutex.h"

namespace services::rpc {

Runtime::Runtime() {
  // Debian's Abseil looks for deadlocks at each lock that gRPC takes.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  grpc_init();
}

Runtime::~Runtime() { grpc_shutdown_blocking(); }

}  // namespace services::rpc
