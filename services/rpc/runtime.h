#pragma once

namespace services::rpc {

// gRPC's own threads, for as long as this lives. The last one to go waits until they have
// ended, so keep it longer than every channel and server: a process that exits under them
// takes OpenSSL away while they still use it.
class Runtime {
 public:
  Runtime();
  ~Runtime();
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;
};

}  // namespace services::rpc
