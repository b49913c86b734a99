// What a user sends wrong is told per field, by every service, and changes nothing.
#include "eventstore/base/errors.h"
#include "poolcirkel/api/v1/assignment_service.grpc.pb.h"
#include "poolcirkel/api/v1/circle_service.grpc.pb.h"
#include "poolcirkel/api/v1/log_service.grpc.pb.h"
#include "poolcirkel/api/v1/node_service.grpc.pb.h"
#include "poolcirkel/api/v1/secondment_service.grpc.pb.h"
#include "tests/services/api/api_fixture.h"
#include "tests/testing/members/story.h"

namespace services::api {
namespace {

namespace base = ::eventstore::base;
namespace v1 = ::poolcirkel::api::v1;
using access::Role;

class InputTest : public ApiTest {
 protected:
  InputTest() : caller_(With(Token(Role::kAdmin))) { before_ = OwnEvents(); }
  ~InputTest() override { EXPECT_EQ(OwnEvents(), before_); }

  static void ExpectFields(const absl::Status& refused, const std::vector<std::string>& fields) {
    EXPECT_TRUE(absl::IsInvalidArgument(refused)) << refused;
    std::vector<std::string> told;
    for (const auto& [field, rule] : base::DetailsOf(refused).field_violations) {
      told.push_back(field);
      EXPECT_FALSE(rule.empty()) << field;
    }
    EXPECT_EQ(told, fields) << refused;
  }
  template <typename Request>
  static Request InRandstad() {
    Request request;
    request.mutable_header()->set_circle(kRandstad);
    return request;
  }

  Prepare caller_;
  uint64_t before_ = 0;
};

TEST_F(InputTest, AllBrokenFieldsOfACommandAtOnce) {
  auto request = InRandstad<v1::PublishAssignmentRequest>();
  auto& assignment = *request.mutable_assignment();
  assignment = tests::testing::members::SampleAssignment();
  assignment.set_title("");
  assignment.set_end_date("2026-12-32");
  assignment.set_minutes_per_week(0);
  assignment.set_seats(101);
  ExpectFields(Call(caller_, &v1::AssignmentService::Stub::Publish, request).status(),
               {"assignment.title", "assignment.end_date", "assignment.minutes_per_week",
                "assignment.seats"});
}

TEST_F(InputTest, TheHeaderOfACommand) {
  auto request = InRandstad<v1::PublishAssignmentRequest>();
  *request.mutable_assignment() = tests::testing::members::SampleAssignment();
  request.mutable_header()->set_request_id("geen id");
  ExpectFields(Call(caller_, &v1::AssignmentService::Stub::Publish, request).status(),
               {"header.request_id"});
  request.mutable_header()->clear_request_id();
  request.mutable_header()->set_mandate(std::string(401, 'm'));
  ExpectFields(Call(caller_, &v1::AssignmentService::Stub::Publish, request).status(),
               {"header.mandate"});
}

TEST_F(InputTest, IdsThatAreNone) {
  auto withdraw = InRandstad<v1::WithdrawAssignmentRequest>();
  withdraw.set_reason("vervallen");
  ExpectFields(Call(caller_, &v1::AssignmentService::Stub::Withdraw, withdraw).status(),
               {"assignment_id"});
  auto propose = InRandstad<v1::ProposeSecondmentRequest>();
  propose.set_assignment_id("0190a6e4-3f1c-7abc-8def-0123456789ab");
  propose.set_professional_id("0190a6e4-3f1c-7abc-8def-0123456789a");
  ExpectFields(Call(caller_, &v1::SecondmentService::Stub::Propose, propose).status(),
               {"professional_id"});
  for (const char* id : {"", "x", "00000000-0000-0000-0000-000000000000"}) {
    auto accept = InRandstad<v1::AcceptSecondmentRequest>();
    accept.set_exchange_id(id);
    ExpectFields(Call(caller_, &v1::SecondmentService::Stub::Accept, accept).status(),
                 {"exchange_id"});
  }
}

TEST_F(InputTest, ACursorThatIsNone) {
  auto request = InRandstad<v1::ListAssignmentsRequest>();
  request.mutable_header()->mutable_at_least()->add_positions()->mutable_feed()->set_circle_id("x");
  ExpectFields(Call(caller_, &v1::AssignmentService::Stub::List, request).status(),
               {"header.at_least"});
}

TEST_F(InputTest, WhichPartOfTheLogIsRead) {
  v1::ReadLogRequest request;
  request.set_member("rotterdam");
  ExpectFields(CallAll(caller_, &v1::LogService::Stub::Read, request).status(), {"circle"});
  request.set_circle(kRandstad);
  request.set_limit(10'001);
  ExpectFields(CallAll(caller_, &v1::LogService::Stub::Read, request).status(), {"limit"});
  request.set_limit(0);
  request.set_stream_id("x");
  ExpectFields(CallAll(caller_, &v1::LogService::Stub::Read, request).status(), {"stream_id"});
  request.clear_stream_id();
  request.set_member("utrecht");
  const absl::Status unknown = CallAll(caller_, &v1::LogService::Stub::Read, request).status();
  EXPECT_EQ(base::DetailsOf(unknown).reason, "MEMBER_UNKNOWN") << unknown;
}

TEST_F(InputTest, TokensThatCannotBe) {
  v1::IssueTokenRequest request;
  request.set_user("gebruiker");
  request.set_role("baas");
  const auto issue = [&] {
    return Call(caller_, &v1::NodeService::Stub::IssueToken, request).status();
  };
  ExpectFields(issue(), {"role"});
  request.set_role("pool_coordinator");
  ExpectFields(issue(), {"circle"});
  request.set_circle(kRandstad);
  request.set_user("");
  ExpectFields(issue(), {"user"});
  request.set_user("gebruiker");
  for (const int days : {-1, 3651}) {
    request.set_valid_days(days);
    ExpectFields(issue(), {"valid_days"});
  }
  request.set_valid_days(3650);
  EXPECT_TRUE(issue().ok());
}

TEST_F(InputTest, AnInvitationThatIsNone) {
  v1::JoinRequest request;
  request.set_short_name("rotterdam");
  request.mutable_invitation()->set_circle_id("zz");
  request.mutable_invitation()->set_circle_short_name("Rand stad");
  ExpectFields(Call(caller_, &v1::CircleService::Stub::Join, request).status(),
               {"invitation.circle_id", "invitation.circle_short_name", "invitation.contacts"});
}

}  // namespace
}  // namespace services::api
