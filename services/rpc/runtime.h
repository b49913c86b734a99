#pragma once

namespace services::rpc {

// Keeps gRPC started. The last one to go waits for what gRPC ends itself (its timers, its
// name lookups, calls that were given up), so keep it longer than every channel and server: a
// process that exits under that takes OpenSSL away while it is used. A few of gRPC's threads
// may still be on their way out.
class Runtime {
 public:
  Runtime();
  ~Runtime();
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;
};

}  // namespace services::rpc
