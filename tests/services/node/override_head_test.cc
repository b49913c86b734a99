#include "services/node/override_head.h"

#include <gtest/gtest.h>

#include "eventstore/base/errors.h"
#include "services/commands/streams.h"
#include "tests/testing/members/story.h"
#include "tests/testing/members/world.h"

namespace services::node {
namespace {

namespace log = ::eventstore::log;
using eventstore::base::DetailsOf;
using tests::testing::members::Member;
using tests::testing::members::World;

constexpr char kCircle[] = "randstad";

// A member after a restart: its feeds are locked until peers confirm their heads.
class OverrideHeadTest : public testing::Test {
 protected:
  OverrideHeadTest() : member_(world_.Add("rotterdam")) {
    world_.Found(kCircle, {&member_, &world_.Add("zuid-holland")},
                 tests::testing::members::SampleRules());
    world_.Settle();
    member_.Restart();
    circle_ = member_.Circle(kCircle);
    feed_ = circle_->OwnFeed();
    size_ = member_.node.log->Size(feed_);
  }

  absl::Status Override(bool contested, const std::string& reason = "peers bestaan niet meer") {
    return OverrideHead(member_.node.dependencies, *circle_, contested, reason,
                        {"beheerder", "admin", ""});
  }
  bool IsUntouched() const {
    return member_.node.log->IsLocked(feed_) && member_.node.log->Size(feed_) == size_;
  }

  World world_;
  Member& member_;
  membership::CirclePtr circle_;
  log::FeedId feed_;
  uint64_t size_ = 0;
};

TEST_F(OverrideHeadTest, AHeadThatPeersContradictIsNotOverridden) {
  const absl::Status refused = Override(true);
  EXPECT_TRUE(absl::IsFailedPrecondition(refused)) << refused;
  EXPECT_EQ(DetailsOf(refused).reason, "HEAD_CONTESTED");
  EXPECT_NE(DetailsOf(refused).metadata["remedy"].find("kopie"), std::string::npos);
  EXPECT_TRUE(IsUntouched());
  EXPECT_FALSE(tests::testing::members::Publish(member_, kCircle).ok());
  EXPECT_TRUE(IsUntouched());
}

TEST_F(OverrideHeadTest, AHeadThatNobodyConfirmsIsAndSaysSo) {
  ASSERT_TRUE(Override(false).ok());
  EXPECT_FALSE(member_.node.log->IsLocked(feed_));
  ASSERT_EQ(member_.node.log->Size(feed_), size_ + 1);
  const auto events = member_.node.log->ReadFeed(feed_, log::Sequence(size_), 1);
  ASSERT_TRUE(events.ok()) << events.status();
  const auto opened = commands::OpenEvent(events->front(), *member_.node.keys);
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(opened->event.head_overridden().head_size(), size_);
  EXPECT_EQ(opened->event.head_overridden().reason(), "peers bestaan niet meer");
  EXPECT_TRUE(tests::testing::members::Publish(member_, kCircle).ok());
  EXPECT_EQ(DetailsOf(Override(false)).reason, "HEAD_CONFIRMED");
  // Confirmed before anything else: there is nothing to contest any more.
  EXPECT_EQ(DetailsOf(Override(true)).reason, "HEAD_CONFIRMED");
}

TEST_F(OverrideHeadTest, NeedsAReason) {
  for (const std::string& reason : {std::string("ja"), std::string(501, 'x')}) {
    const absl::Status refused = Override(false, reason);
    ASSERT_EQ(DetailsOf(refused).field_violations.size(), 1u) << refused;
    EXPECT_EQ(DetailsOf(refused).field_violations[0].first, "reason");
    EXPECT_TRUE(IsUntouched());
  }
}

}  // namespace
}  // namespace services::node
