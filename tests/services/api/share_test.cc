// What a token of one circle gets of the calls that are about the whole node.
#include "poolcirkel/api/v1/circle_service.grpc.pb.h"
#include "poolcirkel/api/v1/node_service.grpc.pb.h"
#include "tests/services/api/api_fixture.h"

namespace services::api {
namespace {

namespace v1 = ::poolcirkel::api::v1;
using access::Role;

class ShareTest : public ApiTest {
 protected:
  ShareTest() {
    node_status_.set_version("1.2.3");
    node_status_.set_member("rotterdam");
    node_status_.set_organisation("Gemeente Rotterdam");
    node_status_.set_serving(true);
    node_status_.set_started_at_microseconds(7);
    node_status_.add_problems("rijk: het logboek van zuid-holland is bevroren");
    for (const char* circle : {kRandstad, kRijk}) {
      auto* row = node_status_.add_circles();
      row->set_circle_id(CircleId(circle));
      row->set_short_name(circle);
      row->add_feeds()->set_member("zuid-holland");
      row->add_peers()->set_address("127.0.0.1:1");
    }
  }

  v1::NodeStatusResponse Status(const std::string& token) {
    const auto status = Call(With(token), &v1::NodeService::Stub::Status, v1::NodeStatusRequest());
    EXPECT_TRUE(status.ok()) << status.status();
    return status.ok() ? *status : v1::NodeStatusResponse();
  }
  std::vector<std::string> Circles(const std::string& token) {
    const auto answer = Call(With(token), &v1::CircleService::Stub::List, v1::ListCirclesRequest());
    EXPECT_TRUE(answer.ok()) << answer.status();
    std::vector<std::string> names;
    if (!answer.ok()) return names;
    for (const auto& row : answer->circles()) names.push_back(row.short_name());
    return names;
  }
};

TEST_F(ShareTest, StatusTellsAWholeNodeTokenEverything) {
  EXPECT_EQ(Status(Token(Role::kAdmin)).SerializeAsString(), node_status_.SerializeAsString());
  EXPECT_EQ(Status(Token(Role::kAuditor)).SerializeAsString(), node_status_.SerializeAsString());
}

TEST_F(ShareTest, StatusTellsATokenOfOneCircleThatCircleAndWhetherTheNodeServes) {
  for (const Role role :
       {Role::kPoolCoordinator, Role::kNetworkCoordinator, Role::kAuditor, Role::kAdmin}) {
    const v1::NodeStatusResponse share = Status(Token(role, kRandstad));
    v1::NodeStatusResponse expected = node_status_;
    expected.clear_problems();
    expected.mutable_circles()->RemoveLast();
    EXPECT_EQ(share.SerializeAsString(), expected.SerializeAsString());
    EXPECT_EQ(share.SerializeAsString().find(kRijk), std::string::npos);
    EXPECT_TRUE(share.serving());
  }
}

TEST_F(ShareTest, ListTellsATokenOfOneCircleOnlyThatCircle) {
  EXPECT_EQ(Circles(Token(Role::kAdmin)).size(), 2u);
  for (const Role role : access::kRoles) {
    EXPECT_EQ(Circles(Token(role, kRijk)), std::vector<std::string>{kRijk});
  }
}

TEST_F(ShareTest, OfACircleThatIsNotHereNothing) {
  access::TokenRequest request;
  request.user = "gast";
  request.role = Role::kAdmin;
  request.circle = eventstore::log::CircleId(std::array<uint8_t, 32>{1});
  const auto issued = tokens_->Issue(request, world_.clock.Now());
  ASSERT_TRUE(issued.ok()) << issued.status();
  EXPECT_EQ(Status(issued->text).circles_size(), 0);
  EXPECT_TRUE(Circles(issued->text).empty());
}

}  // namespace
}  // namespace services::api
