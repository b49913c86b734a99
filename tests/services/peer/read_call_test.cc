#include "services/peer/read_call.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "poolcirkel/peer/v1/peer.grpc.pb.h"
#include "services/rpc/channel.h"
#include "services/rpc/runtime.h"
#include "tests/testing/eventually.h"

namespace services::peer {
namespace {

namespace proto = poolcirkel::peer::v1;
using tests::testing::Eventually;

constexpr int kMessages = 64;
constexpr size_t kMessageBytes = 1 << 20;

// Sends numbered packages of a mebibyte as fast as they are taken.
class Sender final : public proto::PeerService::Service {
 public:
  grpc::Status FetchPackages(grpc::ServerContext*, const proto::FetchPackagesRequest*,
                             grpc::ServerWriter<proto::FetchPackagesResponse>* writer) override {
    proto::FetchPackagesResponse response;
    response.mutable_package()->add_records(std::string(kMessageBytes, 'r'));
    for (int i = 0; i < kMessages; ++i) {
      response.mutable_package()->set_first_sequence(static_cast<uint64_t>(i));
      if (!writer->Write(response)) return grpc::Status::CANCELLED;
      ++sent;
    }
    return grpc::Status::OK;
  }
  std::atomic<int> sent = 0;
};

class ReadCallTest : public testing::Test {
 protected:
  using Call = ReadCall<proto::FetchPackagesResponse>;

  ReadCallTest() {
    // gRPC would end with the server of each test, and after many bytes waits ten seconds.
    static const auto* const runtime = new rpc::Runtime;
    static_cast<void>(runtime);
    grpc::ServerBuilder builder;
    rpc::ConfigureServer(builder);
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&sender_);
    server_ = builder.BuildAndStart();
    stub_ = proto::PeerService::NewStub(
        grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(port),
                                  grpc::InsecureChannelCredentials(), rpc::ChannelArguments()));
  }
  ~ReadCallTest() override {
    pump_.Stop();
    server_->Shutdown();
  }

  std::shared_ptr<Call> Begin() {
    auto call = std::make_shared<Call>(
        pump_,
        [this](const proto::FetchPackagesResponse& message) {
          EXPECT_EQ(message.package().records(0).size(), kMessageBytes);
          handled_.push_back(message.package().first_sequence());
        },
        [this](const grpc::Status& status) { ended_ = status.error_code(); });
    rpc::SetTimeout(call->context(), absl::Seconds(60));
    const proto::FetchPackagesRequest request;
    stub_->async()->FetchPackages(&call->context(), &request, call.get());
    call->Begin();
    return call;
  }
  void StartPump() {
    pump_.Start([] { return absl::Seconds(1); });
  }

  Sender sender_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<proto::PeerService::Stub> stub_;
  Pump pump_;
  std::vector<uint64_t> handled_;  // by the pump's thread
  std::atomic<int> ended_ = -1;
};

TEST_F(ReadCallTest, ReadsAheadSoMuchAndNoMoreAndHandlesAllInOrder) {
  const auto call = Begin();
  EXPECT_TRUE(Eventually([&] { return sender_.sent >= 4; })) << "while nothing is handled";
  // Gone on without a bound, it would have sent all within so many looks.
  int looks = 0;
  EXPECT_TRUE(Eventually([&] { return sender_.sent == kMessages || ++looks == 60; }));
  EXPECT_LT(sender_.sent, kMessages);
  StartPump();
  EXPECT_TRUE(Eventually([&] { return ended_ >= 0; }));
  EXPECT_EQ(ended_, grpc::StatusCode::OK);
  pump_.Stop();
  std::vector<uint64_t> all(kMessages);
  std::iota(all.begin(), all.end(), 0);
  EXPECT_EQ(handled_, all);
}

TEST_F(ReadCallTest, EndsWhenCancelledWithMuchThatWaits) {
  const auto call = Begin();
  EXPECT_TRUE(Eventually([&] { return sender_.sent >= 4; }));
  call->Cancel();
  StartPump();
  EXPECT_TRUE(Eventually([&] { return ended_ >= 0; }));
  EXPECT_EQ(ended_, grpc::StatusCode::CANCELLED);
}

}  // namespace
}  // namespace services::peer
