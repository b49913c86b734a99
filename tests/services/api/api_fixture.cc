#include "tests/services/api/api_fixture.h"

#include <grpcpp/server_builder.h>

#include <cstdlib>
#include <filesystem>

#include "eventstore/base/id.h"
#include "poolcirkel/api/v1/session_service.grpc.pb.h"
#include "services/api/assignment_service.h"
#include "services/api/circle_service.h"
#include "services/api/log_service.h"
#include "services/api/node_service.h"
#include "services/api/secondment_service.h"
#include "services/rpc/channel.h"

namespace services::api {

namespace base = ::eventstore::base;
namespace v1 = ::poolcirkel::api::v1;

// A service whose only work is to tell which deadline it got.
class ApiTest::DeadlineProbe final : public v1::SessionService::Service {
 public:
  DeadlineProbe(const Gate& gate, std::optional<absl::Time>& deadline)
      : gate_(gate), deadline_(deadline) {}

  grpc::Status List(grpc::ServerContext* context, const v1::ListSessionsRequest* request,
                    v1::ListSessionsResponse* response) override {
    return gate_.Answer(*context, "/poolcirkel.api.v1.SessionService/List", *request, response,
                        [&](const Gate::Call& call) -> absl::StatusOr<v1::ListSessionsResponse> {
                          deadline_ = call.deadline;
                          return v1::ListSessionsResponse();
                        });
  }

 private:
  const Gate& gate_;
  std::optional<absl::Time>& deadline_;
};

ApiTest::ApiTest() : member_(world_.Add("rotterdam")), other_(world_.Add("zuid-holland")) {
  for (const char* circle : {kRandstad, kRijk}) {
    world_.Found(circle, {&member_, &other_}, tests::testing::members::SampleRules());
  }
  world_.Settle();
  folder_ = testing::TempDir() + "/api_test.XXXXXX";
  if (::mkdtemp(folder_.data()) == nullptr) std::abort();
  tokens_ = *access::TokenStore::Open(folder_ + "/tokens.json", world_.entropy);
  viewer_ = std::make_unique<tests::testing::Viewer>(member_, world_.clock);
  viewer_->views.CatchUp();
  StartServer();
}

ApiTest::~ApiTest() {
  server_->Shutdown(std::chrono::system_clock::time_point());
  std::filesystem::remove_all(folder_);
}

void ApiTest::StartServer() {
  auto& node = member_.node;
  Gate::Options options;
  options.tokens = tokens_.get();
  options.circles = node.circles.get();
  options.clock = &world_.clock;
  options.on_call = [this](const std::string& method, const std::string& token,
                           const absl::Status& outcome, absl::Duration) {
    const std::lock_guard<std::mutex> lock(mutex_);
    ended_.push_back({method, token, outcome});
  };
  gate_ = std::make_unique<Gate>(std::move(options));
  NodeService::Parts parts;
  parts.tokens = tokens_.get();
  parts.circles = node.circles.get();
  parts.clock = &world_.clock;
  parts.status = [this]() -> absl::StatusOr<v1::NodeStatusResponse> { return node_status_; };
  parts.override_head = [](const auto&, const auto&, const auto&) { return absl::OkStatus(); };
  services_.push_back(
      std::make_unique<AssignmentService>(*gate_, *node.assignments, *viewer_->queries));
  services_.push_back(
      std::make_unique<SecondmentService>(*gate_, *node.secondments, *viewer_->queries));
  services_.push_back(std::make_unique<CircleService>(*gate_, *node.circle_commands));
  services_.push_back(std::make_unique<LogService>(*gate_, *node.log, *node.keys, *node.circles));
  services_.push_back(std::make_unique<NodeService>(*gate_, std::move(parts)));
  services_.push_back(std::make_unique<DeadlineProbe>(*gate_, deadline_));
  grpc::ServerBuilder builder;
  rpc::ConfigureServer(builder);
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  for (const auto& service : services_) builder.RegisterService(service.get());
  server_ = builder.BuildAndStart();
  ASSERT_NE(server_, nullptr);
  channel_ = grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(port),
                                       grpc::InsecureChannelCredentials(), rpc::ChannelArguments());
}

std::string ApiTest::Token(access::Role role, const std::string& circle) {
  access::TokenRequest request;
  request.user = "gebruiker";
  request.role = role;
  if (!circle.empty()) request.circle = member_.Circle(circle)->id;
  const auto issued = tokens_->Issue(request, world_.clock.Now());
  EXPECT_TRUE(issued.ok()) << issued.status();
  return issued.ok() ? issued->text : "";
}

std::string ApiTest::IdOf(const std::string& token) {
  const auto principal = tokens_->Authenticate(token, world_.clock.Now());
  EXPECT_TRUE(principal.ok()) << principal.status();
  return principal.ok() ? principal->token_id : "";
}

std::string ApiTest::CircleId(const std::string& circle) const {
  return base::ToText(member_.Circle(circle)->id);
}

uint64_t ApiTest::OwnEvents() const {
  uint64_t events = 0;
  for (const auto& feed : member_.node.log->Feeds()) {
    if (member_.node.log->IsOwn(feed)) events += member_.node.log->Size(feed);
  }
  return events;
}

std::vector<ApiTest::Ended> ApiTest::ended() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return ended_;
}

}  // namespace services::api
