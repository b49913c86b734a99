#include "eventstore/base/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/policies/policy_runner.h"
#include "tests/testing/eventually.h"
#include "tests/testing/members/story.h"
#include "tests/testing/members/world.h"

namespace services::policies {
namespace {

namespace api = poolcirkel::api::v1;
namespace base = eventstore::base;
namespace log = eventstore::log;
namespace secondment = services::domain::secondment;
using secondment::SelectionStatus;
using namespace tests::testing::members;  // the story reads as one

constexpr char kCircle[] = "randstad";
const absl::Time kNoDeadline = absl::InfiniteFuture();

class PoliciesTest : public ::testing::Test {
 protected:
  PoliciesTest() {
    world_.Found(kCircle, {&coordinator_, &host_, &lender_, &other_}, SampleRules());
    world_.Settle();
  }

  // A proposal that the host selected, known everywhere.
  void SelectOne() {
    const auto assignment = Publish(host_, kCircle);
    const auto professional = Register(lender_, kCircle, "Reiger");
    world_.Replicate();
    const auto exchange = Propose(lender_, kCircle, *assignment, *professional);
    ASSERT_TRUE(exchange.ok()) << exchange.status();
    assignment_ = *assignment;
    professional_ = *professional;
    exchange_ = *exchange;
    world_.Replicate();
    const auto selected = Select(host_, kCircle, exchange_);
    ASSERT_TRUE(selected.ok()) << selected.status();
    world_.Settle();
  }
  void ConfirmOne() {
    SelectOne();
    const auto confirmed = Confirm(lender_, kCircle, exchange_);
    ASSERT_TRUE(confirmed.ok()) << confirmed.status();
    world_.Settle();
  }
  void AcceptOne() {
    ConfirmOne();
    const auto accepted = Accept(host_, kCircle, exchange_);
    ASSERT_TRUE(accepted.ok()) << accepted.status();
  }
  SelectionStatus StatusAt(Member& viewer) {
    return Look(viewer, kCircle, exchange_).host_word.Current()->status;
  }
  int64_t FreeAt(Member& viewer) {
    return FreeMinutes(viewer, kCircle, lender_, professional_, 51);
  }
  static int CountOf(Member& member, const log::FeedId& feed, const std::string& type) {
    int count = 0;
    const auto events = member.node.log->ReadFeed(feed, log::Sequence(0), 1000);
    for (const auto& event : *events) count += event.type == type ? 1 : 0;
    return count;
  }
  void ExpectNoPolicyFails() {
    for (Member* member : world_.members()) {
      for (const auto& status : member->node.policies->Status()) {
        EXPECT_TRUE(status.last.ok()) << member->name() << " " << status.name << status.last;
      }
    }
  }

  World world_;
  Member& coordinator_ = world_.Add("bzk-flex");
  Member& host_ = world_.Add("rotterdam");
  Member& lender_ = world_.Add("zuid-holland");
  Member& other_ = world_.Add("amsterdam");
  std::string assignment_;
  std::string professional_;
  std::string exchange_;
};

TEST_F(PoliciesTest, AnAcceptanceIsEffectiveOnceMoreThanHalfOfTheOthersCosigned) {
  ConfirmOne();
  // One of three others is not more than half.
  lender_.online = false;
  other_.online = false;
  ASSERT_TRUE(Accept(host_, kCircle, exchange_).ok());
  world_.Settle();
  EXPECT_FALSE(Look(host_, kCircle, exchange_).host_word.Current()->cosigned);
  other_.online = true;
  world_.Settle();
  EXPECT_TRUE(Look(host_, kCircle, exchange_).host_word.Current()->cosigned);
  world_.Settle();
  EXPECT_EQ(CountOf(host_, host_.Circle(kCircle)->OwnFeed(), "acceptance_cosigned"), 1);
  ExpectNoPolicyFails();
}

TEST_F(PoliciesTest, ASelectionExpiresAtItsLimitAndTheSeatIsFree) {
  SelectOne();
  world_.clock.Advance(absl::Hours(47));
  world_.Settle();
  EXPECT_EQ(StatusAt(host_), SelectionStatus::kHeld);
  world_.clock.Advance(absl::Hours(2));
  world_.Settle();
  EXPECT_EQ(StatusAt(host_), SelectionStatus::kExpired);
  const auto refused = Confirm(lender_, kCircle, exchange_);
  EXPECT_EQ(base::DetailsOf(refused.status()).reason, "SELECTION_EXPIRED");
  // Selected again it has another number.
  const auto again = Select(host_, kCircle, exchange_);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->selection(), 2);
  ExpectNoPolicyFails();
}

TEST_F(PoliciesTest, HoursComeFreeOnlyAfterTheHostSpoke) {
  ConfirmOne();
  EXPECT_EQ(FreeAt(other_), 0);
  // The host is silent far beyond every limit: the lender keeps its promise.
  host_.online = false;
  world_.clock.Advance(absl::Hours(24 * 10));
  world_.Settle();
  EXPECT_EQ(FreeAt(other_), 0);
  EXPECT_EQ(Look(lender_, kCircle, exchange_).candidacy.status, secondment::Status::kConfirmed);
  // It is back, expires the selection, and then the hours are free.
  host_.online = true;
  world_.Settle();
  EXPECT_EQ(StatusAt(lender_), SelectionStatus::kExpired);
  EXPECT_EQ(FreeAt(other_), kFullWeek);
  EXPECT_EQ(FreeAt(host_), kFullWeek);
  EXPECT_EQ(CountOf(lender_, lender_.Circle(kCircle)->OwnFeed(), "confirmation_released"), 1);
  ExpectNoPolicyFails();
}

TEST_F(PoliciesTest, ADeclineFreesTheHoursToo) {
  ConfirmOne();
  ASSERT_TRUE(Decline(host_, kCircle, exchange_).ok());
  world_.Settle();
  EXPECT_EQ(FreeAt(host_), kFullWeek);
  EXPECT_EQ(Look(host_, kCircle, exchange_).candidacy.status, secondment::Status::kProposed);
}

// A host that was down does not know what was confirmed in time meanwhile.
TEST_F(PoliciesTest, AHostThatWasDownHearsTheLenderBeforeItExpires) {
  SelectOne();
  host_.online = false;
  ASSERT_TRUE(Confirm(lender_, kCircle, exchange_).ok());
  host_.Restart();
  host_.Unlock();
  world_.clock.Advance(absl::Hours(49));
  for (int i = 0; i < 3; ++i) {
    host_.node.policies->RunOnce();
    world_.clock.Advance(absl::Minutes(1));
  }
  EXPECT_EQ(StatusAt(host_), SelectionStatus::kHeld);
  // It hears: confirmed in time, so it has a day to accept, from the confirmation on;
  // that day is over as well.
  host_.online = true;
  world_.Settle();
  world_.clock.Advance(absl::Minutes(1));
  world_.Settle();
  EXPECT_EQ(StatusAt(host_), SelectionStatus::kExpired);
  EXPECT_EQ(FreeAt(host_), kFullWeek);
}

TEST_F(PoliciesTest, NothingIsWrittenWhileTheFeedIsLockedAndAllOfItAfterwards) {
  SelectOne();
  host_.Restart();
  world_.clock.Advance(absl::Hours(49));
  world_.Settle();
  world_.clock.Advance(absl::Minutes(1));
  world_.Settle();
  EXPECT_EQ(StatusAt(host_), SelectionStatus::kHeld);
  ExpectNoPolicyFails();
  host_.Unlock();
  world_.clock.Advance(absl::Seconds(1));
  world_.Settle();
  EXPECT_EQ(StatusAt(host_), SelectionStatus::kExpired);
}

TEST_F(PoliciesTest, ReactionsAreNotRepeatedAfterARestart) {
  AcceptOne();
  world_.Settle();
  const auto feed = host_.Circle(kCircle)->OwnFeed();
  const uint64_t size = host_.node.log->Size(feed);
  for (Member* member : world_.members()) {
    member->Restart();
    member->Unlock();
  }
  world_.clock.Advance(absl::Minutes(1));
  world_.Settle();
  EXPECT_EQ(host_.node.log->Size(feed), size);
  EXPECT_TRUE(Look(other_, kCircle, exchange_).host_word.Current()->cosigned);
}

TEST_F(PoliciesTest, TheLenderFollowsAnEndOfTheHost) {
  AcceptOne();
  world_.Settle();
  world_.clock.Advance(absl::Hours(24 * 14));  // 2026-12-04
  world_.Settle();
  api::EndSecondmentRequest request;
  request.mutable_header()->set_circle(kCircle);
  request.set_exchange_id(exchange_);
  request.set_last_day("2026-12-13");  // Sunday of W50
  request.set_reason("De opdracht is eerder klaar.");
  const auto ended = host_.node.secondments->End(request, Coordinator(), kNoDeadline);
  ASSERT_TRUE(ended.ok()) << ended.status();
  world_.Settle();
  EXPECT_EQ(Look(other_, kCircle, exchange_).candidacy.status, secondment::Status::kEnded);
  EXPECT_EQ(FreeAt(other_), kFullWeek);
  EXPECT_EQ(FreeMinutes(other_, kCircle, lender_, professional_, 50), 0);
  ExpectNoPolicyFails();
}

TEST_F(PoliciesTest, TheHostFollowsAnEndOfTheLender) {
  AcceptOne();
  world_.Settle();
  world_.clock.Advance(absl::Hours(24 * 14));
  world_.Settle();
  api::EndSecondmentRequest request;
  request.mutable_header()->set_circle(kCircle);
  request.set_exchange_id(exchange_);
  request.set_last_day("2026-12-13");
  request.set_reason("Is langdurig ziek.");
  const auto ended = lender_.node.secondments->End(request, Coordinator(), kNoDeadline);
  ASSERT_TRUE(ended.ok()) << ended.status();
  world_.Settle();
  EXPECT_EQ(StatusAt(other_), SelectionStatus::kEnded);
  EXPECT_EQ(FreeAt(other_), kFullWeek);
  EXPECT_EQ(CountOf(host_, host_.Circle(kCircle)->OwnFeed(), "secondment_ended"), 1);
  EXPECT_EQ(CountOf(lender_, lender_.Circle(kCircle)->OwnFeed(), "secondment_ended"), 1);
  ExpectNoPolicyFails();
}

TEST_F(PoliciesTest, SignUpsAreAnsweredInOrderAndAFreePlaceGoesToWhoWaits) {
  api::AnnounceSessionRequest announce;
  announce.mutable_header()->set_circle(kCircle);
  announce.mutable_session()->set_kind(poolcirkel::event::v1::SESSION_KIND_TRAINING);
  announce.mutable_session()->set_title("Leren van een collega");
  announce.mutable_session()->set_date("2026-12-10");
  announce.mutable_session()->set_start_time("10:00");
  announce.mutable_session()->set_duration_minutes(60);
  announce.mutable_session()->set_place("Online");
  announce.mutable_session()->set_places(1);
  const auto session = other_.node.sessions->Announce(announce, Coordinator(), kNoDeadline);
  ASSERT_TRUE(session.ok()) << session.status();
  world_.Settle();
  std::vector<std::string> sign_ups;
  for (Member* guest : {&host_, &lender_}) {
    api::SignUpRequest request;
    request.mutable_header()->set_circle(kCircle);
    request.set_session_id(session->receipt().id());
    request.set_participant("Een collega");
    const auto signed_up = guest->node.sessions->SignUp(request, Coordinator(), kNoDeadline);
    ASSERT_TRUE(signed_up.ok()) << signed_up.status();
    sign_ups.push_back(signed_up->receipt().id());
    world_.Settle();
  }
  const auto feed = other_.Circle(kCircle)->OwnFeed();
  EXPECT_EQ(CountOf(host_, feed, "sign_up_answered"), 2);
  api::WithdrawSignUpRequest withdraw;
  withdraw.mutable_header()->set_circle(kCircle);
  withdraw.set_sign_up_id(sign_ups[0]);
  ASSERT_TRUE(host_.node.sessions->WithdrawSignUp(withdraw, Coordinator(), kNoDeadline).ok());
  world_.Settle();
  const auto stream = *base::ParseUuid<log::StreamId>(session->receipt().id());
  const auto events = host_.node.log->ReadStream(feed, stream, log::Revision(0), 100);
  ASSERT_TRUE(events.ok());
  poolcirkel::event::v1::Event last;
  ASSERT_TRUE(last.ParseFromString(events->back().payload));
  EXPECT_EQ(last.sign_up_answered().answer(), poolcirkel::event::v1::SignUpAnswered::ANSWER_PLACE);
  EXPECT_EQ(last.sign_up_answered().sign_up_id(),
            base::ParseUuid<log::StreamId>(sign_ups[1])->bytes());
  ExpectNoPolicyFails();
}

class JoiningTest : public PoliciesTest {
 protected:
  // The application of the newcomer, handed to the coordinator, who proposes it.
  void Apply() {
    api::InviteRequest invite;
    invite.set_circle(kCircle);
    api::JoinRequest join;
    *join.mutable_invitation() =
        coordinator_.node.circle_commands->Invite(invite, Coordinator(), kNoDeadline)->invitation();
    join.set_short_name("haarlemmermeer");
    const auto joined = newcomer_.node.circle_commands->Join(join, Coordinator(), kNoDeadline);
    ASSERT_TRUE(joined.ok()) << joined.status();
    world_.Settle();
    api::ProposeCharterRequest propose;
    propose.mutable_header()->set_circle(kCircle);
    *propose.add_admit() = joined->application();
    const auto proposed =
        coordinator_.node.circle_commands->ProposeCharter(propose, Coordinator(), kNoDeadline);
    ASSERT_TRUE(proposed.ok()) << proposed.status();
    world_.Settle();
  }
  void Sign(Member& member) {
    api::SignProposalRequest sign;
    sign.mutable_header()->set_circle(kCircle);
    sign.set_version(1);
    const auto done = member.node.circle_commands->SignProposal(sign, Coordinator(), kNoDeadline);
    ASSERT_TRUE(done.ok()) << done.status();
    world_.Settle();
  }

  Member& newcomer_ = world_.Add("haarlemmermeer");
};

TEST_F(JoiningTest, AQuorumAdmitsAndTheNewcomerTakesPart) {
  Apply();
  Sign(host_);
  // Two of four: the quorum is three.
  world_.clock.Advance(absl::Seconds(5));
  world_.Settle();
  EXPECT_EQ(host_.Circle(kCircle)->charter.version(), 0);
  EXPECT_TRUE(newcomer_.node.circles->All().empty());
  Sign(lender_);
  for (Member* member : {&coordinator_, &host_, &lender_, &other_}) {
    EXPECT_EQ(member->Circle(kCircle)->charter.version(), 1) << member->name();
  }
  world_.clock.Advance(absl::Seconds(5));
  world_.Settle();
  ASSERT_EQ(newcomer_.node.circles->All().size(), 1);
  EXPECT_EQ(newcomer_.Circle(kCircle)->chain.size(), 2);
  EXPECT_TRUE(newcomer_.node.pending->Applications().empty());

  // It gets what is there, and others get what it writes.
  const auto assignment = Publish(newcomer_, kCircle);
  ASSERT_TRUE(assignment.ok()) << assignment.status();
  world_.Settle();
  for (Member* member : world_.members()) {
    for (const auto& id : member->Circle(kCircle)->Members()) {
      const auto feed = member->Circle(kCircle)->FeedOf(id);
      EXPECT_EQ(member->node.log->Size(feed), newcomer_.node.log->Size(feed)) << member->name();
    }
  }
  ExpectNoPolicyFails();
}

TEST_F(JoiningTest, ANewcomerThatWasDownJoinsAtItsNextStart) {
  Apply();
  newcomer_.online = false;
  Sign(host_);
  Sign(lender_);
  newcomer_.Restart();
  newcomer_.Unlock();
  newcomer_.online = true;
  world_.Settle();
  EXPECT_EQ(newcomer_.node.circles->All().size(), 1);
}

// The thread does by itself what RunOnce does; it is woken by what is stored.
TEST_F(PoliciesTest, TheThreadReactsToWhatIsStored) {
  ConfirmOne();
  host_.node.policies->Start();
  ASSERT_TRUE(Accept(host_, kCircle, exchange_).ok());
  world_.Replicate();
  EXPECT_TRUE(tests::testing::Eventually(
      [this] { return Look(host_, kCircle, exchange_).host_word.Current()->cosigned; }));
  host_.node.policies->Stop();
}

// A policy that fails is told, and does not stop the one after it.
class FailingPolicy final : public Policy {
 public:
  std::string_view name() const override { return "failing"; }
  void Observe(const domain::PastEvent&) override {}
  absl::StatusOr<absl::Time> Act(absl::Time) override {
    if (fails) return absl::InternalError("broken");
    return absl::InfiniteFuture();
  }
  bool fails = true;
};
class CountingPolicy final : public Policy {
 public:
  explicit CountingPolicy(int* events) : events_(events) {}
  std::string_view name() const override { return "counting"; }
  void Observe(const domain::PastEvent&) override { ++*events_; }
  absl::StatusOr<absl::Time> Act(absl::Time) override { return absl::InfiniteFuture(); }

 private:
  int* const events_;
};

TEST_F(PoliciesTest, AnErrorOfOnePolicyIsToldAndStopsNoOther) {
  int events = 0;
  std::vector<std::string> told;
  PolicyRunner::Options options;
  options.log = host_.node.log.get();
  options.circles = host_.node.circles.get();
  options.clock = &world_.clock;
  auto failing = std::make_unique<FailingPolicy>();
  FailingPolicy* const policy = failing.get();
  options.policies.push_back(std::move(failing));
  options.policies.push_back(std::make_unique<CountingPolicy>(&events));
  options.on_change = [&](const std::string& name, const absl::Status& status) {
    told.push_back(name + (status.ok() ? " ok" : " failed"));
  };
  PolicyRunner runner(std::move(options));
  runner.RunOnce();
  runner.RunOnce();
  EXPECT_GT(events, 0);
  EXPECT_EQ(runner.Status()[0].last.code(), absl::StatusCode::kInternal);
  EXPECT_EQ(runner.Status()[0].failures, 2);
  EXPECT_TRUE(runner.Status()[1].last.ok());
  policy->fails = false;
  runner.RunOnce();
  EXPECT_TRUE(runner.Status()[0].last.ok());
  EXPECT_THAT(told, ::testing::ElementsAre("failing failed", "failing ok"));
}

}  // namespace
}  // namespace services::policies
