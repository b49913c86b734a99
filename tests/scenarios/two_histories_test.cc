// A node that lost the end of its log, went on alone, and so tells two histories: it is
// shown to its own administrator and to the others, and it cannot be forced through.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/scenarios/harness/flow.h"

namespace tests::scenarios {
namespace {

using namespace harness;  // NOLINT: the scenario reads as a story
using ::testing::Contains;
using ::testing::HasSubstr;

// Of grpc.health.v1.
constexpr int kServing = 1;
constexpr int kNotServing = 2;

v1::NodeStatusResponse StatusOf(Node& node) {
  const auto status = node.Call(&v1::NodeService::Stub::Status, v1::NodeStatusRequest());
  EXPECT_TRUE(status.ok()) << status.status();
  return status.ok() ? *status : v1::NodeStatusResponse();
}

v1::NodeStatusResponse::Feed FeedOf(Node& node, const std::string& member) {
  const v1::NodeStatusResponse status = StatusOf(node);
  for (const auto& circle : status.circles()) {
    for (const auto& feed : circle.feeds()) {
      if (feed.member() == member) return feed;
    }
  }
  return {};
}

absl::Status Override(Node& node) {
  v1::OverrideHeadRequest request;
  request.set_circle(kCircle);
  request.set_reason("de andere leden zijn onbereikbaar");
  return node.Call(&v1::NodeService::Stub::OverrideHead, request).status();
}

TEST(TwoHistories, AreShownAndCannotBeForcedThrough) {
  Circle circle({"rotterdam", "zuid-holland", "bzk-flex"});
  Node& node = circle["rotterdam"];
  EXPECT_TRUE(Eventually([&] { return HealthOf(circle["zuid-holland"], "peers") == kServing; }));
  // An old copy of the disk, then one event more that the others hold too.
  ASSERT_TRUE(node.Terminate());
  const std::filesystem::path copy = circle.folder().path() / "copy";
  ReplaceFolder(copy, node.data());
  node.Start();
  ASSERT_TRUE(circle.WaitUntilEqual());
  ASSERT_TRUE(Announce(node, "Lunch die verdwijnt").ok());
  ASSERT_TRUE(circle.WaitUntilEqual());
  const std::vector<std::string> others = {"zuid-holland", "bzk-flex"};
  for (const auto& other : others) ASSERT_TRUE(circle[other].Terminate());
  ASSERT_TRUE(node.Terminate());
  ReplaceFolder(node.data(), copy);

  // Alone, nobody contradicts it: its administrator may go on, and does.
  node.Start();
  EXPECT_EQ(FeedOf(node, "rotterdam").state(), v1::FEED_STATE_OWN_UNCONFIRMED);
  EXPECT_FALSE(Announce(node, "Te vroeg").ok());
  ASSERT_TRUE(Override(node).ok());
  ASSERT_TRUE(Announce(node, "Een andere lunch").ok());
  const uint64_t size = FeedOf(node, "rotterdam").size();

  for (const auto& other : others) circle[other].Start();
  for (const auto& other : others) {
    EXPECT_TRUE(Eventually([&] {
      return FeedOf(circle[other], "rotterdam").state() == v1::FEED_STATE_FROZEN;
    })) << other;
    EXPECT_THAT(StatusOf(circle[other]).problems(), Contains(HasSubstr("bevroren")));
    EXPECT_TRUE(StatusOf(circle[other]).serving());
    EXPECT_TRUE(Eventually([&] { return HealthOf(circle[other], "peers") == kNotServing; }));
    for (const char* part : {"", "storage", "views"}) {
      EXPECT_EQ(HealthOf(circle[other], part), kServing) << other << " " << part;
    }
  }
  EXPECT_TRUE(Eventually([&] { return !FeedOf(node, "rotterdam").detail().empty(); }));
  EXPECT_THAT(FeedOf(node, "rotterdam").detail(), HasSubstr("andere geschiedenis"));
  EXPECT_THAT(StatusOf(node).problems(), Contains(HasSubstr("andere geschiedenis")));

  EXPECT_TRUE(Eventually([&] { return HealthOf(node, "peers") == kNotServing; }));

  // After a restart its feed is locked, stays so, and the override is refused.
  ASSERT_TRUE(node.Terminate());
  node.Start();
  EXPECT_TRUE(Eventually([&] { return ReasonOf(Override(node)) == "HEAD_CONTESTED"; }))
      << Override(node);
  EXPECT_EQ(FeedOf(node, "rotterdam").state(), v1::FEED_STATE_OWN_UNCONFIRMED);
  EXPECT_FALSE(Announce(node, "Nog een lunch").ok());
  EXPECT_EQ(FeedOf(node, "rotterdam").size(), size);
  // The rest of the circle goes on.
  EXPECT_TRUE(Announce(circle["zuid-holland"], "Gewone lunch").ok());
}

}  // namespace
}  // namespace tests::scenarios
