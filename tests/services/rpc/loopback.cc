#include "tests/services/rpc/loopback.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/server_builder.h>

#include <future>

#include "services/rpc/status.h"

namespace services::rpc {
namespace {

grpc::ByteBuffer ToBuffer(const std::string& text) {
  const grpc::Slice slice(text);
  return grpc::ByteBuffer(&slice, 1);
}

std::string ToText(const grpc::ByteBuffer& buffer) {
  grpc::Slice slice;
  if (!buffer.DumpToSingleSlice(&slice).ok()) return "";
  return std::string(reinterpret_cast<const char*>(slice.begin()), slice.size());
}

// Reads the request, answers, and goes.
class OneCall final : public grpc::ServerGenericBidiReactor {
 public:
  OneCall(const grpc::GenericCallbackServerContext& context, const Answer& answer)
      : context_(context), answer_(answer) {
    StartRead(&request_);
  }

  void OnReadDone(bool ok) override {
    if (!ok) return Finish(grpc::Status::CANCELLED);
    const auto answer = answer_(context_);
    if (!answer.ok()) return Finish(ToGrpc(answer.status()));
    response_ = ToBuffer(*answer);
    StartWriteAndFinish(&response_, grpc::WriteOptions(), grpc::Status::OK);
  }
  void OnDone() override { delete this; }

 private:
  const grpc::GenericCallbackServerContext& context_;
  const Answer& answer_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer response_;
};

}  // namespace

class LoopbackServer::Service final : public grpc::CallbackGenericService {
 public:
  explicit Service(Answer answer) : answer_(std::move(answer)) {}

  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override {
    return new OneCall(*context, answer_);
  }

 private:
  const Answer answer_;
};

LoopbackServer::LoopbackServer(std::shared_ptr<grpc::ServerCredentials> credentials, Answer answer)
    : service_(std::make_unique<Service>(std::move(answer))) {
  grpc::ServerBuilder builder;
  ConfigureServer(builder);
  builder.AddListeningPort("127.0.0.1:0", std::move(credentials), &port_);
  builder.RegisterCallbackGenericService(service_.get());
  server_ = builder.BuildAndStart();
}

LoopbackServer::~LoopbackServer() {
  if (server_ != nullptr) server_->Shutdown();
}

std::shared_ptr<grpc::Channel> LoopbackServer::Connect(
    std::shared_ptr<grpc::ChannelCredentials> credentials, const std::string& host) const {
  return grpc::CreateCustomChannel(host + ":" + std::to_string(port_), credentials,
                                   ChannelArguments());
}

absl::StatusOr<std::string> Call(const std::shared_ptr<grpc::Channel>& channel,
                                 absl::Duration timeout) {
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  SetTimeout(context, timeout);
  const grpc::ByteBuffer request = ToBuffer("");
  grpc::ByteBuffer response;
  std::promise<grpc::Status> done;
  stub.UnaryCall(&context, "/test/Call", grpc::StubOptions(), &request, &response,
                 [&done](grpc::Status status) { done.set_value(std::move(status)); });
  const absl::Status status = FromGrpc(done.get_future().get());
  if (!status.ok()) return status;
  return ToText(response);
}

}  // namespace services::rpc
