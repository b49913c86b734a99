#pragma once

#include <grpcpp/server.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/node/config.h"
#include "services/node/identity.h"

namespace grpc {
class Service;
}

namespace services::node {

// The two gRPC servers of a node. Users' services, with reflection, on the API port;
// the peer service on its own port. Both answer grpc.health.v1 to anybody.
class Servers {
 public:
  // Owns no service; they outlive the servers. UNAVAILABLE names the port that
  // cannot be bound.
  static absl::StatusOr<std::unique_ptr<Servers>> Start(const Config& config,
                                                        const Identity& identity,
                                                        const std::vector<grpc::Service*>& api,
                                                        const std::vector<grpc::Service*>& peer);
  ~Servers();

  // What grpc.health.v1 tells of `service` ("" for the whole).
  void SetHealth(const std::string& service, bool serving);
  // Takes no new calls, waits for running ones, cancels them at `deadline`.
  void Stop(absl::Time deadline);

 private:
  Servers(std::unique_ptr<grpc::Server> api, std::unique_ptr<grpc::Server> peer)
      : api_(std::move(api)), peer_(std::move(peer)) {}

  std::unique_ptr<grpc::Server> api_;
  std::unique_ptr<grpc::Server> peer_;
};

}  // namespace services::node
