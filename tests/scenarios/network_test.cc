// Real nodes over bad lines: a proxy of the tests stands before every node and delays,
// stalls, cuts and spoils what goes through. The circle agrees whatever happens, and no node
// ever holds something that its writer did not sign.
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "tests/scenarios/harness/flow.h"

namespace tests::scenarios {
namespace {

using namespace harness;  // NOLINT: the scenario reads as a story

constexpr absl::Duration kPatience = absl::Seconds(45);

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

// The records of a member's feed as `node` holds them. A node that was down tells nothing
// before it knows which persons were erased meanwhile: UNAVAILABLE until then.
absl::StatusOr<std::vector<std::string>> RecordsAt(Node& node, const std::string& member) {
  v1::ReadLogRequest request;
  request.set_circle(kCircle);
  request.set_member(member);
  request.set_limit(10'000);
  v1::LogService::Stub stub(node.channel());
  grpc::ClientContext context;
  Node::Prepare(context, node.admin_token(), absl::Seconds(30));
  const auto reader = stub.Read(&context, request);
  std::vector<std::string> records;
  v1::ReadLogResponse response;
  while (reader->Read(&response)) records.push_back(response.event().record());
  const absl::Status status = Node::ToAbsl(reader->Finish());
  if (!status.ok()) return status;
  return records;
}

size_t SizeAt(Node& node, const std::string& member) {
  const auto records = RecordsAt(node, member);
  EXPECT_TRUE(records.ok()) << records.status();
  return records.ok() ? records->size() : 0;
}

// One circle for all lines: what one did wrong, the next would show too.
class Network : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    circle_ = std::make_unique<Circle>(
        std::vector<std::string>{"rotterdam", "zuid-holland", "bzk-flex"}, nullptr, true);
  }
  static void TearDownTestSuite() { circle_.reset(); }
  ~Network() override { SetAll({}); }

  static Node& node(const std::string& name) { return (*circle_)[name]; }
  static void SetAll(const Line& line) {
    for (const auto& node : circle_->nodes()) node->proxy().Set(line);
  }

  // What every node holds of every feed is a prefix of what its writer wrote. Returns how
  // many copies were told.
  static int ExpectNothingElseStored() {
    int told = 0;
    for (const auto& writer : circle_->nodes()) {
      std::vector<std::vector<std::string>> copies;
      for (const auto& holder : circle_->nodes()) {
        if (holder == writer) continue;
        const auto copy = RecordsAt(*holder, writer->short_name());
        EXPECT_TRUE(copy.ok() || ReasonOf(copy.status()) == "ERASURES_PENDING") << copy.status();
        if (copy.ok()) copies.push_back(*copy);
      }
      // Read last, so that it holds at least what was copied.
      const auto written = RecordsAt(*writer, writer->short_name());
      EXPECT_TRUE(written.ok() || ReasonOf(written.status()) == "ERASURES_PENDING")
          << written.status();
      if (!written.ok()) continue;
      for (const auto& copy : copies) {
        ++told;
        EXPECT_LE(copy.size(), written->size()) << writer->short_name();
        EXPECT_TRUE(copy.size() <= written->size() &&
                    std::equal(copy.begin(), copy.end(), written->begin()))
            << writer->short_name();
      }
    }
    return told;
  }

  static void ExpectAllEqual() {
    SetAll({});
    ASSERT_TRUE(circle_->WaitUntilEqual(kCircle, kPatience));
    const std::string heads = HeadsOf(node("rotterdam"));
    for (const auto& other : circle_->nodes()) {
      EXPECT_EQ(HeadsOf(*other), heads) << other->short_name();
    }
    constexpr int kCopies = 6;
    EXPECT_TRUE(Eventually([] { return ExpectNothingElseStored() == kCopies; }, kPatience));
  }

  // From an assignment to an exchange that counts everywhere.
  static void LendAndBorrow(const std::string& pseudonym) {
    Node& host = node("rotterdam");
    Node& lender = node("zuid-holland");
    const auto assignment = Publish(host, "Opdracht voor " + pseudonym);
    ASSERT_TRUE(assignment.ok()) << assignment.status();
    const auto professional = Register(lender, pseudonym);
    ASSERT_TRUE(professional.ok()) << professional.status();
    const auto exchange =
        WhenSeen([&] { return Propose(lender, *assignment, *professional); }, kPatience);
    ASSERT_TRUE(exchange.ok()) << exchange.status();
    const auto selected = WhenSeen([&] { return Select(host, *exchange); }, kPatience);
    ASSERT_TRUE(selected.ok()) << selected.status();
    const auto confirmed = WhenSeen([&] { return Confirm(lender, *exchange); }, kPatience);
    ASSERT_TRUE(confirmed.ok()) << confirmed.status();
    const auto accepted = WhenSeen([&] { return Accept(host, *exchange); }, kPatience);
    ASSERT_TRUE(accepted.ok()) << accepted.status();
    for (const auto& node : circle_->nodes()) {
      EXPECT_TRUE(WaitForStatus(*node, *exchange, v1::EXCHANGE_STATUS_EFFECTIVE))
          << node->short_name();
    }
  }

  static void AnnounceMany(const std::string& name, int count) {
    std::vector<std::thread> writers;
    constexpr int kWriters = 4;
    for (int writer = 0; writer < kWriters; ++writer) {
      writers.emplace_back([&, writer] {
        for (int i = writer; i < count; i += kWriters) {
          const auto id = Announce(node(name), "Lunch " + std::to_string(i));
          EXPECT_TRUE(id.ok()) << id.status();
        }
      });
    }
    for (auto& writer : writers) writer.join();
  }

  static std::unique_ptr<Circle> circle_;
};

std::unique_ptr<Circle> Network::circle_;

TEST_F(Network, EveryByteGoesThroughTheProxies) {
  const uint64_t before = node("rotterdam").proxy().bytes();
  AnnounceMany("rotterdam", 4);
  ExpectAllEqual();
  EXPECT_GT(node("rotterdam").proxy().bytes(), before);
}

TEST_F(Network, ADelayOnlyDelays) {
  SetAll({.delay = absl::Milliseconds(40)});
  LendAndBorrow("vertraagd");
  ExpectAllEqual();
}

TEST_F(Network, OneByteAtATimeIsEnough) {
  SetAll({.single_bytes = true});
  LendAndBorrow("druppelend");
  AnnounceMany("bzk-flex", 40);
  ExpectAllEqual();
}

TEST_F(Network, ConnectionsCutInAPackageBeginAgain) {
  // Enough to fetch that a cut falls inside, and short enough that many do.
  node("zuid-holland").Kill();
  AnnounceMany("rotterdam", 150);
  for (const auto& other : {"rotterdam", "bzk-flex"}) {
    node(other).proxy().Set({.cut_within = 30'000});
  }
  const uint64_t before = node("rotterdam").proxy().cuts() + node("bzk-flex").proxy().cuts();
  node("zuid-holland").Start();
  EXPECT_TRUE(Eventually(
      [&] {
        return node("rotterdam").proxy().cuts() + node("bzk-flex").proxy().cuts() >= before + 6;
      },
      kPatience));
  ExpectNothingElseStored();
  ExpectAllEqual();
}

TEST_F(Network, WrongBitsStoreNothing) {
  SetAll({.wrong_bit_within = 5'000});
  const auto wrong_bits = [] {
    uint64_t sum = 0;
    for (const auto& node : circle_->nodes()) sum += node->proxy().wrong_bits();
    return sum;
  };
  const uint64_t before = wrong_bits();
  AnnounceMany("rotterdam", 20);
  EXPECT_TRUE(Eventually([&] { return wrong_bits() >= before + 5; }, kPatience));
  ExpectNothingElseStored();
  ExpectAllEqual();
}

TEST_F(Network, AStalledNodeBlocksNobodyElse) {
  // From it nothing comes and its connections stand: it is there and says nothing.
  node("zuid-holland").proxy().Set({.stalled = true});
  AnnounceMany("rotterdam", 30);
  AnnounceMany("bzk-flex", 30);
  const auto equal_without_it = [&] {
    return SizeAt(node("bzk-flex"), "rotterdam") == SizeAt(node("rotterdam"), "rotterdam") &&
           SizeAt(node("rotterdam"), "bzk-flex") == SizeAt(node("bzk-flex"), "bzk-flex");
  };
  EXPECT_TRUE(Eventually(equal_without_it, kPatience));
  // What it writes is not lost, and not there before it comes through.
  const size_t before = SizeAt(node("rotterdam"), "zuid-holland");
  ASSERT_TRUE(Announce(node("zuid-holland"), "Nog even niet").ok());
  EXPECT_EQ(SizeAt(node("rotterdam"), "zuid-holland"), before);
  ExpectNothingElseStored();
  ExpectAllEqual();
  LendAndBorrow("daarna");
}

}  // namespace
}  // namespace tests::scenarios
