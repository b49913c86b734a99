// A node that lost its data, all but its identity and keys, gets its feed back from the
// other members alone, and promises nothing until its coordinator vouched for the hours.
// Damage in one database leaves the others serving.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "poolcirkel/api/v1/privacy_service.grpc.pb.h"
#include "tests/scenarios/harness/flow.h"

namespace tests::scenarios {
namespace {

using namespace harness;  // NOLINT: the scenario reads as a story
using ::testing::IsEmpty;
using ::testing::Not;

// The records of a member's own feed, as its node tells them.
std::vector<std::string> OwnRecords(Node& node) {
  v1::ReadLogRequest request;
  request.set_circle(kCircle);
  request.set_limit(10'000);
  v1::LogService::Stub stub(node.channel());
  grpc::ClientContext context;
  Node::Prepare(context, node.admin_token(), absl::Seconds(30));
  const auto reader = stub.Read(&context, request);
  std::vector<std::string> records;
  v1::ReadLogResponse response;
  while (reader->Read(&response)) records.push_back(response.event().record());
  EXPECT_TRUE(reader->Finish().ok());
  return records;
}

absl::Status Restate(Node& node) {
  v1::RestateCapacityRequest request;
  request.set_circle(kCircle);
  request.set_reason("uren van lopende detacheringen zijn eraf");
  return node.Call(&v1::NodeService::Stub::RestateCapacity, request).status();
}

std::vector<std::string> Problems(Node& node) {
  const auto status = node.Call(&v1::NodeService::Stub::Status, v1::NodeStatusRequest());
  EXPECT_TRUE(status.ok()) << status.status();
  if (!status.ok()) return {};
  return {status->problems().begin(), status->problems().end()};
}

void Damage(const std::filesystem::path& database) {
  ASSERT_TRUE(std::filesystem::exists(database / "CURRENT")) << database;
  std::ofstream(database / "CURRENT", std::ios::trunc) << "MANIFEST-kapot\n";
}

// An exchange that waits for the lender's word; empty when it did not come that far.
std::string Selected(Circle& circle, const std::string& title, const std::string& pseudonym) {
  Node& lender = circle["rotterdam"];
  Node& host = circle["zuid-holland"];
  const auto assignment = Publish(host, title);
  EXPECT_TRUE(assignment.ok()) << assignment.status();
  const auto professional = Register(lender, pseudonym);
  EXPECT_TRUE(professional.ok()) << professional.status();
  if (!assignment.ok() || !professional.ok()) return "";
  const auto exchange = WhenSeen([&] { return Propose(lender, *assignment, *professional); });
  EXPECT_TRUE(exchange.ok()) << exchange.status();
  if (!exchange.ok()) return "";
  const auto selected = WhenSeen([&] { return Select(host, *exchange); });
  EXPECT_TRUE(selected.ok()) << selected.status();
  return *exchange;
}

TEST(ALostNode, GetsItsFeedBackAndPromisesNothingBeforeItsCapacityIsRestated) {
  Circle circle({"rotterdam", "zuid-holland", "bzk-flex"});
  Node& node = circle["rotterdam"];
  const std::string running = Selected(circle, "Projectleider", "adviseur 1");
  ASSERT_TRUE(WhenSeen([&] { return Confirm(node, running); }).ok());
  ASSERT_TRUE(WhenSeen([&] { return Accept(circle["zuid-holland"], running); }).ok());
  ASSERT_TRUE(circle.WaitUntilEqual());
  const std::vector<std::string> before = OwnRecords(node);
  ASSERT_THAT(before, Not(IsEmpty()));

  ASSERT_TRUE(node.Terminate());
  node.LoseData();
  node.Start();
  ASSERT_TRUE(circle.WaitUntilEqual());
  std::vector<std::string> after = OwnRecords(node);
  ASSERT_GE(after.size(), before.size());
  after.resize(before.size());
  EXPECT_EQ(after, before);
  // The circle is told that the private feed began anew.
  ASSERT_TRUE(Eventually([&] { return OwnRecords(node).size() > before.size(); }));
  EXPECT_EQ(Exchange(node, running).status(), Exchange(circle["bzk-flex"], running).status());

  // A professional who is registered anew has hours, but the node does not promise them.
  const std::string next = Selected(circle, "Adviseur", "adviseur 2");
  EXPECT_TRUE(Eventually([&] {
    return ReasonOf(Confirm(node, next).status()) == "CAPACITY_NOT_RESTATED";
  })) << Confirm(node, next).status();
  const absl::Status restated = WhenSeen([&]() -> absl::StatusOr<bool> {
                                  const absl::Status status = Restate(node);
                                  if (!status.ok()) return status;
                                  return true;
                                }).status();
  ASSERT_TRUE(restated.ok()) << restated;
  EXPECT_EQ(ReasonOf(Restate(node)), "CAPACITY_NOT_IN_DOUBT");
  const auto confirmed = Confirm(node, next);
  EXPECT_TRUE(confirmed.ok()) << confirmed.status();
  EXPECT_TRUE(WhenSeen([&] { return Accept(circle["zuid-holland"], next); }).ok());
  EXPECT_TRUE(circle.WaitUntilEqual());

  // It stays so after a restart.
  ASSERT_TRUE(node.Terminate());
  node.Start();
  ASSERT_TRUE(circle.WaitUntilEqual());
  EXPECT_EQ(ReasonOf(Restate(node)), "CAPACITY_NOT_IN_DOUBT");
}

// The id is all that is left: it stands in the circle's feed, and in what others find.
TEST(ALostNode, StillErasesWhomItOffered) {
  Circle circle({"rotterdam", "zuid-holland", "bzk-flex"});
  Node& node = circle["rotterdam"];
  const auto professional = Register(node, "adviseur 1");
  ASSERT_TRUE(professional.ok()) << professional.status();
  ASSERT_TRUE(circle.WaitUntilEqual());
  ASSERT_TRUE(node.Terminate());
  node.LoseData();
  node.Start();
  ASSERT_TRUE(circle.WaitUntilEqual());

  v1::EraseRequest request;
  request.mutable_header()->set_circle(kCircle);
  request.set_professional_id(*professional);
  request.set_ground(poolcirkel::event::v1::ERASURE_GROUND_REQUEST);
  const auto erase = [&] { return node.Call(&v1::PrivacyService::Stub::Erase, request); };
  const auto erased = WhenSeen(erase);
  ASSERT_TRUE(erased.ok()) << erased.status();
  EXPECT_EQ(ReasonOf(erase().status()), "ALREADY_ERASED");
  v1::PrivacyStatusRequest question;
  question.mutable_header()->set_circle(kCircle);
  EXPECT_TRUE(Eventually([&] {
    const auto status = circle["zuid-holland"].Call(&v1::PrivacyService::Stub::Status, question);
    return status.ok() && status->erasures_size() == 1 &&
           std::ranges::all_of(status->erasures(0).members(),
                               [](const auto& member) { return member.destroyed(); });
  }));
  request.set_professional_id("00000000-0000-4000-8000-000000000000");
  EXPECT_EQ(ReasonOf(erase().status()), "PROFESSIONAL_UNKNOWN");
}

TEST(ALostNode, WritesNothingWhileNobodyCanSayWhatItWrote) {
  Circle circle({"rotterdam", "zuid-holland", "bzk-flex"});
  Node& node = circle["rotterdam"];
  ASSERT_TRUE(Announce(node, "Lunch").ok());
  ASSERT_TRUE(circle.WaitUntilEqual());
  const std::vector<std::string> before = OwnRecords(node);
  ASSERT_TRUE(node.Terminate());
  for (const auto& other : {"zuid-holland", "bzk-flex"}) ASSERT_TRUE(circle[other].Terminate());
  node.LoseData();
  node.Start();
  EXPECT_FALSE(Announce(node, "Te vroeg").ok());
  for (const auto& other : {"zuid-holland", "bzk-flex"}) circle[other].Start();
  ASSERT_TRUE(circle.WaitUntilEqual());
  std::vector<std::string> after = OwnRecords(node);
  ASSERT_GE(after.size(), before.size());
  after.resize(before.size());
  EXPECT_EQ(after, before);
  EXPECT_TRUE(Announce(node, "Nu wel").ok());
}

TEST(ADamagedOwnDatabase, LeavesTheRestToBeRead) {
  Circle circle({"rotterdam", "zuid-holland", "bzk-flex"});
  Node& node = circle["rotterdam"];
  ASSERT_TRUE(Announce(node, "Lunch").ok());
  const auto assignment = Publish(circle["zuid-holland"], "Projectleider");
  ASSERT_TRUE(assignment.ok());
  ASSERT_TRUE(circle.WaitUntilEqual());
  ASSERT_TRUE(node.Terminate());
  Damage(node.data() / "log" / "own");
  node.Start();
  EXPECT_EQ(ReasonOf(Announce(node, "Nog een").status()), "OWN_DAMAGED");
  EXPECT_THAT(Problems(node), Not(IsEmpty()));
  // What others wrote is here, also what they write now.
  ASSERT_TRUE(Announce(circle["bzk-flex"], "Borrel").ok());
  const auto later = Publish(circle["zuid-holland"], "Adviseur");
  ASSERT_TRUE(later.ok());
  v1::ListAssignmentsRequest request;
  request.mutable_header()->set_circle(kCircle);
  EXPECT_TRUE(Eventually([&] {
    const auto list = node.Call(&v1::AssignmentService::Stub::List, request);
    return list.ok() && list->assignments_size() == 2;
  }));
}

TEST(DamagedReplicas, AreFetchedAgain) {
  Circle circle({"rotterdam", "zuid-holland", "bzk-flex"});
  Node& node = circle["rotterdam"];
  ASSERT_TRUE(Announce(circle["bzk-flex"], "Lunch").ok());
  ASSERT_TRUE(circle.WaitUntilEqual());
  ASSERT_TRUE(node.Terminate());
  Damage(node.data() / "log" / "replicas");
  node.Start();
  EXPECT_TRUE(circle.WaitUntilEqual());
  EXPECT_TRUE(Announce(node, "Gewone lunch").ok());
}

}  // namespace
}  // namespace tests::scenarios
