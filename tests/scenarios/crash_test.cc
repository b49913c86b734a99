// kill -9 at a random moment in a stream of appends: what was acknowledged is there
// after the restart, once, and the tree's root is that of its records.
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <random>
#include <set>
#include <thread>

#include "eventstore/merkle/tree.h"
#include "tests/scenarios/harness/flow.h"

namespace tests::scenarios {
namespace {

using namespace harness;  // NOLINT: the scenario reads as a story

constexpr int kRounds = 20;
constexpr int kWriters = 4;

// The records of a member's feed, as its own node tells them.
std::vector<v1::LogEvent> ReadFeed(Node& node) {
  v1::ReadLogRequest request;
  request.set_circle(kCircle);
  request.set_limit(10'000);
  v1::LogService::Stub stub(node.channel());
  grpc::ClientContext context;
  Node::Prepare(context, node.admin_token(), absl::Seconds(30));
  const auto reader = stub.Read(&context, request);
  std::vector<v1::LogEvent> events;
  v1::ReadLogResponse response;
  while (reader->Read(&response)) events.push_back(response.event());
  EXPECT_TRUE(reader->Finish().ok());
  return events;
}

std::string RootOf(const std::vector<v1::LogEvent>& events) {
  eventstore::merkle::Frontier frontier;
  std::vector<eventstore::merkle::Frontier::FullTile> finished;
  for (const auto& event : events) {
    frontier.Append(eventstore::merkle::LeafHash(event.record()), finished);
  }
  return frontier.Root().bytes();
}

// Appends until the node is gone; what was acknowledged is added to `acknowledged`.
void AppendUntilGone(Node& node, const std::atomic<bool>& stop, std::mutex& mutex,
                     std::set<std::string>& acknowledged) {
  for (int i = 0; !stop; ++i) {
    const auto id = Announce(node, "Lunch " + std::to_string(i));
    if (!id.ok()) return;
    const std::lock_guard<std::mutex> lock(mutex);
    acknowledged.insert(*id);
  }
}

TEST(KilledInAStreamOfAppends, KeepsEveryAcknowledgedEvent) {
  Circle circle({"rotterdam", "zuid-holland", "bzk-flex"});
  Node& node = circle["rotterdam"];
  std::set<std::string> acknowledged;
  std::mutex mutex;
  std::mt19937 random(20261120);  // NOLINT: the same moments in every run
  for (int round = 0; round < kRounds; ++round) {
    std::atomic<bool> stop = false;
    const std::shared_ptr<grpc::Channel> channel = node.channel();
    std::vector<std::thread> writers;
    for (int i = 0; i < kWriters; ++i) {
      writers.emplace_back([&] { AppendUntilGone(node, stop, mutex, acknowledged); });
    }
    absl::SleepFor(absl::Milliseconds(20 + random() % 200));
    node.Kill();
    stop = true;
    for (auto& writer : writers) writer.join();
    node.Start();
    ASSERT_TRUE(circle.WaitUntilEqual()) << "round " << round;
  }
  const auto events = ReadFeed(node);
  std::multiset<std::string> stored;
  for (const auto& event : events) {
    if (event.type() == "session_announced") stored.insert(event.stream_id());
  }
  EXPECT_GT(acknowledged.size(), static_cast<size_t>(kRounds));
  for (const auto& id : acknowledged) EXPECT_EQ(stored.count(id), 1u) << id;

  v1::LogHeadsRequest request;
  request.set_circle(kCircle);
  for (const auto& member : circle.nodes()) {
    const auto heads = member->Call(&v1::LogService::Stub::Heads, request);
    ASSERT_TRUE(heads.ok()) << heads.status();
    for (const auto& head : heads->heads()) {
      if (head.member() != "rotterdam") continue;
      EXPECT_EQ(head.size(), events.size());
      EXPECT_EQ(head.root(), RootOf(events)) << member->short_name();
    }
  }
}

TEST(AskedAgainAfterAKill, ExecutesARequestOnce) {
  Circle circle({"rotterdam", "zuid-holland"});
  Node& node = circle["rotterdam"];
  const std::string request_id = "0190a6e4-3f1c-7abc-8def-0123456789ab";
  const auto first = Announce(node, "Lunch", request_id);
  ASSERT_TRUE(first.ok()) << first.status();
  node.Kill();
  node.Start();
  ASSERT_TRUE(circle.WaitUntilEqual());
  const auto again = Announce(node, "Lunch", request_id);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(*again, *first);
  EXPECT_EQ(ReasonOf(Announce(node, "Iets anders", request_id).status()), "REQUEST_ID_REUSED");
}

TEST(SigTerm, EndsTheNodeCleanly) {
  Circle circle({"rotterdam", "zuid-holland"});
  EXPECT_TRUE(circle["rotterdam"].Terminate());
  circle["rotterdam"].Start();
  EXPECT_TRUE(circle.WaitUntilEqual());
}

}  // namespace
}  // namespace tests::scenarios
