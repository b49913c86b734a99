#include "services/commands/secondment_commands.h"

#include "eventstore/base/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/commands/records.h"
#include "tests/testing/members/story.h"
#include "tests/testing/members/world.h"

namespace services::commands {
namespace {

namespace api = poolcirkel::api::v1;
namespace assignment = services::domain::assignment;
namespace base = eventstore::base;
namespace secondment = services::domain::secondment;
using ::testing::HasSubstr;
using namespace tests::testing::members;  // the story reads as one

constexpr char kCircle[] = "randstad";
const absl::Time kNoDeadline = absl::InfiniteFuture();

std::string ReasonOf(const absl::Status& status) { return base::DetailsOf(status).reason; }

class SecondmentCommandsTest : public ::testing::Test {
 protected:
  SecondmentCommandsTest() {
    world_.Found(kCircle, {&coordinator_, &host_, &lender_, &second_lender_}, SampleRules());
    world_.Settle();
  }

  // A proposal of a professional of `lender` that every node knows.
  std::string Proposed(const std::string& assignment, Member& lender,
                       const std::string& pseudonym) {
    const auto professional = Register(lender, kCircle, pseudonym);
    EXPECT_TRUE(professional.ok()) << professional.status();
    const auto exchange = Propose(lender, kCircle, assignment, *professional);
    EXPECT_TRUE(exchange.ok()) << exchange.status();
    world_.Replicate();
    return *exchange;
  }
  std::string Published(int seats = 1) {
    const auto assignment = Publish(host_, kCircle, seats);
    EXPECT_TRUE(assignment.ok()) << assignment.status();
    world_.Replicate();
    return *assignment;
  }

  World world_;
  Member& coordinator_ = world_.Add("bzk-flex");
  Member& host_ = world_.Add("rotterdam");
  Member& lender_ = world_.Add("zuid-holland");
  Member& second_lender_ = world_.Add("amsterdam");
};

TEST_F(SecondmentCommandsTest, TheMainStoryEndsWithASecondmentThatIsEffective) {
  const std::string assignment_id = Published();
  const auto professional = Register(lender_, kCircle, "Reiger");
  ASSERT_TRUE(professional.ok()) << professional.status();
  const auto exchange = Propose(lender_, kCircle, assignment_id, *professional);
  ASSERT_TRUE(exchange.ok()) << exchange.status();
  world_.Replicate();
  EXPECT_EQ(FreeMinutes(coordinator_, kCircle, lender_, *professional, 51), kFullWeek);

  const auto selected = Select(host_, kCircle, *exchange);
  ASSERT_TRUE(selected.ok()) << selected.status();
  EXPECT_EQ(selected->seat(), 1);
  EXPECT_EQ(selected->selection(), 1);
  EXPECT_EQ(selected->confirm_by_microseconds(),
            absl::ToUnixMicros(world_.clock.Now() + absl::Hours(48)));
  world_.Replicate();
  const auto confirmed = Confirm(lender_, kCircle, *exchange);
  ASSERT_TRUE(confirmed.ok()) << confirmed.status();
  world_.Replicate();
  EXPECT_EQ(FreeMinutes(coordinator_, kCircle, lender_, *professional, 51), 0);

  const auto accepted = Accept(host_, kCircle, *exchange);
  ASSERT_TRUE(accepted.ok()) << accepted.status();
  EXPECT_FALSE(Look(host_, kCircle, *exchange).host_word.Current()->cosigned);
  world_.Settle();
  for (Member* member : world_.members()) {
    const auto seen = Look(*member, kCircle, *exchange);
    ASSERT_NE(seen.host_word.Current(), nullptr) << member->name();
    EXPECT_EQ(seen.host_word.Current()->status, secondment::SelectionStatus::kAccepted);
    EXPECT_TRUE(seen.host_word.Current()->cosigned) << member->name();
  }
}

TEST_F(SecondmentCommandsTest, AnExchangeThatIsNotHereIsNotCalledAnAssignment) {
  const std::string nowhere = "01a1fd76-8b70-7000-95f7-ba0294670000";
  for (const absl::Status& refused :
       {Select(host_, kCircle, nowhere).status(), Accept(host_, kCircle, nowhere).status(),
        Confirm(lender_, kCircle, nowhere).status()}) {
    EXPECT_EQ(ReasonOf(refused), "EXCHANGE_UNKNOWN");
    EXPECT_TRUE(base::DetailsOf(refused).retry_delay.has_value());
  }
}

TEST_F(SecondmentCommandsTest, TermsAreReadByThePartiesAndTheCoordinatorOnly) {
  const std::string exchange = Proposed(Published(), lender_, "Reiger");
  ASSERT_TRUE(Select(host_, kCircle, exchange).ok());
  world_.Replicate();
  for (Member* party : {&host_, &lender_, &coordinator_}) {
    const auto seen = Look(*party, kCircle, exchange);
    ASSERT_TRUE(seen.host_word.Current()->terms.has_value()) << party->name();
    EXPECT_EQ(seen.host_word.Current()->terms->weeks_size(), 3);
    EXPECT_EQ(seen.host_word.Current()->terms->start_date(), "2026-12-07");
  }
  const auto other = Look(second_lender_, kCircle, exchange);
  EXPECT_FALSE(other.host_word.Current()->terms.has_value());
}

TEST_F(SecondmentCommandsTest, ASecondLenderDoesNotGetTheSameSeat) {
  const std::string assignment_id = Published();
  const std::string first = Proposed(assignment_id, lender_, "Reiger");
  const std::string second = Proposed(assignment_id, second_lender_, "Aalscholver");
  ASSERT_TRUE(Select(host_, kCircle, first).ok());
  const auto refused = Select(host_, kCircle, second);
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(refused.status()), "SEAT_TAKEN");
  EXPECT_EQ(base::DetailsOf(refused.status()).metadata["exchange_id"], first);
}

TEST_F(SecondmentCommandsTest, TwoSeatsAreTwoPeople) {
  const std::string assignment_id = Published(2);
  const std::string first = Proposed(assignment_id, lender_, "Reiger");
  const std::string second = Proposed(assignment_id, second_lender_, "Aalscholver");
  EXPECT_EQ(Select(host_, kCircle, first)->seat(), 1);
  EXPECT_EQ(Select(host_, kCircle, second)->seat(), 2);
}

TEST_F(SecondmentCommandsTest, HoursArePromisedOnceAndTheWeeksAreNamed) {
  const auto professional = Register(lender_, kCircle, "Reiger", kFullWeek + 60);
  ASSERT_TRUE(professional.ok());
  std::vector<std::string> exchanges;
  for (int i = 0; i < 2; ++i) {
    const auto exchange = Propose(lender_, kCircle, Published(), *professional);
    ASSERT_TRUE(exchange.ok()) << exchange.status();
    exchanges.push_back(*exchange);
  }
  world_.Replicate();
  for (const auto& exchange : exchanges) ASSERT_TRUE(Select(host_, kCircle, exchange).ok());
  world_.Replicate();
  ASSERT_TRUE(Confirm(lender_, kCircle, exchanges[0]).ok());
  const auto refused = Confirm(lender_, kCircle, exchanges[1]);
  EXPECT_EQ(ReasonOf(refused.status()), "HOURS_PROMISED_TWICE");
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("2026-W50"));
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("2026-W52"));
}

TEST_F(SecondmentCommandsTest, StepsOutOfOrderAreRefused) {
  const std::string exchange = Proposed(Published(), lender_, "Reiger");
  EXPECT_EQ(ReasonOf(Confirm(lender_, kCircle, exchange).status()), "NOT_SELECTED");
  EXPECT_EQ(ReasonOf(Accept(host_, kCircle, exchange).status()), "NOT_SELECTED");
  ASSERT_TRUE(Select(host_, kCircle, exchange).ok());
  EXPECT_EQ(ReasonOf(Accept(host_, kCircle, exchange).status()), "NOT_CONFIRMED");
  EXPECT_EQ(ReasonOf(Select(host_, kCircle, exchange).status()), "ALREADY_SELECTED");
  world_.Replicate();
  ASSERT_TRUE(Confirm(lender_, kCircle, exchange).ok());
  EXPECT_EQ(ReasonOf(Confirm(lender_, kCircle, exchange).status()), "ALREADY_CONFIRMED");
  world_.Replicate();
  ASSERT_TRUE(Accept(host_, kCircle, exchange).ok());
  EXPECT_EQ(ReasonOf(Accept(host_, kCircle, exchange).status()), "ALREADY_ACCEPTED");
  EXPECT_EQ(ReasonOf(Decline(host_, kCircle, exchange).status()), "ALREADY_ACCEPTED");
}

TEST_F(SecondmentCommandsTest, StepsOfTheOtherSideAreRefused) {
  const std::string exchange = Proposed(Published(), lender_, "Reiger");
  EXPECT_FALSE(Select(lender_, kCircle, exchange).ok());
  EXPECT_FALSE(Select(second_lender_, kCircle, exchange).ok());
  ASSERT_TRUE(Select(host_, kCircle, exchange).ok());
  world_.Replicate();
  EXPECT_FALSE(Confirm(host_, kCircle, exchange).ok());
  EXPECT_FALSE(Confirm(second_lender_, kCircle, exchange).ok());
  EXPECT_FALSE(Accept(lender_, kCircle, exchange).ok());
}

TEST_F(SecondmentCommandsTest, ALenderConfirmsOnlyToAHostWhoseHeadIsFresh) {
  const std::string exchange = Proposed(Published(), lender_, "Reiger");
  ASSERT_TRUE(Select(host_, kCircle, exchange).ok());
  world_.Replicate();
  world_.clock.Advance(absl::Minutes(5));
  const auto refused = Confirm(lender_, kCircle, exchange);
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ReasonOf(refused.status()), "HOST_HEAD_STALE");
  world_.Replicate();
  EXPECT_TRUE(Confirm(lender_, kCircle, exchange).ok());
}

TEST_F(SecondmentCommandsTest, TheRequiredConsentMustBeAttested) {
  const std::string exchange = Proposed(Published(), lender_, "Reiger");
  ASSERT_TRUE(Select(host_, kCircle, exchange).ok());
  world_.Replicate();
  api::ConfirmSecondmentRequest request;
  request.mutable_header()->set_circle(kCircle);
  request.set_exchange_id(exchange);
  const auto refused = lender_.node.secondments->Confirm(request, Coordinator(), kNoDeadline);
  EXPECT_EQ(ReasonOf(refused.status()), "CONSENT_MISSING");
}

TEST_F(SecondmentCommandsTest, UnknownAndMalformedIdsAreRefused) {
  const std::string unknown = "01900000-0000-7000-8000-00000000abcd";
  EXPECT_EQ(Select(host_, kCircle, unknown).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Confirm(lender_, kCircle, unknown).status().code(), absl::StatusCode::kNotFound);
  const auto professional = Register(lender_, kCircle, "Reiger");
  EXPECT_EQ(ReasonOf(Propose(lender_, kCircle, unknown, *professional).status()),
            "ASSIGNMENT_UNKNOWN");
  EXPECT_EQ(ReasonOf(Propose(lender_, kCircle, Published(), unknown).status()),
            "PROFESSIONAL_UNKNOWN");
  EXPECT_EQ(Select(host_, kCircle, "geen uuid").status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Accept(host_, kCircle, "").status().code(), absl::StatusCode::kInvalidArgument);
}

// A member that writes under another's exchange id does not get into its place.
TEST_F(SecondmentCommandsTest, AnIdThatTwoMembersUseIsRefused) {
  const std::string exchange = Proposed(Published(), lender_, "Reiger");
  const auto circle = second_lender_.Circle(kCircle);
  const auto copied = Look(second_lender_, kCircle, exchange).candidacy;
  CommandRequest request;
  request.request = second_lender_.node.ids->New<eventstore::log::RequestId>();
  const auto forged = second_lender_.node.runner->Run(
      request, [&](Runner::Reader&) -> absl::StatusOr<domain::Decision> {
        domain::Decision decision;
        domain::NewEvent event;
        event.circle = circle->id;
        event.stream = copied.exchange;
        auto& body = *event.event.mutable_secondment_proposed();
        body.set_assignment_id(copied.assignment.bytes());
        body.set_host_member_id(copied.host.bytes());
        decision.events.push_back(event);
        return decision;
      });
  ASSERT_TRUE(forged.ok()) << forged.status();
  world_.Replicate();
  EXPECT_EQ(ReasonOf(Select(host_, kCircle, exchange).status()), "STREAM_CONFLICT");
  // The lender itself knows which one is its own.
  EXPECT_EQ(Look(lender_, kCircle, exchange).candidacy.feed, lender_.Circle(kCircle)->OwnFeed());
}

// Payloads that are no event stand in the way of nobody but their writer.
TEST_F(SecondmentCommandsTest, AnUnreadableEventOfAnotherMemberMeansNothing) {
  const std::string exchange = Proposed(Published(), lender_, "Reiger");
  const auto circle = lender_.Circle(kCircle);
  domain::NewEvent event;
  event.stream = Look(lender_, kCircle, exchange).candidacy.exchange;
  event.keys.exchange = eventstore::privacy::KeyOf(event.stream);
  event.event.mutable_proposal_withdrawn()->set_reason("onleesbaar");
  auto record = MakeRecord(
      {lender_.node.keys.get(), lender_.node.ids.get(), &world_.entropy, lender_.private_feed()},
      circle->OwnFeed(), event, Coordinator());
  ASSERT_TRUE(record.ok()) << record.status();
  record->payload = "\xff\xff\xff";
  eventstore::log::AppendRequest append;
  append.request = lender_.node.ids->New<eventstore::log::RequestId>();
  append.request_digest = std::string(32, 'd');
  append.records.push_back(*record);
  const auto appended = lender_.node.log->Append(std::move(append));
  ASSERT_TRUE(appended.ok()) << appended.status();
  world_.Settle();
  EXPECT_TRUE(Select(host_, kCircle, exchange).ok());
  // In an own feed it is damage, and nothing is decided on it.
  world_.Replicate();
  EXPECT_EQ(Confirm(lender_, kCircle, exchange).status().code(), absl::StatusCode::kDataLoss);
}

// A professional of another member cannot be put forward.
TEST_F(SecondmentCommandsTest, SomebodyElsesProfessionalIsUnknown) {
  const auto professional = Register(second_lender_, kCircle, "Aalscholver");
  world_.Replicate();
  const auto refused = Propose(lender_, kCircle, Published(), *professional);
  EXPECT_EQ(ReasonOf(refused.status()), "PROFESSIONAL_UNKNOWN");
}

TEST_F(SecondmentCommandsTest, AProposalIsWithdrawnBeforeItIsConfirmedOnly) {
  const std::string assignment_id = Published();
  const std::string exchange = Proposed(assignment_id, lender_, "Reiger");
  api::WithdrawProposalRequest request;
  request.mutable_header()->set_circle(kCircle);
  request.set_exchange_id(exchange);
  request.set_reason("Is elders nodig.");
  ASSERT_TRUE(lender_.node.secondments->Withdraw(request, Coordinator(), kNoDeadline).ok());
  world_.Replicate();
  EXPECT_EQ(ReasonOf(Select(host_, kCircle, exchange).status()), "ALREADY_WITHDRAWN");

  const std::string other = Proposed(assignment_id, lender_, "Fuut");
  ASSERT_TRUE(Select(host_, kCircle, other).ok());
  world_.Replicate();
  ASSERT_TRUE(Confirm(lender_, kCircle, other).ok());
  request.set_exchange_id(other);
  const auto refused = lender_.node.secondments->Withdraw(request, Coordinator(), kNoDeadline);
  EXPECT_EQ(ReasonOf(refused.status()), "ALREADY_CONFIRMED");
}

TEST_F(SecondmentCommandsTest, SelectingTwiceByOneRequestHoldsOneSeat) {
  const std::string exchange = Proposed(Published(2), lender_, "Reiger");
  api::SelectCandidacyRequest request;
  request.mutable_header()->set_circle(kCircle);
  request.mutable_header()->set_request_id("01900000-0000-7000-8000-000000000002");
  request.set_exchange_id(exchange);
  const auto first = host_.node.secondments->Select(request, Coordinator(), kNoDeadline);
  const auto second = host_.node.secondments->Select(request, Coordinator(), kNoDeadline);
  ASSERT_TRUE(first.ok() && second.ok()) << first.status() << second.status();
  EXPECT_TRUE(second->receipt().repeated());
  EXPECT_EQ(second->seat(), first->seat());
  EXPECT_EQ(second->selection(), first->selection());
  EXPECT_EQ(second->confirm_by_microseconds(), first->confirm_by_microseconds());
}

TEST_F(SecondmentCommandsTest, EitherSideEndsWithTheNoticeOfTheCharter) {
  const std::string exchange = Proposed(Published(), lender_, "Reiger");
  ASSERT_TRUE(Select(host_, kCircle, exchange).ok());
  world_.Replicate();
  ASSERT_TRUE(Confirm(lender_, kCircle, exchange).ok());
  world_.Replicate();
  ASSERT_TRUE(Accept(host_, kCircle, exchange).ok());
  world_.Settle();
  world_.clock.Advance(absl::Hours(24 * 18));  // 2026-12-08
  world_.Settle();
  api::EndSecondmentRequest request;
  request.mutable_header()->set_circle(kCircle);
  request.set_exchange_id(exchange);
  request.set_last_day("2026-12-09");
  request.set_reason("De opdracht is eerder klaar.");
  const auto refused = host_.node.secondments->End(request, Coordinator(), kNoDeadline);
  EXPECT_EQ(ReasonOf(refused.status()), "NOTICE_TOO_SHORT");
  request.clear_last_day();
  const auto ended = host_.node.secondments->End(request, Coordinator(), kNoDeadline);
  ASSERT_TRUE(ended.ok()) << ended.status();
  EXPECT_EQ(ended->last_day(), "2026-12-15");
  // A stranger to the exchange ends nothing.
  EXPECT_FALSE(coordinator_.node.secondments->End(request, Coordinator(), kNoDeadline).ok());
}

}  // namespace
}  // namespace services::commands
