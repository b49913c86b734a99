#pragma once

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "poolcirkel/api/v1/node_service.pb.h"
#include "services/access/tokens.h"
#include "services/api/gate.h"
#include "services/rpc/status.h"
#include "tests/testing/members/world.h"
#include "tests/testing/viewer.h"

namespace services::api {

inline constexpr char kRandstad[] = "randstad";
inline constexpr char kRijk[] = "rijk";

// A member of two circles whose services stand behind the real gate, on a free port of
// 127.0.0.1. Without TLS: that is tests/services/rpc. Only how the node is (NodeService's
// functions) is given by the test.
class ApiTest : public testing::Test {
 protected:
  // A call that ended, as the gate told it.
  struct Ended {
    std::string method;
    std::string token;
    absl::Status outcome;
  };

  ApiTest();
  ~ApiTest() override;

  // A token's text; for the whole node when no circle is named.
  std::string Token(access::Role role, const std::string& circle = "");
  // Its public id.
  std::string IdOf(const std::string& token);
  std::string CircleId(const std::string& circle) const;
  uint64_t OwnEvents() const;
  std::vector<Ended> ended() const;

  using Prepare = std::function<void(grpc::ClientContext&)>;
  static Prepare With(const std::string& token) {
    return [token](grpc::ClientContext& context) {
      context.AddMetadata("authorization", "Bearer " + token);
    };
  }

  template <typename Service, typename Request, typename Response>
  absl::StatusOr<Response> Call(const Prepare& prepare,
                                grpc::Status (Service::*method)(grpc::ClientContext*,
                                                                const Request&, Response*),
                                const Request& request) {
    Service stub(channel_);
    grpc::ClientContext context;
    prepare(context);
    Response response;
    const grpc::Status status = (stub.*method)(&context, request, &response);
    if (!status.ok()) return rpc::FromGrpc(status);
    return response;
  }
  // A call with a stream of answers, read to its end.
  template <typename Service, typename Request, typename Response>
  absl::StatusOr<std::vector<Response>> CallAll(
      const Prepare& prepare,
      std::unique_ptr<grpc::ClientReader<Response>> (Service::*method)(grpc::ClientContext*,
                                                                       const Request&),
      const Request& request) {
    Service stub(channel_);
    grpc::ClientContext context;
    prepare(context);
    const auto reader = (stub.*method)(&context, request);
    std::vector<Response> responses;
    Response response;
    while (reader->Read(&response)) responses.push_back(response);
    const grpc::Status status = reader->Finish();
    if (!status.ok()) return rpc::FromGrpc(status);
    return responses;
  }

  tests::testing::members::World world_;
  tests::testing::members::Member& member_;
  tests::testing::members::Member& other_;
  std::string folder_;
  std::unique_ptr<access::TokenStore> tokens_;
  // What NodeService/Status answers for the whole node.
  poolcirkel::api::v1::NodeStatusResponse node_status_;
  // The deadline of the last call to SessionService/List, as the gate set it.
  std::optional<absl::Time> deadline_;

 private:
  class DeadlineProbe;

  void StartServer();

  std::unique_ptr<tests::testing::Viewer> viewer_;
  mutable std::mutex mutex_;
  std::vector<Ended> ended_;
  std::unique_ptr<Gate> gate_;
  std::vector<std::unique_ptr<grpc::Service>> services_;
  std::unique_ptr<grpc::Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
};

}  // namespace services::api
