#include "services/commands/runner.h"

#include <thread>
#include <vector>

#include "eventstore/base/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/members/story.h"
#include "tests/testing/members/world.h"

namespace services::commands {
namespace {

namespace api = poolcirkel::api::v1;
namespace base = eventstore::base;
using tests::testing::members::Coordinator;
using tests::testing::members::Member;
using tests::testing::members::SampleAssignment;
using tests::testing::members::World;

constexpr char kRequestId[] = "01900000-0000-7000-8000-000000000001";
const absl::Time kNoDeadline = absl::InfiniteFuture();

std::string ReasonOf(const absl::Status& status) { return base::DetailsOf(status).reason; }

class RunnerTest : public ::testing::Test {
 protected:
  RunnerTest() {
    world_.Found("randstad", {&member_, &other_}, tests::testing::members::SampleRules());
  }

  api::PublishAssignmentRequest Request(const std::string& request_id = "") {
    api::PublishAssignmentRequest request;
    request.mutable_header()->set_circle("randstad");
    request.mutable_header()->set_request_id(request_id);
    *request.mutable_assignment() = SampleAssignment();
    return request;
  }
  absl::StatusOr<api::PublishAssignmentResponse> Publish(
      const api::PublishAssignmentRequest& request) {
    return member_.node.assignments->Publish(request, Coordinator(), kNoDeadline);
  }
  uint64_t FeedSize() { return member_.node.log->Size(member_.Circle("randstad")->OwnFeed()); }

  World world_;
  Member& member_ = world_.Add("rotterdam");
  Member& other_ = world_.Add("zuid-holland");
};

TEST_F(RunnerTest, ExecutesARequestOnceAlsoAfterARestart) {
  const auto first = Publish(Request(kRequestId));
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_FALSE(first->receipt().repeated());
  EXPECT_EQ(first->receipt().request_id(), kRequestId);
  EXPECT_EQ(first->receipt().revision(), 1);
  const uint64_t size = FeedSize();

  member_.Restart();
  const auto second = Publish(Request(kRequestId));
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_TRUE(second->receipt().repeated());
  EXPECT_EQ(second->receipt().id(), first->receipt().id());
  EXPECT_EQ(second->receipt().revision(), first->receipt().revision());
  EXPECT_EQ(second->receipt().cursor().SerializeAsString(),
            first->receipt().cursor().SerializeAsString());
  EXPECT_EQ(FeedSize(), size);
}

TEST_F(RunnerTest, RefusesARequestIdThatBelongsToAnotherRequest) {
  ASSERT_TRUE(Publish(Request(kRequestId)).ok());
  auto other = Request(kRequestId);
  other.mutable_assignment()->set_title("Iets anders");
  const auto refused = Publish(other);
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(ReasonOf(refused.status()), "REQUEST_ID_REUSED");
}

TEST_F(RunnerTest, RefusesARequestIdThatIsNoUuid) {
  const auto refused = Publish(Request("een"));
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kInvalidArgument);
  const auto details = base::DetailsOf(refused.status());
  ASSERT_EQ(details.field_violations.size(), 1);
  EXPECT_EQ(details.field_violations[0].first, "header.request_id");
}

TEST_F(RunnerTest, MakesItsOwnRequestIdWhenThereIsNone) {
  const auto first = Publish(Request());
  const auto second = Publish(Request());
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_NE(first->receipt().id(), second->receipt().id());
  EXPECT_NE(first->receipt().request_id(), second->receipt().request_id());
}

TEST_F(RunnerTest, TellsTheCurrentRevisionToWhoExpectedAnother) {
  const auto published = Publish(Request());
  ASSERT_TRUE(published.ok());
  api::WithdrawAssignmentRequest withdraw;
  withdraw.mutable_header()->set_circle("randstad");
  withdraw.mutable_header()->set_expected_revision(7);
  withdraw.set_assignment_id(published->receipt().id());
  withdraw.set_reason("De vraag is vervallen.");
  const auto refused = member_.node.assignments->Withdraw(withdraw, Coordinator(), kNoDeadline);
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(ReasonOf(refused.status()), "STALE_REVISION");
  EXPECT_EQ(base::DetailsOf(refused.status()).metadata["current_revision"], "1");

  withdraw.mutable_header()->set_expected_revision(1);
  const auto done = member_.node.assignments->Withdraw(withdraw, Coordinator(), kNoDeadline);
  ASSERT_TRUE(done.ok()) << done.status();
  EXPECT_EQ(done->receipt().revision(), 2);
}

TEST_F(RunnerTest, SaysNothingElseOfAnUnknownCircleThanOfAForbiddenOne) {
  auto request = Request();
  request.mutable_header()->set_circle("elders");
  const auto unknown = Publish(request);
  EXPECT_EQ(unknown.status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ReasonOf(unknown.status()), "CIRCLE_UNKNOWN");
}

// Ten threads send one request at the same time.
TEST_F(RunnerTest, ExecutesARequestOnceWhenItIsSentManyTimesAtOnce) {
  const uint64_t before = FeedSize();
  std::vector<absl::StatusOr<api::PublishAssignmentResponse>> answers(
      10, absl::UnknownError("not sent"));
  std::vector<std::thread> threads;
  for (auto& answer : answers) {
    threads.emplace_back([this, &answer] { answer = Publish(Request(kRequestId)); });
  }
  for (auto& thread : threads) thread.join();
  int executed = 0;
  for (const auto& answer : answers) {
    ASSERT_TRUE(answer.ok()) << answer.status();
    EXPECT_EQ(answer->receipt().id(), answers[0]->receipt().id());
    executed += answer->receipt().repeated() ? 0 : 1;
  }
  EXPECT_EQ(executed, 1);
  EXPECT_EQ(FeedSize(), before + 1);
}

// A stream that grows between reading and appending is read and decided on again.
TEST_F(RunnerTest, DecidesAgainWhenTheStreamGrewMeanwhile) {
  const auto published = Publish(Request());
  ASSERT_TRUE(published.ok());
  const auto circle = member_.Circle("randstad");
  const auto stream = *base::ParseUuid<eventstore::log::StreamId>(published->receipt().id());
  int attempts = 0;
  const auto withdraw = [&](Runner::Reader& reader) -> absl::StatusOr<domain::Decision> {
    const auto events = reader.Stream(circle->OwnFeed(), stream);
    if (!events.ok()) return events.status();
    domain::Decision decision;
    domain::NewEvent event;
    event.circle = circle->id;
    event.stream = stream;
    event.event.mutable_assignment_withdrawn()->set_reason("poging " + std::to_string(++attempts));
    decision.events.push_back(event);
    if (attempts == 1) {
      CommandRequest between;
      between.request = member_.node.ids->New<eventstore::log::RequestId>();
      const auto done = member_.node.runner->Run(
          between, [&](Runner::Reader&) -> absl::StatusOr<domain::Decision> { return decision; });
      EXPECT_TRUE(done.ok()) << done.status();
    }
    return decision;
  };
  CommandRequest request;
  request.request = member_.node.ids->New<eventstore::log::RequestId>();
  const auto result = member_.node.runner->Run(request, withdraw);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(attempts, 2);
  EXPECT_EQ(result->revision, 3);
  ASSERT_EQ(result->events.size(), 1);
  EXPECT_EQ(result->events[0].past.event.assignment_withdrawn().reason(), "poging 2");
}

TEST_F(RunnerTest, AppendsNothingWhileTheFeedIsLocked) {
  ASSERT_TRUE(Publish(Request()).ok());
  const uint64_t size = FeedSize();
  member_.Restart();
  const auto refused = Publish(Request());
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ReasonOf(refused.status()), "FEED_LOCKED");
  EXPECT_EQ(FeedSize(), size);
  member_.Unlock();
  EXPECT_TRUE(Publish(Request()).ok());
}

}  // namespace
}  // namespace services::commands
