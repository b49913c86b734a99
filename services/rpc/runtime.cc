#include "services/rpc/runtime.h"

#include <grpc/grpc.h>

namespace services::rpc {

Runtime::Runtime() { grpc_init(); }

Runtime::~Runtime() { grpc_shutdown_blocking(); }

}  // namespace services::rpc
