#include "services/node/erasure_gate.h"

#include <gtest/gtest.h>

#include "eventstore/base/errors.h"
#include "eventstore/base/id.h"
#include "tests/testing/members/story.h"
#include "tests/testing/members/world.h"
#include "tests/testing/viewer.h"

namespace services::node {
namespace {

namespace api = poolcirkel::api::v1;
namespace base = eventstore::base;
namespace privacy = eventstore::privacy;
using eventstore::replication::FeedState;
using tests::testing::Views;
using tests::testing::members::Coordinator;
using tests::testing::members::Member;
using tests::testing::members::World;

constexpr char kCircle[] = "randstad";

// A member that was down while a professional of another was erased.
class ErasureGateTest : public ::testing::Test {
 protected:
  ErasureGateTest() {
    world_.Found(kCircle, {&home_, &absent_}, tests::testing::members::SampleRules());
    world_.Settle();
    professional_ = *tests::testing::members::Register(home_, kCircle, "reiger");
    world_.Settle();
    absent_.online = false;
    api::EraseRequest request;
    request.mutable_header()->set_circle(kCircle);
    request.set_professional_id(professional_);
    request.set_ground(poolcirkel::event::v1::ERASURE_GROUND_REQUEST);
    EXPECT_TRUE(home_.node.erasures->Erase(request, Coordinator(), absl::InfiniteFuture()).ok());
    absent_.Restart();
    views_ = std::make_unique<Views>(*absent_.node.log, world_.clock);
    views_->CatchUp();
    status_.circle = absent_.Circle(kCircle)->id;
    status_.peers.push_back({home_.Circle(kCircle)->self, false, "", ""});
    status_.feeds.push_back({.feed = home_.Circle(kCircle)->OwnFeed()});
    gate_ = std::make_unique<ErasureGate>(ErasureGate::Options{
        .log = absent_.node.log.get(),
        .engine = &views_->engine(),
        .circles = absent_.node.circles.get(),
        .eraser = absent_.node.eraser.get(),
        .clock = &world_.clock,
        .network_status = [this] { return std::vector<peer::CircleStatus>{status_}; },
        .longest_wait = absl::Seconds(10)});
  }

  bool MayTell() {
    const absl::Status status = gate_->MayTell(absent_.Circle(kCircle)->id);
    if (!status.ok()) {
      EXPECT_EQ(base::DetailsOf(status).reason, "ERASURES_PENDING");
    }
    return status.ok();
  }
  bool IsDestroyed() {
    return absent_.node.keys->IsDestroyed(*base::ParseUuid<privacy::KeyId>(professional_));
  }

  World world_;
  Member& home_ = world_.Add("amsterdam");
  Member& absent_ = world_.Add("rotterdam");
  std::string professional_;
  std::unique_ptr<Views> views_;
  peer::CircleStatus status_;
  std::unique_ptr<ErasureGate> gate_;
};

TEST_F(ErasureGateTest, TellsNothingBeforeItHeardAndCarriedOut) {
  EXPECT_FALSE(MayTell()) << "nobody was heard";
  EXPECT_FALSE(gate_->MayTell(std::nullopt).ok());
  status_.peers[0].connected = true;
  status_.feeds[0].state = FeedState::kCatchingUp;
  EXPECT_FALSE(MayTell()) << "a peer holds more";
  absent_.online = true;
  world_.Replicate();
  status_.feeds[0].state = FeedState::kLive;
  EXPECT_FALSE(MayTell()) << "not folded yet";
  EXPECT_FALSE(IsDestroyed());
  views_->CatchUp();
  EXPECT_TRUE(MayTell());
  EXPECT_TRUE(IsDestroyed());
  EXPECT_TRUE(gate_->MayTell(std::nullopt).ok());
  // Open once and for all: what comes later is carried out as it comes.
  status_.peers[0].connected = false;
  EXPECT_TRUE(MayTell());
}

TEST_F(ErasureGateTest, GivesUpWaitingForMembersThatCannotBeReached) {
  EXPECT_FALSE(MayTell());
  world_.clock.Advance(absl::Seconds(11));
  EXPECT_TRUE(MayTell());
  EXPECT_FALSE(IsDestroyed()) << "nobody could tell";
}

TEST_F(ErasureGateTest, WaitsForWhatItsOwnDiskLost) {
  status_.peers[0].connected = true;
  status_.own_head.contested = true;
  world_.clock.Advance(absl::Seconds(11));
  EXPECT_FALSE(MayTell());
  // An administrator let it go on.
  absent_.Unlock();
  EXPECT_TRUE(MayTell());
}

TEST_F(ErasureGateTest, ACircleThatCameLaterHasMissedNothing) {
  EXPECT_TRUE(gate_->MayTell(eventstore::log::CircleId()).ok());
}

}  // namespace
}  // namespace services::node
