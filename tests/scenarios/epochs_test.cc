// Feeds that come to an end: by their member, or by the circle; and what goes on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "eventstore/base/id.h"
#include "eventstore/log/types.h"
#include "services/audit/verify/bundle.h"
#include "services/audit/verify/verify.h"
#include "tests/scenarios/harness/flow.h"

namespace tests::scenarios {
namespace {

using namespace harness;  // NOLINT: the scenario reads as a story
using poolcirkel::event::v1::EpochEnd;

const std::vector<std::string> kMembers = {"rotterdam", "zuid-holland", "amsterdam", "bzk-flex"};

absl::StatusOr<v1::EndEpochResponse> End(Node& by, EpochEnd reason, const std::string& of = "",
                                         const std::string& next_log_key = "") {
  v1::EndEpochRequest request;
  *request.mutable_header() = Header();
  request.set_reason(reason);
  request.set_member(of);
  request.set_next_log_key(next_log_key);
  return by.Call(&v1::CircleService::Stub::EndEpoch, request);
}

absl::Status Sign(Node& node, uint32_t version) {
  v1::SignProposalRequest request;
  *request.mutable_header() = Header();
  request.set_version(version);
  return WhenSeen([&] { return node.Call(&v1::CircleService::Stub::SignProposal, request); })
      .status();
}

std::string NextKeyOf(Node& node) {
  v1::MakeMemberEntryRequest request;
  request.set_circle_short_name(kCircle);
  request.set_short_name(node.short_name());
  const auto entry = node.Call(&v1::CircleService::Stub::MakeMemberEntry, request);
  EXPECT_TRUE(entry.ok()) << entry.status();
  return entry.ok() ? entry->member().log_key() : "";
}

poolcirkel::event::v1::CharterMember EntryOf(Node& viewer, const std::string& member) {
  v1::ShowCircleRequest request;
  request.set_circle(kCircle);
  const auto shown = viewer.Call(&v1::CircleService::Stub::Show, request);
  if (shown.ok()) {
    for (const auto& entry : shown->charter().members()) {
      if (entry.short_name() == member) return entry;
    }
  }
  return {};
}

bool EverybodySees(Circle& circle, const std::string& member, uint32_t epoch) {
  return Eventually(
      [&] {
        for (const auto& node : circle.nodes()) {
          if (node->running() && EntryOf(*node, member).epoch() != epoch) return false;
        }
        return true;
      },
      absl::Seconds(60));
}

// The file that proves an exchange, as `node` exports it; verified without any node.
bool Proves(Node& node, const std::string& exchange) {
  v1::AuditExportRequest request;
  request.mutable_header()->set_circle(kCircle);
  request.set_exchange_id(exchange);
  const auto exported = node.Call(&v1::AuditService::Stub::Export, request);
  EXPECT_TRUE(exported.ok()) << exported.status();
  v1::ShowCircleRequest show;
  show.set_circle(kCircle);
  const auto shown = node.Call(&v1::CircleService::Stub::Show, show);
  if (!exported.ok() || !shown.ok()) return false;
  const auto bytes = eventstore::base::FromHex(shown->circle().circle_id());
  const auto circle = eventstore::log::CircleId::FromBytes(bytes.value_or(""));
  const auto report = services::audit::verify::VerifyBundle(
      services::audit::verify::EncodeBundle(exported->bundle()), *circle);
  for (const auto& claim : report.claims) EXPECT_TRUE(claim.ok) << claim.sentence;
  return report.ok;
}

// What stands in an epoch that is closed can be read and proved at any member.
void ExpectEpochShown(Node& node, const std::string& member, uint32_t epoch) {
  v1::LogHeadsRequest heads;
  heads.set_circle(kCircle);
  heads.set_all_epochs(true);
  const auto shown = node.Call(&v1::LogService::Stub::Heads, heads);
  ASSERT_TRUE(shown.ok()) << shown.status();
  std::string origin;
  uint64_t size = 0;
  for (const auto& head : shown->heads()) {
    if (head.member() != member || head.feed().epoch() != epoch) continue;
    origin = eventstore::log::Origin(*eventstore::log::FromProto(head.feed()));
    size = head.size();
  }
  ASSERT_GT(size, 1u) << "no head of epoch " << epoch;

  v1::AuditProofRequest prove;
  prove.mutable_header()->set_circle(kCircle);
  prove.set_member(member);
  prove.set_epoch(epoch);
  prove.set_sequence(size - 1);
  const auto proof = node.Call(&v1::AuditService::Stub::Proof, prove);
  ASSERT_TRUE(proof.ok()) << proof.status();
  EXPECT_THAT(proof->proof(), ::testing::HasSubstr(origin + "\n" + std::to_string(size) + "\n"));

  v1::ReadLogRequest read;
  read.set_circle(kCircle);
  read.set_member(member);
  read.set_epoch(epoch);
  v1::LogService::Stub log(node.channel());
  grpc::ClientContext context;
  Node::Prepare(context, node.admin_token(), absl::Seconds(30));
  const auto events = log.Read(&context, read);
  v1::ReadLogResponse response;
  uint64_t count = 0;
  for (; events->Read(&response); ++count) EXPECT_EQ(response.event().feed().epoch(), epoch);
  EXPECT_EQ(count, std::min<uint64_t>(size, 100));
}

TEST(Epochs, AnExchangeGoesOnWhileBothSidesTakeAnotherKey) {
  Circle circle(kMembers);
  Node& host = circle["rotterdam"];
  Node& lender = circle["zuid-holland"];
  // One exchange is wholly of the old epochs.
  const auto finished = Publish(host, "Programmamanager");
  const auto professional = Register(lender, "zuid-holland-01");
  const auto old = WhenSeen([&] { return Propose(lender, *finished, *professional); });
  ASSERT_TRUE(old.ok()) << old.status();
  ASSERT_TRUE(WhenSeen([&] { return Select(host, *old); }).ok());
  ASSERT_TRUE(WhenSeen([&] { return Confirm(lender, *old); }).ok());
  ASSERT_TRUE(WhenSeen([&] { return Accept(host, *old); }).ok());
  ASSERT_TRUE(WaitForStatus(host, *old, v1::EXCHANGE_STATUS_EFFECTIVE));

  // Another is under way.
  const auto assignment = Publish(host, "Projectleider");
  const auto second = Register(lender, "zuid-holland-02");
  const auto exchange = WhenSeen([&] { return Propose(lender, *assignment, *second); });
  ASSERT_TRUE(exchange.ok()) << exchange.status();
  ASSERT_TRUE(WhenSeen([&] { return Select(host, *exchange); }).ok());
  const auto rotated = End(host, poolcirkel::event::v1::EPOCH_END_ROTATION);
  ASSERT_TRUE(rotated.ok()) << rotated.status();
  ASSERT_TRUE(EverybodySees(circle, "rotterdam", 1));
  ASSERT_TRUE(WhenSeen([&] { return Confirm(lender, *exchange); }).ok());
  const auto closed =
      WhenSeen([&] { return End(lender, poolcirkel::event::v1::EPOCH_END_YEARLY_CLOSING); });
  ASSERT_TRUE(closed.ok()) << closed.status();
  ASSERT_TRUE(EverybodySees(circle, "zuid-holland", 1));
  ASSERT_TRUE(WhenSeen([&] { return Accept(host, *exchange); }).ok());

  // A node that starts again finds all of it.
  circle["amsterdam"].Terminate();
  host.Kill();
  circle["amsterdam"].Start();
  host.Start();
  ASSERT_TRUE(circle.WaitUntilEqual());
  for (const auto& node : circle.nodes()) {
    EXPECT_TRUE(WaitForStatus(*node, *old, v1::EXCHANGE_STATUS_EFFECTIVE)) << node->short_name();
    EXPECT_TRUE(WaitForStatus(*node, *exchange, v1::EXCHANGE_STATUS_EFFECTIVE))
        << node->short_name();
  }
  EXPECT_TRUE(Proves(circle["bzk-flex"], *old));
  EXPECT_TRUE(Proves(circle["bzk-flex"], *exchange));
  ExpectEpochShown(circle["bzk-flex"], "rotterdam", 0);
  ExpectEpochShown(circle["bzk-flex"], "rotterdam", 1);
  v1::AuditProofRequest later;
  later.mutable_header()->set_circle(kCircle);
  later.set_member("rotterdam");
  later.set_epoch(7);
  const auto refused = circle["bzk-flex"].Call(&v1::AuditService::Stub::Proof, later).status();
  EXPECT_EQ(ReasonOf(refused), "EPOCH_UNKNOWN") << refused;
}

// The members whose people a search at `node` finds.
std::set<std::string> FoundHomes(Node& node) {
  v1::SearchProfessionalsRequest request;
  request.mutable_header()->set_circle(kCircle);
  const auto found = node.Call(&v1::ProfessionalService::Stub::Search, request);
  EXPECT_TRUE(found.ok()) << found.status();
  std::set<std::string> homes;
  if (found.ok()) {
    for (const auto& hit : found->hits()) homes.insert(hit.home().short_name());
  }
  return homes;
}

// The members whose open assignments are listed at `node`.
std::set<std::string> ListedHosts(Node& node, const std::string& of = "") {
  v1::ListAssignmentsRequest request;
  request.mutable_header()->set_circle(kCircle);
  request.set_member(of);
  const auto listed = node.Call(&v1::AssignmentService::Stub::List, request);
  EXPECT_TRUE(listed.ok()) << listed.status();
  std::set<std::string> hosts;
  if (listed.ok()) {
    for (const auto& row : listed->assignments()) hosts.insert(row.host().short_name());
  }
  return hosts;
}

// Whether `node` knows that `count` members cosigned all of the member's events.
bool IsCosigned(Node& node, const std::string& member, int count) {
  v1::LogHeadsRequest request;
  request.set_circle(kCircle);
  const auto heads = node.Call(&v1::LogService::Stub::Heads, request);
  if (!heads.ok()) return false;
  return std::ranges::any_of(heads->heads(), [&](const auto& head) {
    return head.member() == member && head.cosignatures() >= count;
  });
}

TEST(Epochs, ASuspendedMemberIsRefusedAndWhatItWritesCountsNowhere) {
  Circle circle(kMembers);
  Node& suspended = circle["amsterdam"];
  ASSERT_TRUE(Publish(suspended, "Van voor de schorsing").ok());
  ASSERT_TRUE(Register(suspended, "amsterdam-01").ok());
  ASSERT_TRUE(circle.WaitUntilEqual());
  // What is cosigned stays, whoever proposes where to cut.
  ASSERT_TRUE(Eventually([&] { return IsCosigned(circle["bzk-flex"], "amsterdam", 3); }));
  EXPECT_TRUE(Eventually([&] { return FoundHomes(circle["rotterdam"]).contains("amsterdam"); }));
  EXPECT_TRUE(ListedHosts(circle["rotterdam"]).contains("amsterdam"));
  const auto proposed =
      End(circle["bzk-flex"], poolcirkel::event::v1::EPOCH_END_SUSPENSION, "amsterdam");
  ASSERT_TRUE(proposed.ok()) << proposed.status();
  ASSERT_TRUE(Sign(circle["rotterdam"], proposed->charter_version()).ok());
  ASSERT_TRUE(Sign(circle["zuid-holland"], proposed->charter_version()).ok());
  for (const char* name : {"bzk-flex", "rotterdam", "zuid-holland"}) {
    EXPECT_TRUE(Eventually([&] { return EntryOf(circle[name], "amsterdam").suspended(); })) << name;
  }
  // It learns so by asking for the charter, and then writes nothing more.
  EXPECT_TRUE(
      Eventually([&] { return EntryOf(suspended, "amsterdam").suspended(); }, absl::Seconds(60)));
  EXPECT_EQ(ReasonOf(Publish(suspended, "Van daarna").status()), "MEMBER_SUSPENDED");
  // Nobody is offered what could not be had; it can be looked at.
  EXPECT_EQ(FoundHomes(circle["rotterdam"]).count("amsterdam"), 0u);
  EXPECT_EQ(ListedHosts(circle["rotterdam"]).count("amsterdam"), 0u);
  EXPECT_EQ(ListedHosts(circle["rotterdam"], "amsterdam").count("amsterdam"), 1u);
  EXPECT_EQ(FoundHomes(suspended).count("amsterdam"), 1u);

  // The others go on: three members, so both others cosign.
  Node& host = circle["rotterdam"];
  Node& lender = circle["zuid-holland"];
  const auto assignment = Publish(host, "Zonder Amsterdam");
  const auto professional = Register(lender, "zuid-holland-01");
  const auto exchange = WhenSeen([&] { return Propose(lender, *assignment, *professional); });
  ASSERT_TRUE(exchange.ok()) << exchange.status();
  ASSERT_TRUE(WhenSeen([&] { return Select(host, *exchange); }).ok());
  ASSERT_TRUE(WhenSeen([&] { return Confirm(lender, *exchange); }).ok());
  ASSERT_TRUE(WhenSeen([&] { return Accept(host, *exchange); }).ok());
  EXPECT_TRUE(WaitForStatus(circle["bzk-flex"], *exchange, v1::EXCHANGE_STATUS_EFFECTIVE));
  EXPECT_EQ(Exchange(suspended, *exchange).status(), v1::EXCHANGE_STATUS_UNSPECIFIED);
}

TEST(Epochs, AMemberThatLostItsLogKeyGoesOnWithAnother) {
  Circle circle(kMembers);
  Node& host = circle["rotterdam"];
  Node& lender = circle["zuid-holland"];
  const auto assignment = Publish(host, "Programmamanager");
  const auto professional = Register(lender, "zuid-holland-01");
  const auto exchange = WhenSeen([&] { return Propose(lender, *assignment, *professional); });
  ASSERT_TRUE(exchange.ok()) << exchange.status();
  ASSERT_TRUE(WhenSeen([&] { return Select(host, *exchange); }).ok());
  ASSERT_TRUE(circle.WaitUntilEqual());

  ASSERT_TRUE(lender.Terminate());
  std::filesystem::remove(lender.data() / "keys" / "log.key");
  ASSERT_EQ(lender.RunOnce("new-log-key"), 0);
  lender.Start();
  const auto replaced = End(circle["bzk-flex"], poolcirkel::event::v1::EPOCH_END_KEY_LOST,
                            "zuid-holland", NextKeyOf(lender));
  ASSERT_TRUE(replaced.ok()) << replaced.status();
  ASSERT_TRUE(Sign(circle["rotterdam"], replaced->charter_version()).ok());
  ASSERT_TRUE(Sign(circle["amsterdam"], replaced->charter_version()).ok());
  ASSERT_TRUE(EverybodySees(circle, "zuid-holland", 1));
  const auto confirmed = WhenSeen([&] { return Confirm(lender, *exchange); });
  ASSERT_TRUE(confirmed.ok()) << confirmed.status();
  ASSERT_TRUE(WhenSeen([&] { return Accept(host, *exchange); }).ok());
  for (const auto& node : circle.nodes()) {
    EXPECT_TRUE(WaitForStatus(*node, *exchange, v1::EXCHANGE_STATUS_EFFECTIVE))
        << node->short_name();
  }
}

}  // namespace
}  // namespace tests::scenarios
