// A member that tells two histories of its feed is found by the others, whoever believes
// which; what proves it stays; and the rest goes on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/eventstore/replication/simulated_circle.h"

namespace eventstore::replication {
namespace {

// Of these, the last lies: 0 and 1 believe its first story, 2 and 3 its second.
constexpr size_t kMembers = 5;
constexpr size_t kLiar = 4;
// Far above the time between two messages of heads, far below any waiting for luck.
constexpr absl::Duration kGossip = absl::Seconds(10);

FeedStatus LiarAt(const SimulatedCircle& circle, size_t node, absl::Time now) {
  for (const FeedStatus& status : circle.replicator(node).synchronizer().Feeds(now)) {
    if (status.feed == circle.FeedOf(kLiar)) return status;
  }
  ADD_FAILURE() << "no such feed";
  return {};
}

class ForksTest : public ::testing::TestWithParam<std::pair<int, int>> {
 protected:
  void Tell(SimulatedCircle& circle) {
    circle.Run(absl::Seconds(5));
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(circle.Append(kLiar));
    circle.Run(absl::Seconds(5));
    // Apart, each half hears one story only.
    for (const size_t first : {0, 1}) {
      for (const size_t second : {2, 3}) circle.SetReachable(first, second, false);
    }
    circle.BeginSecondStory(kLiar, {2, 3});
    for (int i = 0; i < GetParam().first; ++i) ASSERT_TRUE(circle.Append(kLiar));
    for (int i = 0; i < GetParam().second; ++i) circle.AppendToSecondStory(kLiar);
    circle.Run(absl::Seconds(5));
    for (size_t node = 0; node < kLiar; ++node) {
      EXPECT_NE(LiarAt(circle, node, absl::InfinitePast()).state, FeedState::kFrozen) << node;
    }
  }
};

TEST_P(ForksTest, AreFoundByBothOfAnHonestPair) {
  SimulatedCircle circle(kMembers, 20261121);
  Tell(circle);
  // One honest path between the halves.
  circle.SetReachable(1, 2, true);
  circle.Run(kGossip);
  for (const size_t node : {1, 2}) {
    const FeedStatus status = LiarAt(circle, node, absl::InfinitePast());
    EXPECT_EQ(status.state, FeedState::kFrozen) << node;
    ASSERT_TRUE(status.evidence.has_value()) << node;
    EXPECT_NE(status.evidence->held, status.evidence->contested);
    // Both are heads that the liar signed.
    for (const std::string& note : {status.evidence->held, status.evidence->contested}) {
      EXPECT_TRUE(
          VerifyHead(circle.FeedOf(kLiar), circle.person(kLiar).key.public_key(), note).ok());
    }
  }
  // Nothing more of the liar is taken in; the others' feeds go on.
  const uint64_t size = circle.log(1).Size(circle.FeedOf(kLiar));
  ASSERT_TRUE(circle.Append(kLiar));
  ASSERT_TRUE(circle.Append(2));
  circle.Run(kGossip);
  EXPECT_EQ(circle.log(1).Size(circle.FeedOf(kLiar)), size);
  EXPECT_EQ(circle.log(1).Size(circle.FeedOf(2)), 1u);
}

TEST_P(ForksTest, StayFrozenAfterARestartWithoutHearingItAgain) {
  SimulatedCircle circle(kMembers, 7);
  Tell(circle);
  circle.SetReachable(1, 2, true);
  circle.Run(kGossip);
  const FeedStatus before = LiarAt(circle, 2, absl::InfinitePast());
  ASSERT_TRUE(before.evidence.has_value());
  circle.Kill(2);
  // Alone with the liar, which tells it the story that it believed.
  for (const size_t other : {0, 1, 3}) circle.SetReachable(2, other, false);
  circle.Start(2);
  circle.Run(kGossip);
  const FeedStatus after = LiarAt(circle, 2, absl::InfinitePast());
  EXPECT_EQ(after.state, FeedState::kFrozen);
  EXPECT_EQ(after.evidence, before.evidence);
  ASSERT_EQ(circle.ForksAt(2).size(), 1u);
  EXPECT_EQ(circle.ForksAt(2)[0].feed, circle.FeedOf(kLiar));
}

INSTANTIATE_TEST_SUITE_P(Lengths, ForksTest,
                         ::testing::Values(std::pair(4, 4), std::pair(1, 6), std::pair(6, 1)));

TEST(AContradiction, ThatIsThePeersOwnFaultFreezesNothing) {
  // Without a second story nobody is frozen, however often connections break.
  SimulatedCircle circle(kMembers, 3);
  circle.SetFaults({.broken_connection = 0.1, .lost_package = 0.1, .repeated_package = 0.1});
  for (int i = 0; i < 20; ++i) {
    circle.Append(static_cast<size_t>(i) % kMembers);
    circle.Run(absl::Milliseconds(500));
  }
  for (size_t node = 0; node < kMembers; ++node) EXPECT_TRUE(circle.ForksAt(node).empty());
}

TEST(ALostNode, GetsItsFeedBackFromTheOthersBeforeItWrites) {
  SimulatedCircle circle(kMembers, 11);
  circle.Run(absl::Seconds(5));
  for (int i = 0; i < 9; ++i) ASSERT_TRUE(circle.Append(0));
  circle.Run(absl::Seconds(5));
  const auto root = circle.log(1).RootAt(circle.FeedOf(0), 9);
  ASSERT_TRUE(root.ok());
  circle.Kill(0);
  circle.Lose(0);
  // Nobody to hear: nothing is written.
  for (size_t other = 1; other < kMembers; ++other) circle.SetReachable(0, other, false);
  circle.Start(0);
  circle.Run(absl::Seconds(5));
  EXPECT_FALSE(circle.Append(0));
  // One alone gives it back, and does not confirm it.
  circle.SetReachable(0, 1, true);
  circle.Run(absl::Seconds(5));
  EXPECT_EQ(circle.log(0).Size(circle.FeedOf(0)), 9u);
  EXPECT_FALSE(circle.Append(0));
  for (size_t other = 2; other < kMembers; ++other) circle.SetReachable(0, other, true);
  circle.Run(absl::Seconds(5));
  EXPECT_EQ(circle.log(0).RootAt(circle.FeedOf(0), 9), root);
  EXPECT_TRUE(circle.Append(0));
  circle.Run(absl::Seconds(5));
  for (size_t node = 1; node < kMembers; ++node) {
    EXPECT_EQ(circle.log(node).Size(circle.FeedOf(0)), 10u) << node;
    EXPECT_TRUE(circle.ForksAt(node).empty());
  }
}

TEST(ALostNode, DoesNotGoOnBelowAHeadThatSomebodyHeardOf) {
  SimulatedCircle circle(3, 17);
  circle.Run(absl::Seconds(5));
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(circle.Append(0));
  circle.Run(absl::Seconds(5));
  // Heads arrive, events do not.
  circle.SetFaults({.lost_package = 1});
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(circle.Append(0));
  circle.Run(absl::Seconds(5));
  circle.Kill(0);
  circle.Lose(0);
  circle.SetFaults({});
  circle.Start(0);
  circle.Run(absl::Seconds(10));
  EXPECT_EQ(circle.log(0).Size(circle.FeedOf(0)), 3u);
  EXPECT_FALSE(circle.Append(0));
  const OwnHeadStatus status = circle.replicator(0).synchronizer().OwnHead();
  EXPECT_TRUE(status.contested);
  EXPECT_EQ(status.known_size, 5u);
  EXPECT_THAT(status.detail, testing::HasSubstr("replace-key"));
  for (size_t node = 0; node < 3; ++node) EXPECT_TRUE(circle.ForksAt(node).empty()) << node;
}

TEST(ALostNode, OfTwoIsNotConfirmedByTheOneThatServedIt) {
  SimulatedCircle circle(2, 13);
  circle.Run(absl::Seconds(5));
  ASSERT_TRUE(circle.Append(0));
  circle.Run(absl::Seconds(5));
  circle.Kill(0);
  circle.Lose(0);
  circle.Start(0);
  circle.Run(absl::Seconds(10));
  EXPECT_EQ(circle.log(0).Size(circle.FeedOf(0)), 1u);
  EXPECT_FALSE(circle.Append(0));
}

}  // namespace
}  // namespace eventstore::replication
