#include "eventstore/base/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "projections/views/exchanges/exchanges.h"
#include "services/commands/streams.h"
#include "services/policies/policy_runner.h"
#include "tests/testing/members/story.h"
#include "tests/testing/members/world.h"
#include "tests/testing/viewer.h"

namespace services::policies {
namespace {

namespace api = poolcirkel::api::v1;
namespace base = eventstore::base;
namespace exchanges = projections::views::exchanges;
namespace log = eventstore::log;
using poolcirkel::event::v1::EpochEnd;
using namespace tests::testing::members;  // the story reads as one

constexpr char kCircle[] = "randstad";
const absl::Time kNoDeadline = absl::InfiniteFuture();

std::string ReasonOf(const absl::Status& status) { return base::DetailsOf(status).reason; }

class EpochsTest : public ::testing::Test {
 protected:
  EpochsTest() {
    world_.Found(kCircle, {&coordinator_, &host_, &lender_, &other_}, SampleRules());
    world_.Settle();
  }

  absl::StatusOr<api::EndEpochResponse> End(Member& by, EpochEnd reason, Member* of = nullptr,
                                            const std::string& next_log_key = "") {
    api::EndEpochRequest request;
    request.mutable_header()->set_circle(kCircle);
    request.set_reason(reason);
    if (of != nullptr) request.set_member(of->name());
    request.set_next_log_key(next_log_key);
    return by.node.circle_commands->EndEpoch(request, Coordinator(), kNoDeadline);
  }
  absl::Status Sign(Member& member, uint32_t version, bool leave_out = false) {
    api::SignProposalRequest request;
    request.mutable_header()->set_circle(kCircle);
    request.set_version(version);
    request.set_leave_out_cosigned(leave_out);
    return member.node.circle_commands->SignProposal(request, Coordinator(), kNoDeadline).status();
  }
  std::string NextKeyOf(Member& member) {
    api::MakeMemberEntryRequest request;
    request.set_circle_short_name(kCircle);
    request.set_short_name(member.name());
    const auto entry =
        member.node.circle_commands->MakeMemberEntry(request, Coordinator(), kNoDeadline);
    EXPECT_TRUE(entry.ok()) << entry.status();
    return entry.ok() ? entry->member().log_key() : "";
  }
  // The policies of those who are cut off look every ten seconds.
  void SettleFor(absl::Duration time) {
    for (absl::Duration passed; passed < time; passed += absl::Seconds(10)) {
      world_.clock.Advance(absl::Seconds(10));
      world_.Settle();
    }
  }
  uint64_t EpochOf(Member& member, Member& viewer) {
    const auto circle = viewer.Circle(kCircle);
    return circle->FeedOf(*circle->FindMember(member.name())).epoch.value();
  }
  void ExpectEverybodySees(Member& member, uint64_t epoch) {
    for (Member* viewer : world_.members()) {
      EXPECT_EQ(EpochOf(member, *viewer), epoch) << viewer->name();
    }
  }

  void SelectOne() {
    assignment_ = *Publish(host_, kCircle);
    professional_ = *Register(lender_, kCircle, "Reiger");
    world_.Replicate();
    const auto exchange = Propose(lender_, kCircle, assignment_, professional_);
    ASSERT_TRUE(exchange.ok()) << exchange.status();
    exchange_ = *exchange;
    world_.Replicate();
    ASSERT_TRUE(Select(host_, kCircle, exchange_).ok());
    world_.Settle();
  }
  exchanges::Status StatusIn(Member& viewer) {
    tests::testing::Viewer views(viewer, world_.clock);
    views.views.CatchUp();
    const auto snapshot = views.views.engine().Read();
    const auto reader = snapshot->View(exchanges::kViewName);
    EXPECT_TRUE(reader.ok()) << reader.status();
    const auto found = exchanges::Find(**reader, viewer.Circle(kCircle)->id,
                                       *base::ParseUuid<log::StreamId>(exchange_));
    EXPECT_TRUE(found.ok() && found->has_value());
    return found.ok() && found->has_value() ? (*found)->status : exchanges::Status::kProposed;
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

TEST_F(EpochsTest, AMemberTakesAnotherKeyAndNobodyHasToAgree) {
  const auto circle = host_.Circle(kCircle);
  const log::FeedId before = circle->OwnFeed();
  const uint64_t size = host_.node.log->Size(before);
  const auto ended = End(host_, poolcirkel::event::v1::EPOCH_END_ROTATION);
  ASSERT_TRUE(ended.ok()) << ended.status();
  EXPECT_EQ(ended->final_size(), size);
  world_.Settle();
  ExpectEverybodySees(host_, 1);
  const auto after = host_.Circle(kCircle);
  EXPECT_NE(after->Member(after->self)->log_key(), circle->Member(circle->self)->log_key());
  EXPECT_EQ(after->FeedsOf(after->self).front(), (membership::FeedPart{before, size}));
  // The new feed says by itself who may write it, and others hold it.
  EXPECT_EQ(host_.node.log->Size(after->OwnFeed()), 2u);
  EXPECT_EQ(other_.node.log->Size(after->OwnFeed()), 2u);
  ASSERT_TRUE(Publish(host_, kCircle).ok());
  EXPECT_EQ(host_.node.log->Size(after->OwnFeed()), 3u);
  ExpectNoPolicyFails();
}

TEST_F(EpochsTest, NothingIsWrittenBetweenTheProposalAndTheNextEpoch) {
  ASSERT_TRUE(End(host_, poolcirkel::event::v1::EPOCH_END_ROTATION).ok());
  EXPECT_EQ(ReasonOf(Publish(host_, kCircle).status()), "EPOCH_ENDING");
  // Also after a restart; what is in another circle goes on.
  host_.Restart();
  host_.Unlock();
  EXPECT_EQ(ReasonOf(Publish(host_, kCircle).status()), "EPOCH_ENDING");
  world_.Settle();
  EXPECT_TRUE(Publish(host_, kCircle).ok());
}

TEST_F(EpochsTest, AnExchangeGoesOnOverEpochsOfBothSides) {
  SelectOne();
  ASSERT_TRUE(End(host_, poolcirkel::event::v1::EPOCH_END_ROTATION).ok());
  world_.Settle();
  ASSERT_TRUE(Confirm(lender_, kCircle, exchange_).ok());
  world_.Settle();
  ASSERT_TRUE(End(lender_, poolcirkel::event::v1::EPOCH_END_YEARLY_CLOSING).ok());
  world_.Settle();
  ExpectEverybodySees(host_, 1);
  ExpectEverybodySees(lender_, 1);
  const auto accepted = Accept(host_, kCircle, exchange_);
  ASSERT_TRUE(accepted.ok()) << accepted.status();
  world_.Settle();
  for (Member* viewer : world_.members()) {
    EXPECT_TRUE(Look(*viewer, kCircle, exchange_).host_word.Current()->cosigned) << viewer->name();
    EXPECT_EQ(StatusIn(*viewer), exchanges::Status::kEffective) << viewer->name();
  }
  ExpectNoPolicyFails();
}

TEST_F(EpochsTest, AnAcceptanceOfAClosedEpochIsCosignedInTheNext) {
  SelectOne();
  ASSERT_TRUE(Confirm(lender_, kCircle, exchange_).ok());
  world_.Settle();
  // Nobody hears of the acceptance before the epoch ends.
  ASSERT_TRUE(Accept(host_, kCircle, exchange_).ok());
  ASSERT_TRUE(End(host_, poolcirkel::event::v1::EPOCH_END_ROTATION).ok());
  world_.Settle();
  ExpectEverybodySees(host_, 1);
  // What had to wait for the next epoch is looked at again a moment later.
  SettleFor(absl::Seconds(10));
  for (Member* viewer : world_.members()) {
    EXPECT_EQ(StatusIn(*viewer), exchanges::Status::kEffective) << viewer->name();
  }
  ExpectNoPolicyFails();
}

TEST_F(EpochsTest, RevisionsGoOnOverEpochs) {
  SelectOne();
  const auto before = Look(host_, kCircle, exchange_).assignment.revision;
  ASSERT_TRUE(End(host_, poolcirkel::event::v1::EPOCH_END_ROTATION).ok());
  world_.Settle();
  api::DeclineCandidacyRequest request;
  request.mutable_header()->set_circle(kCircle);
  request.mutable_header()->set_expected_revision(before - 1);
  request.set_exchange_id(exchange_);
  request.set_reason("Toch niet");
  auto& commands = *host_.node.secondments;
  EXPECT_EQ(ReasonOf(commands.Decline(request, Coordinator(), kNoDeadline).status()),
            "STALE_REVISION");
  request.mutable_header()->set_expected_revision(before);
  const auto declined = commands.Decline(request, Coordinator(), kNoDeadline);
  ASSERT_TRUE(declined.ok()) << declined.status();
  EXPECT_EQ(declined->receipt().revision(), before + 1);
}

TEST_F(EpochsTest, WhatASuspendedMemberWritesCountsNowhere) {
  SelectOne();
  const auto suspended = End(coordinator_, poolcirkel::event::v1::EPOCH_END_SUSPENSION, &lender_);
  ASSERT_TRUE(suspended.ok()) << suspended.status();
  // It does not know yet, and confirms.
  lender_.online = false;
  ASSERT_TRUE(Confirm(lender_, kCircle, exchange_).ok());
  world_.Replicate();
  EXPECT_TRUE(Sign(host_, suspended->charter_version()).ok());
  EXPECT_TRUE(Sign(other_, suspended->charter_version()).ok());
  world_.Settle();
  lender_.online = true;
  SettleFor(absl::Seconds(40));
  for (Member* viewer : world_.members()) {
    const auto circle = viewer->Circle(kCircle);
    EXPECT_TRUE(circle->IsSuspended(*circle->FindMember("zuid-holland"))) << viewer->name();
    EXPECT_EQ(Look(*viewer, kCircle, exchange_).candidacy.status,
              domain::secondment::Status::kProposed)
        << viewer->name();
    EXPECT_EQ(StatusIn(*viewer), exchanges::Status::kSelected) << viewer->name();
  }
  EXPECT_EQ(ReasonOf(Register(lender_, kCircle, "Bever").status()), "MEMBER_SUSPENDED");
  // Three members are left: the others go on with cosignatures of two.
  const auto assignment = Publish(other_, kCircle);
  const auto professional = Register(coordinator_, kCircle, "Uil");
  world_.Settle();
  const auto exchange = Propose(coordinator_, kCircle, *assignment, *professional);
  ASSERT_TRUE(exchange.ok()) << exchange.status();
  world_.Settle();
  ASSERT_TRUE(Select(other_, kCircle, *exchange).ok());
  world_.Settle();
  ASSERT_TRUE(Confirm(coordinator_, kCircle, *exchange).ok());
  world_.Settle();
  ASSERT_TRUE(Accept(other_, kCircle, *exchange).ok());
  world_.Settle();
  EXPECT_TRUE(Look(host_, kCircle, *exchange).host_word.Current()->cosigned);
}

TEST_F(EpochsTest, ASuspendedMemberComesBackWithAnotherKey) {
  SelectOne();
  const auto suspended = End(coordinator_, poolcirkel::event::v1::EPOCH_END_SUSPENSION, &lender_);
  world_.Replicate();
  ASSERT_TRUE(Sign(host_, suspended->charter_version()).ok());
  ASSERT_TRUE(Sign(other_, suspended->charter_version()).ok());
  world_.Settle();
  SettleFor(absl::Seconds(40));
  const auto resumed =
      End(coordinator_, poolcirkel::event::v1::EPOCH_END_RESTORED, &lender_, NextKeyOf(lender_));
  ASSERT_TRUE(resumed.ok()) << resumed.status();
  world_.Replicate();
  ASSERT_TRUE(Sign(host_, resumed->charter_version()).ok());
  ASSERT_TRUE(Sign(other_, resumed->charter_version()).ok());
  world_.Settle();
  SettleFor(absl::Seconds(40));
  ExpectEverybodySees(lender_, 1);
  const auto confirmed = Confirm(lender_, kCircle, exchange_);
  ASSERT_TRUE(confirmed.ok()) << confirmed.status();
  world_.Settle();
  EXPECT_EQ(StatusIn(other_), exchanges::Status::kConfirmed);
}

TEST_F(EpochsTest, AMemberThatLostItsKeyGetsAnother) {
  SelectOne();
  lender_.LoseLogKeys();
  lender_.Unlock();
  EXPECT_EQ(ReasonOf(Register(lender_, kCircle, "Bever").status()), "LOG_KEY_MISSING");
  const auto replaced =
      End(coordinator_, poolcirkel::event::v1::EPOCH_END_KEY_LOST, &lender_, NextKeyOf(lender_));
  ASSERT_TRUE(replaced.ok()) << replaced.status();
  world_.Replicate();
  ASSERT_TRUE(Sign(host_, replaced->charter_version()).ok());
  ASSERT_TRUE(Sign(other_, replaced->charter_version()).ok());
  world_.Settle();
  ExpectEverybodySees(lender_, 1);
  const auto confirmed = Confirm(lender_, kCircle, exchange_);
  ASSERT_TRUE(confirmed.ok()) << confirmed.status();
  world_.Settle();
  ASSERT_TRUE(Accept(host_, kCircle, exchange_).ok());
  world_.Settle();
  EXPECT_EQ(StatusIn(other_), exchanges::Status::kEffective);
}

TEST_F(EpochsTest, OnlyTheMemberItselfRotatesAndOthersNeedAKey) {
  EXPECT_EQ(ReasonOf(End(other_, poolcirkel::event::v1::EPOCH_END_ROTATION, &host_).status()),
            "EPOCH_NOT_YOURS");
  EXPECT_EQ(ReasonOf(End(other_, poolcirkel::event::v1::EPOCH_END_KEY_LOST, &host_).status()),
            "INVALID_FIELD");
  EXPECT_EQ(ReasonOf(End(other_, poolcirkel::event::v1::EPOCH_END_UNSPECIFIED).status()),
            "INVALID_FIELD");
}

TEST_F(EpochsTest, AMemberThatGoesOnWritingIsCutWhereTheSignersAcceptIt) {
  SelectOne();
  const auto proposed = End(coordinator_, poolcirkel::event::v1::EPOCH_END_SUSPENSION, &lender_);
  ASSERT_TRUE(proposed.ok()) << proposed.status();
  ASSERT_TRUE(Confirm(lender_, kCircle, exchange_).ok());
  world_.Settle();
  EXPECT_EQ(StatusIn(other_), exchanges::Status::kConfirmed);
  const log::FeedId feed = lender_.Circle(kCircle)->OwnFeed();
  const auto cosigned = lender_.node.log->Cosignatures(feed);
  ASSERT_FALSE(cosigned.empty());
  ASSERT_GT(cosigned.front().size, proposed->final_size());
  for (Member* signer : {&host_, &other_}) {
    const log::MemberId witness = cosigned.front().witness;
    ASSERT_TRUE(signer->node.log->StoreCosignature(feed, witness, cosigned.front().note).ok());
    EXPECT_EQ(ReasonOf(Sign(*signer, proposed->charter_version())), "CUT_TOO_SMALL");
    EXPECT_FALSE(host_.Circle(kCircle)->IsSuspended(feed.member));
    ASSERT_TRUE(Sign(*signer, proposed->charter_version(), /*leave_out=*/true).ok());
    world_.Settle();
  }
  for (Member* viewer : {&coordinator_, &host_, &other_}) {
    EXPECT_TRUE(viewer->Circle(kCircle)->IsSuspended(feed.member)) << viewer->name();
    EXPECT_EQ(StatusIn(*viewer), exchanges::Status::kSelected) << viewer->name();
  }
}

}  // namespace
}  // namespace services::policies
