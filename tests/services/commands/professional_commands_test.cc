#include "services/commands/professional_commands.h"

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
using namespace tests::testing::members;  // the story reads as one

const absl::Time kNoDeadline = absl::InfiniteFuture();

std::string ReasonOf(const absl::Status& status) { return base::DetailsOf(status).reason; }

class ProfessionalCommandsTest : public ::testing::Test {
 protected:
  ProfessionalCommandsTest() {
    world_.Found("randstad", {&coordinator_, &host_, &home_}, SampleRules());
    world_.Found("rijk", {&ministry_, &home_}, SampleRules());
    world_.Settle();
  }

  World world_;
  Member& coordinator_ = world_.Add("bzk-flex");
  Member& host_ = world_.Add("rotterdam");
  Member& home_ = world_.Add("zuid-holland");
  Member& ministry_ = world_.Add("vws");
};

TEST_F(ProfessionalCommandsTest, TheCircleSeesPseudonymAndHoursAndNoName) {
  const auto id = Register(home_, "randstad", "Reiger");
  ASSERT_TRUE(id.ok()) << id.status();
  world_.Replicate();
  EXPECT_EQ(FreeMinutes(host_, "randstad", home_, *id, 50), kFullWeek);
  const auto feed = home_.Circle("randstad")->OwnFeed();
  const auto events = host_.node.log->ReadFeed(feed, log::Sequence(0), 100);
  ASSERT_TRUE(events.ok());
  for (const auto& event : *events) {
    EXPECT_EQ(event.bytes.find("Persoon achter"), std::string::npos);
    EXPECT_EQ(event.bytes.find("Reiger"), std::string::npos);
  }
}

TEST_F(ProfessionalCommandsTest, AReservationInOneCircleIsOnlyABusyWeekInTheOther) {
  const auto in_randstad = Register(home_, "randstad", "Reiger");
  const auto in_rijk = Register(home_, "rijk", "Reiger");
  ASSERT_TRUE(in_randstad.ok()) << in_randstad.status();
  ASSERT_TRUE(in_rijk.ok()) << in_rijk.status();
  EXPECT_NE(*in_randstad, *in_rijk);
  const auto assignment = Publish(host_, "randstad");
  world_.Replicate();
  EXPECT_EQ(FreeMinutes(ministry_, "rijk", home_, *in_rijk, 51), kFullWeek);
  const auto exchange = Propose(home_, "randstad", *assignment, *in_randstad);
  ASSERT_TRUE(exchange.ok()) << exchange.status();
  world_.Replicate();
  ASSERT_TRUE(Select(host_, "randstad", *exchange).ok());
  world_.Replicate();
  const auto confirmed = Confirm(home_, "randstad", *exchange);
  ASSERT_TRUE(confirmed.ok()) << confirmed.status();
  world_.Settle();
  EXPECT_EQ(FreeMinutes(ministry_, "rijk", home_, *in_rijk, 51), 0);
  EXPECT_EQ(FreeMinutes(host_, "randstad", home_, *in_randstad, 51), 0);

  // Nothing of one circle is at a member of the other only, not even an id.
  const auto randstad = home_.Circle("randstad");
  for (const auto& feed : ministry_.node.log->Feeds()) {
    EXPECT_NE(feed.circle, randstad->id);
    const auto events = ministry_.node.log->ReadFeed(feed, log::Sequence(0), 1000);
    ASSERT_TRUE(events.ok());
    for (const auto& event : *events) {
      for (const std::string& secret : {randstad->id.bytes(), randstad->self.bytes(),
                                        base::ParseUuid<log::StreamId>(*exchange)->bytes(),
                                        base::ParseUuid<log::StreamId>(*in_randstad)->bytes()}) {
        EXPECT_EQ(event.bytes.find(secret), std::string::npos) << event.type;
      }
    }
  }
  // The receipt of a command tells of its own circle only.
  for (const auto& position : confirmed->receipt().cursor().positions()) {
    EXPECT_EQ(position.feed().circle_id(), randstad->id.view());
  }
}

TEST_F(ProfessionalCommandsTest, APseudonymIsOnePersonInThePool) {
  ASSERT_TRUE(Register(home_, "randstad", "Reiger").ok());
  EXPECT_EQ(ReasonOf(Register(home_, "randstad", "Reiger").status()), "ALREADY_LISTED");
  api::RegisterProfessionalRequest request;
  request.mutable_header()->set_circle("rijk");
  request.mutable_identity()->set_name("Iemand anders");
  request.mutable_identity()->set_email("ander@example.org");
  request.mutable_profile()->set_pseudonym("Reiger");
  request.mutable_profile()->set_role("interim-manager");
  const auto refused = home_.node.professionals->Register(request, Coordinator(), kNoDeadline);
  EXPECT_EQ(ReasonOf(refused.status()), "PSEUDONYM_TAKEN");
}

TEST_F(ProfessionalCommandsTest, CapacityIsStatedAgainWithTheRevisionThatWasRead) {
  const auto id = Register(home_, "randstad", "Reiger");
  ASSERT_TRUE(id.ok());
  api::StateCapacityRequest request;
  request.mutable_header()->set_circle("randstad");
  request.set_professional_id(*id);
  auto& week = *request.add_weeks();
  week.set_iso_year(2026);
  week.set_iso_week(51);
  week.set_minutes(480);
  request.mutable_header()->set_expected_revision(1);
  const auto stale = home_.node.professionals->StateCapacity(request, Coordinator(), kNoDeadline);
  EXPECT_EQ(stale.status().code(), absl::StatusCode::kAborted);
  const std::string current = base::DetailsOf(stale.status()).metadata["current_revision"];
  ASSERT_FALSE(current.empty());
  request.mutable_header()->set_expected_revision(std::stoull(current));
  const auto stated = home_.node.professionals->StateCapacity(request, Coordinator(), kNoDeadline);
  ASSERT_TRUE(stated.ok()) << stated.status();
  EXPECT_EQ(stated->receipt().id(), *id);
  world_.Replicate();
  EXPECT_EQ(FreeMinutes(host_, "randstad", home_, *id, 51), 480);
  EXPECT_EQ(FreeMinutes(host_, "randstad", home_, *id, 50), kFullWeek);
}

TEST_F(ProfessionalCommandsTest, AnIdentityIsOpenedForAMemberOfTheCircleOnly) {
  const auto id = Register(home_, "randstad", "Reiger");
  api::OpenIdentityRequest request;
  request.mutable_header()->set_circle("randstad");
  request.set_professional_id(*id);
  request.set_member("vws");
  EXPECT_EQ(
      ReasonOf(
          home_.node.professionals->OpenIdentity(request, Coordinator(), kNoDeadline).status()),
      "MEMBER_UNKNOWN");
  request.set_member("rotterdam");
  EXPECT_TRUE(home_.node.professionals->OpenIdentity(request, Coordinator(), kNoDeadline).ok());
  EXPECT_EQ(
      ReasonOf(
          home_.node.professionals->OpenIdentity(request, Coordinator(), kNoDeadline).status()),
      "ALREADY_OPENED");
}

TEST_F(ProfessionalCommandsTest, ListingsAreReadAgainAfterARestart) {
  const auto id = Register(home_, "randstad", "Reiger");
  ASSERT_TRUE(id.ok());
  home_.Restart();
  const auto circle = home_.Circle("randstad");
  const auto stream = *base::ParseUuid<log::StreamId>(*id);
  const auto listing = home_.node.own_professionals->Find(circle->id, stream);
  ASSERT_TRUE(listing.ok() && listing->has_value());
  EXPECT_EQ((*listing)->circle_professional, stream);
  EXPECT_EQ(home_.node.own_professionals->ListingsOf((*listing)->professional)->size(), 1);
  const auto elsewhere = home_.node.own_professionals->Find(home_.Circle("rijk")->id, stream);
  ASSERT_TRUE(elsewhere.ok());
  EXPECT_FALSE(elsewhere->has_value());
}

}  // namespace
}  // namespace services::commands
