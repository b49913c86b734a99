#include "services/commands/session_commands.h"

#include "eventstore/base/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/members/story.h"
#include "tests/testing/members/world.h"

namespace services::commands {
namespace {

namespace api = poolcirkel::api::v1;
namespace base = eventstore::base;
namespace log = eventstore::log;
using tests::testing::members::Coordinator;
using tests::testing::members::Member;
using tests::testing::members::World;

const absl::Time kNoDeadline = absl::InfiniteFuture();

std::string ReasonOf(const absl::Status& status) { return base::DetailsOf(status).reason; }

class SessionCommandsTest : public ::testing::Test {
 protected:
  SessionCommandsTest() {
    world_.Found("randstad", {&host_, &guest_}, tests::testing::members::SampleRules());
    world_.Settle();
  }

  absl::StatusOr<std::string> Announce() {
    api::AnnounceSessionRequest request;
    request.mutable_header()->set_circle("randstad");
    auto& session = *request.mutable_session();
    session.set_kind(poolcirkel::event::v1::SESSION_KIND_TALK);
    session.set_title("Wat werkte in de fusie");
    session.set_date("2026-12-10");
    session.set_start_time("14:30");
    session.set_duration_minutes(90);
    session.set_place("Stadhuis");
    session.set_places(10);
    auto response = host_.node.sessions->Announce(request, Coordinator(), kNoDeadline);
    if (!response.ok()) return response.status();
    world_.Replicate();
    return response->receipt().id();
  }
  absl::StatusOr<api::SignUpResponse> SignUp(const std::string& session,
                                             const std::string& participant) {
    api::SignUpRequest request;
    request.mutable_header()->set_circle("randstad");
    request.set_session_id(session);
    request.set_participant(participant);
    return guest_.node.sessions->SignUp(request, Coordinator(), kNoDeadline);
  }

  World world_;
  Member& host_ = world_.Add("amsterdam");
  Member& guest_ = world_.Add("rotterdam");
};

TEST_F(SessionCommandsTest, AMemberSignsUpSomebodyWhomOnlyItCanName) {
  const auto session = Announce();
  ASSERT_TRUE(session.ok()) << session.status();
  const auto signed_up = SignUp(*session, "Iemand van Beheer");
  ASSERT_TRUE(signed_up.ok()) << signed_up.status();
  EXPECT_EQ(ReasonOf(SignUp(*session, "Iemand van Beheer").status()), "ALREADY_SIGNED_UP");
  EXPECT_TRUE(SignUp(*session, "Iemand van Advies").ok());
  world_.Replicate();
  const auto events =
      host_.node.log->ReadFeed(guest_.Circle("randstad")->OwnFeed(), log::Sequence(0), 100);
  ASSERT_TRUE(events.ok());
  for (const auto& event : *events) {
    EXPECT_EQ(event.bytes.find("Iemand van"), std::string::npos);
  }
}

TEST_F(SessionCommandsTest, ASignUpIsWithdrawnOnceAndByItsMemberOnly) {
  const auto session = Announce();
  ASSERT_TRUE(session.ok());
  const auto signed_up = SignUp(*session, "Iemand van Beheer");
  ASSERT_TRUE(signed_up.ok());
  world_.Replicate();
  api::WithdrawSignUpRequest request;
  request.mutable_header()->set_circle("randstad");
  request.set_sign_up_id(signed_up->receipt().id());
  EXPECT_EQ(
      ReasonOf(host_.node.sessions->WithdrawSignUp(request, Coordinator(), kNoDeadline).status()),
      "SIGN_UP_UNKNOWN");
  EXPECT_TRUE(guest_.node.sessions->WithdrawSignUp(request, Coordinator(), kNoDeadline).ok());
  EXPECT_EQ(
      ReasonOf(guest_.node.sessions->WithdrawSignUp(request, Coordinator(), kNoDeadline).status()),
      "ALREADY_WITHDRAWN");
}

TEST_F(SessionCommandsTest, ACancelledSessionTakesNobody) {
  const auto session = Announce();
  ASSERT_TRUE(session.ok());
  api::CancelSessionRequest request;
  request.mutable_header()->set_circle("randstad");
  request.set_session_id(*session);
  request.set_reason("De spreker is ziek.");
  EXPECT_EQ(ReasonOf(guest_.node.sessions->Cancel(request, Coordinator(), kNoDeadline).status()),
            "NOT_THE_HOST");
  const auto cancelled = host_.node.sessions->Cancel(request, Coordinator(), kNoDeadline);
  ASSERT_TRUE(cancelled.ok()) << cancelled.status();
  EXPECT_EQ(cancelled->receipt().revision(), 2);
  world_.Replicate();
  EXPECT_EQ(ReasonOf(SignUp(*session, "Iemand").status()), "SESSION_CANCELLED");
}

TEST_F(SessionCommandsTest, AnUnknownSessionIsSaidToBeUnknown) {
  EXPECT_EQ(ReasonOf(SignUp("01900000-0000-7000-8000-00000000abcd", "Iemand").status()),
            "SESSION_UNKNOWN");
  EXPECT_EQ(SignUp("", "Iemand").status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace services::commands
