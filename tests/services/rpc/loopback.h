#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "services/rpc/channel.h"

namespace services::rpc {

// What the server of a test answers to any call.
using Answer =
    std::function<absl::StatusOr<std::string>(const grpc::GenericCallbackServerContext&)>;

// A real server on a free port of 127.0.0.1 that answers every method. Ends with
// the object.
class LoopbackServer {
 public:
  LoopbackServer(std::shared_ptr<grpc::ServerCredentials> credentials, Answer answer);
  ~LoopbackServer();
  LoopbackServer(const LoopbackServer&) = delete;
  LoopbackServer& operator=(const LoopbackServer&) = delete;

  int port() const { return port_; }
  std::shared_ptr<grpc::Channel> Connect(std::shared_ptr<grpc::ChannelCredentials> credentials,
                                         const std::string& host = "127.0.0.1") const;

 private:
  class Service;

  std::unique_ptr<Service> service_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

// One call with an empty request.
absl::StatusOr<std::string> Call(const std::shared_ptr<grpc::Channel>& channel,
                                 absl::Duration timeout = absl::Seconds(20));

}  // namespace services::rpc
