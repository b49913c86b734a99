#include "services/api/gate.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/errors.h"
#include "eventstore/base/id.h"
#include "poolcirkel/api/v1/assignment_service.grpc.pb.h"
#include "poolcirkel/api/v1/circle_service.grpc.pb.h"
#include "poolcirkel/api/v1/log_service.grpc.pb.h"
#include "poolcirkel/api/v1/node_service.grpc.pb.h"
#include "poolcirkel/api/v1/session_service.grpc.pb.h"
#include "tests/services/api/api_fixture.h"
#include "tests/testing/members/story.h"

namespace services::api {
namespace {

namespace base = ::eventstore::base;
namespace v1 = ::poolcirkel::api::v1;
using access::Role;

std::string ReasonOf(const absl::Status& status) { return base::DetailsOf(status).reason; }

class GateTest : public ApiTest {
 protected:
  absl::Status List(const Prepare& prepare, const std::string& circle = kRandstad) {
    v1::ListAssignmentsRequest request;
    request.mutable_header()->set_circle(circle);
    return Call(prepare, &v1::AssignmentService::Stub::List, request).status();
  }
  absl::Status Publish(const std::string& token, const std::string& circle = kRandstad) {
    v1::PublishAssignmentRequest request;
    request.mutable_header()->set_circle(circle);
    *request.mutable_assignment() = tests::testing::members::SampleAssignment();
    return Call(With(token), &v1::AssignmentService::Stub::Publish, request).status();
  }
};

TEST_F(GateTest, WithoutATokenNobodyIsLetIn) {
  const std::string token = Token(Role::kAdmin);
  const auto header = [](const std::string& name, const std::string& value) {
    return [name, value](grpc::ClientContext& context) { context.AddMetadata(name, value); };
  };
  const auto twice = [&](grpc::ClientContext& context) {
    context.AddMetadata("authorization", "Bearer " + token);
    context.AddMetadata("authorization", "Bearer " + token);
  };
  for (const Prepare& prepare :
       {Prepare([](grpc::ClientContext&) {}), Prepare(header("authorization", token)),
        Prepare(header("authorization", "Basic " + token)), Prepare(header("token", token)),
        Prepare(header("authorization", "bearer " + token)), Prepare(twice)}) {
    const absl::Status refused = List(prepare);
    EXPECT_TRUE(absl::IsUnauthenticated(refused)) << refused;
    EXPECT_EQ(ReasonOf(refused), "TOKEN_MISSING") << refused;
    EXPECT_FALSE(base::DetailsOf(refused).metadata["remedy"].empty());
  }
  EXPECT_TRUE(List(With(token)).ok());
}

TEST_F(GateTest, AWrongTokenIsNotLetIn) {
  const std::string token = Token(Role::kAdmin);
  std::string changed = token;
  changed.back() = changed.back() == '0' ? '1' : '0';
  for (const std::string& wrong : {std::string(), std::string("pc_0"), changed, token + "0",
                                   token.substr(0, 20), std::string(10'000, 'f')}) {
    const absl::Status refused = List(With(wrong));
    EXPECT_TRUE(absl::IsUnauthenticated(refused)) << refused;
    EXPECT_EQ(ReasonOf(refused), "TOKEN_UNKNOWN") << refused;
  }
}

TEST_F(GateTest, ARevokedAndAnExpiredTokenSaySo) {
  const std::string revoked = Token(Role::kAdmin);
  ASSERT_TRUE(List(With(revoked)).ok());
  v1::RevokeTokenRequest revoke;
  revoke.set_token_id(IdOf(revoked));
  const std::string admin = Token(Role::kAdmin);
  ASSERT_TRUE(Call(With(admin), &v1::NodeService::Stub::RevokeToken, revoke).ok());
  EXPECT_EQ(ReasonOf(List(With(revoked))), "TOKEN_REVOKED");

  const auto brief = tokens_->Issue(
      {.user = "kort", .role = Role::kAdmin, .valid_for = absl::Hours(1)}, world_.clock.Now());
  ASSERT_TRUE(brief.ok()) << brief.status();
  EXPECT_TRUE(List(With(brief->text)).ok());
  world_.clock.Advance(absl::Hours(1));
  EXPECT_EQ(ReasonOf(List(With(brief->text))), "TOKEN_EXPIRED");
}

TEST_F(GateTest, ARoleThatMayNotIsToldWhoMay) {
  const uint64_t before = OwnEvents();
  for (const Role role : {Role::kAuditor, Role::kNetworkCoordinator, Role::kProfessional}) {
    const absl::Status refused = Publish(Token(role, kRandstad));
    EXPECT_TRUE(absl::IsPermissionDenied(refused)) << refused;
    EXPECT_EQ(ReasonOf(refused), "ROLE_NOT_ALLOWED") << refused;
    EXPECT_EQ(base::DetailsOf(refused).metadata["role"], access::RoleName(role));
    EXPECT_NE(base::DetailsOf(refused).metadata["remedy"].find("poolcoordinator"),
              std::string::npos);
  }
  EXPECT_EQ(OwnEvents(), before);
  const absl::Status published = Publish(Token(Role::kPoolCoordinator, kRandstad));
  EXPECT_TRUE(published.ok()) << published;
  EXPECT_GT(OwnEvents(), before);
}

TEST_F(GateTest, AnotherCircleAnswersAsOneThatDoesNotExist) {
  const Prepare one = With(Token(Role::kPoolCoordinator, kRandstad));
  EXPECT_TRUE(List(one, CircleId(kRandstad)).ok());
  const std::vector<std::string> circles = {"nergens", kRijk, CircleId(kRijk),
                                            std::string(64, 'a')};
  const auto ask = [&](const std::string& circle) {
    v1::ShowCircleRequest show;
    show.set_circle(circle);
    v1::LogHeadsRequest heads;
    heads.set_circle(circle);
    v1::ReadLogRequest read;
    read.set_circle(circle);
    v1::TailLogRequest tail;
    tail.set_circle(circle);
    v1::WithdrawAssignmentRequest withdraw;
    withdraw.mutable_header()->set_circle(circle);
    return std::vector<absl::Status>{
        List(one, circle),
        Call(one, &v1::CircleService::Stub::Show, show).status(),
        Call(one, &v1::LogService::Stub::Heads, heads).status(),
        CallAll(one, &v1::LogService::Stub::Read, read).status(),
        CallAll(one, &v1::LogService::Stub::Tail, tail).status(),
        Call(one, &v1::AssignmentService::Stub::Withdraw, withdraw).status(),
    };
  };
  const absl::Status unknown = access::CircleUnknown();
  for (const std::string& circle : circles) {
    for (const absl::Status& refused : ask(circle)) {
      // Down to the last byte of the details.
      EXPECT_EQ(refused, unknown) << circle << ": " << refused;
    }
  }
}

TEST_F(GateTest, ATokenOfOneCircleAsksNothingAboutMore) {
  const Prepare one = With(Token(Role::kAdmin, kRandstad));
  EXPECT_EQ(
      ReasonOf(Call(one, &v1::NodeService::Stub::ListTokens, v1::ListTokensRequest()).status()),
      "TOKEN_OF_ONE_CIRCLE");
  // Without a circle it would be the private feed.
  EXPECT_EQ(ReasonOf(CallAll(one, &v1::LogService::Stub::Read, v1::ReadLogRequest()).status()),
            "TOKEN_OF_ONE_CIRCLE");
  v1::IssueTokenRequest issue;
  issue.set_user("ander");
  issue.set_role("admin");
  EXPECT_EQ(ReasonOf(Call(one, &v1::NodeService::Stub::IssueToken, issue).status()),
            "TOKEN_OF_ONE_CIRCLE");
}

TEST_F(GateTest, WhoCalledIsToldOnlyOnceItIsKnown) {
  const std::string token = Token(Role::kAdmin);
  ASSERT_TRUE(List(With(token)).ok());
  ASSERT_FALSE(List(With("pc_0")).ok());
  ASSERT_FALSE(List(With(token), "nergens").ok());
  const auto calls = ended();
  ASSERT_EQ(calls.size(), 3u);
  for (const auto& call : calls) {
    EXPECT_EQ(call.method, "/poolcirkel.api.v1.AssignmentService/List");
  }
  EXPECT_EQ(calls[0].token, IdOf(token));
  EXPECT_TRUE(calls[0].outcome.ok());
  EXPECT_EQ(calls[1].token, "");
  EXPECT_EQ(ReasonOf(calls[1].outcome), "TOKEN_UNKNOWN");
  EXPECT_EQ(ReasonOf(calls[2].outcome), "CIRCLE_UNKNOWN");
}

TEST_F(GateTest, ACallEndsAtItsDeadlineAndNeverLaterThanTheNodes) {
  // The client counts by the clock of the machine.
  const absl::Time now = base::SystemClock().Now();
  world_.clock.Set(now);
  const std::string token = Token(Role::kAdmin);
  v1::ListSessionsRequest request;
  request.mutable_header()->set_circle(kRandstad);
  const auto deadline_for = [&](std::optional<absl::Time> stated) {
    deadline_.reset();
    const Prepare prepare = [&](grpc::ClientContext& context) {
      With(token)(context);
      if (stated) context.set_deadline(absl::ToChronoTime(*stated));
    };
    const auto answer = Call(prepare, &v1::SessionService::Stub::List, request);
    EXPECT_TRUE(answer.ok()) << answer.status();
    return deadline_.value_or(absl::InfinitePast());
  };
  EXPECT_EQ(deadline_for(std::nullopt), now + absl::Seconds(30));
  EXPECT_EQ(deadline_for(now + absl::Hours(2)), now + absl::Seconds(30));
  // On its way it is rounded and a little time passes: the stated end is in it, the
  // node's own is not.
  const absl::Time soon = deadline_for(now + absl::Seconds(20));
  EXPECT_GT(soon, now + absl::Seconds(10));
  EXPECT_LT(soon, now + absl::Seconds(29));
}

TEST_F(GateTest, ACallWhoseTimeIsUpIsNotAnswered) {
  const std::string token = Token(Role::kAdmin);
  const uint64_t before = OwnEvents();
  const absl::Status late = List([&](grpc::ClientContext& context) {
    With(token)(context);
    context.set_deadline(absl::ToChronoTime(base::SystemClock().Now() - absl::Seconds(1)));
  });
  EXPECT_TRUE(absl::IsDeadlineExceeded(late)) << late;
  EXPECT_EQ(OwnEvents(), before);
}

}  // namespace
}  // namespace services::api
