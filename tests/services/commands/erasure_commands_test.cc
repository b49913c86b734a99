#include "services/commands/erasure_commands.h"

#include "eventstore/base/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/commands/streams.h"
#include "tests/testing/members/story.h"
#include "tests/testing/members/world.h"

namespace services::commands {
namespace {

namespace api = poolcirkel::api::v1;
namespace base = eventstore::base;
namespace event = poolcirkel::event::v1;
namespace log = eventstore::log;
namespace privacy = eventstore::privacy;
using namespace tests::testing::members;  // NOLINT: the test reads as a story

const absl::Time kNoDeadline = absl::InfiniteFuture();
constexpr char kCircle[] = "randstad";

std::string ReasonOf(const absl::Status& status) { return base::DetailsOf(status).reason; }

privacy::KeyId KeyIn(const std::string& id) { return *base::ParseUuid<privacy::KeyId>(id); }

class ErasureCommandsTest : public ::testing::Test {
 protected:
  ErasureCommandsTest() {
    world_.Found(kCircle, {&coordinator_, &home_, &host_}, SampleRules());
    world_.Settle();
    professional_ = *Register(home_, kCircle, "reiger");
    world_.Settle();
  }

  absl::StatusOr<api::EraseResponse> Erase(
      event::ErasureGround ground = event::ERASURE_GROUND_REQUEST) {
    api::EraseRequest request;
    request.mutable_header()->set_circle(kCircle);
    request.set_professional_id(professional_);
    request.set_ground(ground);
    return home_.node.erasures->Erase(request, Coordinator(), kNoDeadline);
  }
  std::string Lend() {
    const auto assignment = Publish(host_, kCircle);
    world_.Settle();
    const auto exchange = Propose(home_, kCircle, *assignment, professional_);
    world_.Settle();
    EXPECT_TRUE(Select(host_, kCircle, *exchange).ok());
    world_.Settle();
    EXPECT_TRUE(Confirm(home_, kCircle, *exchange).ok());
    world_.Settle();
    EXPECT_TRUE(Accept(host_, kCircle, *exchange).ok());
    world_.Settle();
    return *exchange;
  }
  // The acknowledgements in a member's own feed.
  std::vector<event::ErasureAcknowledged> AcknowledgedBy(Member& member) {
    std::vector<event::ErasureAcknowledged> found;
    const auto events =
        member.node.log->ReadFeed(member.Circle(kCircle)->OwnFeed(), log::Sequence(0), 10'000);
    for (const auto& stored : *events) {
      const auto past = OpenEvent(stored, *member.node.keys);
      if (past->event.has_erasure_acknowledged()) {
        found.push_back(past->event.erasure_acknowledged());
      }
    }
    return found;
  }

  World world_;
  Member& coordinator_ = world_.Add("bzk-flex");
  Member& home_ = world_.Add("amsterdam");
  Member& host_ = world_.Add("rotterdam");
  std::string professional_;
};

TEST_F(ErasureCommandsTest, EveryMemberDestroysTheKeyAndSaysSo) {
  ASSERT_TRUE(host_.node.keys->Find(KeyIn(professional_)).has_value());
  const auto erased = Erase();
  ASSERT_TRUE(erased.ok()) << erased.status();
  EXPECT_THAT(erased->circles(), testing::ElementsAre(kCircle));
  // At home before the answer.
  EXPECT_TRUE(home_.node.keys->IsDestroyed(KeyIn(professional_)));
  const auto listing = home_.node.own_professionals->Find(
      home_.Circle(kCircle)->id, log::StreamId(KeyIn(professional_).array()));
  EXPECT_TRUE(home_.node.keys->IsDestroyed(privacy::KeyOf((*listing)->professional)));
  world_.Settle();
  for (Member* member : {&coordinator_, &home_, &host_}) {
    EXPECT_TRUE(member->node.keys->IsDestroyed(KeyIn(professional_))) << member->name();
    const auto acknowledged = AcknowledgedBy(*member);
    ASSERT_EQ(acknowledged.size(), 1U) << member->name();
    EXPECT_EQ(acknowledged[0].professional_id(), KeyIn(professional_).bytes());
    EXPECT_EQ(acknowledged[0].last_backup_expires_on(), "2026-12-20") << kKeyBackupDays;
  }
  EXPECT_EQ(ReasonOf(Erase().status()), "ALREADY_ERASED");
}

TEST_F(ErasureCommandsTest, AMemberThatWasDownDoesItOnceWhenItReturns) {
  host_.online = false;
  ASSERT_TRUE(Erase().ok());
  world_.Settle();
  EXPECT_FALSE(host_.node.keys->IsDestroyed(KeyIn(professional_)));
  host_.online = true;
  host_.Restart();
  host_.Unlock();
  world_.Settle();
  EXPECT_TRUE(host_.node.keys->IsDestroyed(KeyIn(professional_)));
  host_.Restart();
  host_.Unlock();
  world_.Settle();
  EXPECT_EQ(AcknowledgedBy(host_).size(), 1U) << "said once, also after a restart";
}

TEST_F(ErasureCommandsTest, ADestroyedKeyIsNotTakenBack) {
  const auto key = host_.node.keys->Find(KeyIn(professional_));
  ASSERT_TRUE(Erase().ok());
  world_.Settle();
  // From a peer, a replayed grant, or an old answer that arrives late.
  ASSERT_TRUE(host_.node.keys->Keep({*key}).ok());
  EXPECT_FALSE(host_.node.keys->Find(KeyIn(professional_)).has_value());
  EXPECT_FALSE(host_.node.keys->Create(*key).ok());
}

TEST_F(ErasureCommandsTest, TheOrderComesBeforeTheKey) {
  host_.online = false;
  const auto late = Register(home_, kCircle, "fuut");
  ASSERT_TRUE(late.ok());
  const auto key = home_.node.keys->Find(KeyIn(*late));
  professional_ = *late;
  ASSERT_TRUE(Erase().ok());
  host_.online = true;
  world_.Settle();
  ASSERT_TRUE(host_.node.keys->Keep({*key}).ok());
  EXPECT_FALSE(host_.node.keys->Find(KeyIn(*late)).has_value());
}

TEST_F(ErasureCommandsTest, OnlyTheHomePoolMayOrderIt) {
  const auto circle = host_.Circle(kCircle);
  const log::StreamId stream(KeyIn(professional_).array());
  // As if the coordinator had written the order in its own feed.
  const auto done =
      host_.node.eraser->Destroy(*circle, coordinator_.Circle(kCircle)->OwnFeed(), stream);
  ASSERT_TRUE(done.ok()) << done.status();
  EXPECT_FALSE(*done);
  EXPECT_TRUE(host_.node.keys->Find(KeyIn(professional_)).has_value());
}

TEST_F(ErasureCommandsTest, PromisedHoursComeFirstAndFiguresStay) {
  const std::string exchange = Lend();
  EXPECT_EQ(ReasonOf(Erase().status()), "ERASURE_WHILE_RESERVED");
  EXPECT_TRUE(home_.node.keys->Find(KeyIn(professional_)).has_value());
  world_.clock.Advance(absl::Hours(24 * 60));
  const auto before = Look(coordinator_, kCircle, exchange);
  ASSERT_TRUE(before.host_word.Current()->terms.has_value());
  ASSERT_TRUE(Erase(event::ERASURE_GROUND_RETENTION).ok());
  world_.Settle();
  const auto after = Look(coordinator_, kCircle, exchange);
  EXPECT_FALSE(after.candidacy.professional.has_value()) << "nobody knows who it was";
  EXPECT_EQ(after.host_word.Current()->terms->SerializeAsString(),
            before.host_word.Current()->terms->SerializeAsString());
  EXPECT_EQ(after.host_word.Current()->status, before.host_word.Current()->status);
}

TEST_F(ErasureCommandsTest, WhatWasSaidOfThePersonCannotBeReadEither) {
  const auto assignment = Publish(host_, kCircle);
  world_.Settle();
  const auto exchange = Propose(home_, kCircle, *assignment, professional_);
  world_.Settle();
  ASSERT_TRUE(Decline(host_, kCircle, *exchange).ok());
  world_.Settle();
  EXPECT_NE(Look(home_, kCircle, *exchange).host_word.declined_reason, "");
  ASSERT_TRUE(Erase().ok());
  world_.Settle();
  for (Member* member : {&home_, &host_, &coordinator_}) {
    const auto seen = Look(*member, kCircle, *exchange);
    EXPECT_TRUE(seen.host_word.declined) << member->name();
    EXPECT_EQ(seen.host_word.declined_reason, "") << member->name();
  }
}

TEST_F(ErasureCommandsTest, APseudonymIsFreeAgainForSomebodyElse) {
  ASSERT_TRUE(Erase().ok());
  world_.Settle();
  const auto again = Register(home_, kCircle, "reiger");
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_NE(*again, professional_);
}

}  // namespace
}  // namespace services::commands
