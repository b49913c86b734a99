// A member that was away, and a member that is served by another than the origin.
#include <gtest/gtest.h>

#include <thread>

#include "tests/scenarios/harness/flow.h"

namespace tests::scenarios {
namespace {

using namespace harness;  // NOLINT: the scenario reads as a story

constexpr int kEvents = 1000;
constexpr int kWriters = 8;

void AnnounceMany(Node& node, int count) {
  const std::shared_ptr<grpc::Channel> channel = node.channel();
  std::vector<std::thread> writers;
  for (int writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([&node, count, writer] {
      for (int i = writer; i < count; i += kWriters) {
        const auto id = Announce(node, "Lunch " + std::to_string(i));
        EXPECT_TRUE(id.ok()) << id.status();
      }
    });
  }
  for (auto& writer : writers) writer.join();
}

// The heads of all feeds as a node holds them, in one text.
std::string HeadsOf(Node& node) {
  v1::LogHeadsRequest request;
  request.set_circle(kCircle);
  const auto heads = node.Call(&v1::LogService::Stub::Heads, request);
  if (!heads.ok()) return std::string(heads.status().message());
  std::string text;
  for (const auto& head : heads->heads()) {
    text += head.member() + " " + std::to_string(head.size()) + " " + head.root() + "\n";
  }
  return text;
}

std::string SessionsDigest(Node& node) {
  const auto status = node.Call(&v1::NodeService::Stub::Status, v1::NodeStatusRequest());
  std::string text;
  if (!status.ok()) return "";
  for (const auto& view : status->circles(0).views()) text += view.name() + view.digest() + "\n";
  return text;
}

TEST(DownForAThousandEvents, CatchesUpAndHoldsTheSame) {
  Circle circle({"rotterdam", "zuid-holland", "bzk-flex"});
  circle["zuid-holland"].Kill();
  AnnounceMany(circle["rotterdam"], kEvents);
  circle["zuid-holland"].Start();
  ASSERT_TRUE(circle.WaitUntilEqual());
  for (const auto& node : circle.nodes()) {
    EXPECT_EQ(HeadsOf(*node), HeadsOf(circle["rotterdam"])) << node->short_name();
    EXPECT_EQ(SessionsDigest(*node), SessionsDigest(circle["rotterdam"])) << node->short_name();
  }
}

TEST(AnOriginThatIsGone, IsServedByAnotherMember) {
  Circle circle({"rotterdam", "zuid-holland", "amsterdam", "bzk-flex"});
  circle["zuid-holland"].Kill();
  AnnounceMany(circle["rotterdam"], 100);
  ASSERT_TRUE(circle.WaitUntilEqual());
  const std::string heads = HeadsOf(circle["amsterdam"]);
  circle["rotterdam"].Kill();
  circle["zuid-holland"].Start();
  EXPECT_TRUE(Eventually([&] { return HeadsOf(circle["zuid-holland"]) == heads; }));
}

}  // namespace
}  // namespace tests::scenarios
