#include "services/access/policy.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <set>

#include "eventstore/base/errors.h"
#include "poolcirkel/api/v1/assignment_service.pb.h"
#include "poolcirkel/api/v1/audit_service.pb.h"
#include "poolcirkel/api/v1/circle_service.pb.h"
#include "poolcirkel/api/v1/log_service.pb.h"
#include "poolcirkel/api/v1/node_service.pb.h"
#include "poolcirkel/api/v1/privacy_service.pb.h"
#include "poolcirkel/api/v1/professional_service.pb.h"
#include "poolcirkel/api/v1/secondment_service.pb.h"
#include "poolcirkel/api/v1/session_service.pb.h"
#include "tests/services/access/support.h"

namespace services::access {
namespace {

namespace base = eventstore::base;
namespace v1 = poolcirkel::api::v1;

constexpr char kPublish[] = "/poolcirkel.api.v1.AssignmentService/Publish";
constexpr char kShow[] = "/poolcirkel.api.v1.CircleService/Show";
constexpr char kStatus[] = "/poolcirkel.api.v1.NodeService/Status";
constexpr char kIssue[] = "/poolcirkel.api.v1.NodeService/IssueToken";
constexpr char kDisclose[] = "/poolcirkel.api.v1.ProfessionalService/Disclose";

// Every proto file of api/v1; one that is missing here is found by FilesAreAllHere.
const std::vector<const google::protobuf::FileDescriptor*>& ApiFiles() {
  static const std::vector<const google::protobuf::FileDescriptor*> kFiles = {
      v1::PublishAssignmentRequest::descriptor()->file(),
      v1::AuditExchangesRequest::descriptor()->file(),
      v1::ListCirclesRequest::descriptor()->file(),
      v1::ReadLogRequest::descriptor()->file(),
      v1::NodeStatusRequest::descriptor()->file(),
      v1::PrivacyStatusRequest::descriptor()->file(),
      v1::SearchProfessionalsRequest::descriptor()->file(),
      v1::ProposeSecondmentRequest::descriptor()->file(),
      v1::AnnounceSessionRequest::descriptor()->file()};
  return kFiles;
}

std::set<std::string> ApiMethods() {
  std::set<std::string> methods;
  for (const auto* file : ApiFiles()) {
    for (int s = 0; s < file->service_count(); ++s) {
      for (int m = 0; m < file->service(s)->method_count(); ++m) {
        methods.insert("/" + file->service(s)->full_name() + "/" +
                       file->service(s)->method(m)->name());
      }
    }
  }
  return methods;
}

class PolicyTest : public AccessTest {
 protected:
  Principal User(Role role) const {
    return {.token_id = "0123456789abcdef",
            .user = "u",
            .role = role,
            .member = "rotterdam",
            .circle = circle_};
  }
  Principal OfNode(Role role) const {
    Principal principal = User(role);
    principal.circle.reset();
    return principal;
  }
  static std::string ReasonOf(const absl::Status& status) { return base::DetailsOf(status).reason; }
};

TEST_F(PolicyTest, EveryMethodHasOneRowAndEveryRowAMethod) {
  const auto methods = ApiMethods();
  EXPECT_GT(methods.size(), 40U);
  std::set<std::string> rows;
  for (const Rule& rule : Rules()) {
    EXPECT_TRUE(rows.insert(std::string(rule.method)).second) << rule.method << " twice";
    const std::set<Role> roles(rule.roles.begin(), rule.roles.end());
    EXPECT_EQ(roles.size(), rule.roles.size()) << rule.method;
    EXPECT_FALSE(roles.contains(Role::kAdmin)) << rule.method;
  }
  EXPECT_EQ(rows, methods);
  EXPECT_TRUE(std::is_sorted(Rules().begin(), Rules().end(),
                             [](const Rule& a, const Rule& b) { return a.method < b.method; }));
}

TEST_F(PolicyTest, FilesAreAllHere) {
  std::set<std::string> listed;
  for (const auto* file : ApiFiles()) listed.insert(file->name());
  for (const auto& entry : std::filesystem::directory_iterator("proto/poolcirkel/api/v1")) {
    const std::string name = entry.path().filename().string();
    if (!name.ends_with("_service.proto")) continue;
    EXPECT_TRUE(listed.contains("poolcirkel/api/v1/" + name)) << name;
  }
}

TEST_F(PolicyTest, ScopeFitsTheRequest) {
  // A method about one circle needs a request that can name it; otherwise no token of
  // one circle could ever call it.
  for (const auto* file : ApiFiles()) {
    for (int s = 0; s < file->service_count(); ++s) {
      for (int m = 0; m < file->service(s)->method_count(); ++m) {
        const auto* method = file->service(s)->method(m);
        const auto found = std::find_if(Rules().begin(), Rules().end(), [&](const Rule& rule) {
          return rule.method == "/" + file->service(s)->full_name() + "/" + method->name();
        });
        ASSERT_NE(found, Rules().end());
        if (found->scope != Scope::kCircle) continue;
        const auto* header = method->input_type()->FindFieldByName("header");
        const auto* holder = header == nullptr ? method->input_type() : header->message_type();
        EXPECT_NE(holder->FindFieldByName("circle"), nullptr) << found->method;
      }
    }
  }
}

TEST_F(PolicyTest, ARoleMayWhatItsRowSays) {
  EXPECT_TRUE(Authorize(User(Role::kPoolCoordinator), kPublish, circle_).ok());
  EXPECT_TRUE(Authorize(User(Role::kAdmin), kPublish, circle_).ok());
  for (const Role role : {Role::kProfessional, Role::kNetworkCoordinator, Role::kAuditor}) {
    const auto refused = Authorize(User(role), kPublish, circle_);
    EXPECT_EQ(refused.code(), absl::StatusCode::kPermissionDenied);
    EXPECT_EQ(ReasonOf(refused), "ROLE_NOT_ALLOWED");
    EXPECT_EQ(base::DetailsOf(refused).metadata.at("remedy"),
              "vraag het aan een poolcoordinator of beheerder");
  }
  for (const Role role : kRoles) EXPECT_TRUE(Authorize(User(role), kShow, circle_).ok());
}

// The whole table once more, as sentences that must stay true.
TEST_F(PolicyTest, WhoSeesNamesAndWhoChangesNothing) {
  for (const Role role : {Role::kProfessional, Role::kNetworkCoordinator, Role::kAuditor}) {
    EXPECT_FALSE(Authorize(User(role), kDisclose, circle_).ok());
  }
  const std::set<std::string> reading = {
      "List",  "Show",  "Search", "Exchanges", "Export", "Forks",      "Heads",
      "Proof", "Tiles", "Read",   "Tail",      "Status", "ListOwn",    "ListTokens",
      "ListDisclosures"};
  for (const Rule& rule : Rules()) {
    const std::string name(rule.method.substr(rule.method.rfind('/') + 1));
    const bool auditor =
        std::find(rule.roles.begin(), rule.roles.end(), Role::kAuditor) != rule.roles.end();
    EXPECT_TRUE(!auditor || reading.contains(name)) << rule.method;
    EXPECT_TRUE(name.find("Token") == std::string::npos || rule.roles.empty()) << rule.method;
  }
}

TEST_F(PolicyTest, AnotherCircleLooksLikeNone) {
  const auto refused = Authorize(User(Role::kPoolCoordinator), kPublish, other_circle_);
  EXPECT_EQ(refused, CircleUnknown());
  EXPECT_EQ(refused.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ReasonOf(refused), "CIRCLE_UNKNOWN");
  EXPECT_EQ(Authorize(User(Role::kAdmin), kIssue, other_circle_), CircleUnknown());
}

TEST_F(PolicyTest, ATokenOfOneCircleAsksNothingAboutTheNode) {
  for (const auto& [method, circle] :
       std::vector<std::pair<std::string, std::optional<eventstore::log::CircleId>>>{
           {"/poolcirkel.api.v1.NodeService/ListTokens", std::nullopt},
           {"/poolcirkel.api.v1.NodeService/ListTokens", circle_},
           {kIssue, std::nullopt},
           {"/poolcirkel.api.v1.LogService/Read", std::nullopt}}) {
    EXPECT_EQ(ReasonOf(Authorize(User(Role::kAdmin), method, circle)), "TOKEN_OF_ONE_CIRCLE")
        << method;
    EXPECT_TRUE(Authorize(OfNode(Role::kAdmin), method, circle).ok()) << method;
  }
  EXPECT_TRUE(Authorize(OfNode(Role::kAuditor), kShow, other_circle_).ok());
}

TEST_F(PolicyTest, ATokenOfOneCircleMayAskForItsShare) {
  // The service answers it with that circle and nothing else.
  EXPECT_TRUE(Authorize(User(Role::kPoolCoordinator), kStatus, std::nullopt).ok());
  EXPECT_EQ(Authorize(User(Role::kPoolCoordinator), kStatus, other_circle_), CircleUnknown());
  EXPECT_FALSE(Authorize(User(Role::kProfessional), kStatus, std::nullopt).ok());
}

TEST_F(PolicyTest, WhatIsNotInTheTableIsRefusedToAll) {
  for (const char* method : {"", "/", "/poolcirkel.api.v1.AssignmentService/publish",
                             "/poolcirkel.api.v1.X/Y", "/poolcirkel.peer.v1.PeerService/Pull"}) {
    for (const Role role : kRoles) {
      const auto refused = Authorize(OfNode(role), method, circle_);
      EXPECT_EQ(refused.code(), absl::StatusCode::kPermissionDenied) << method;
      EXPECT_EQ(ReasonOf(refused), "ROLE_NOT_ALLOWED");
    }
  }
}

}  // namespace
}  // namespace services::access
