#include "services/audit/audit.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "eventstore/base/errors.h"
#include "eventstore/base/id.h"
#include "services/audit/verify/bundle.h"
#include "services/audit/verify/verify.h"
#include "tests/services/audit/verify/changes.h"
#include "tests/testing/members/story.h"
#include "tests/testing/members/world.h"
#include "tests/testing/viewer.h"

namespace services::audit {
namespace {

namespace v1 = poolcirkel::api::v1;
using tests::testing::Viewer;
using tests::testing::members::Member;
using tests::testing::members::World;
using verify::Report;

constexpr char kCircle[] = "randstad";

// Five members; Zuid-Holland lends to Rotterdam, flex coordinates and audits.
class AuditTest : public testing::Test {
 protected:
  AuditTest() {
    for (const char* name : {"flex", "rotterdam", "zuid-holland", "amsterdam", "haarlemmermeer"}) {
      members_.push_back(&world_.Add(name));
    }
    world_.Found(kCircle, members_, tests::testing::members::SampleRules());
    world_.Settle();
    assignment_ = *tests::testing::members::Publish(rotterdam(), kCircle);
    const std::string professional =
        *tests::testing::members::Register(zuid_holland(), kCircle, "Reiger");
    world_.Settle();
    exchange_ =
        *tests::testing::members::Propose(zuid_holland(), kCircle, assignment_, professional);
    world_.Settle();
    EXPECT_TRUE(tests::testing::members::Select(rotterdam(), kCircle, exchange_).ok());
    world_.Settle();
    EXPECT_TRUE(tests::testing::members::Confirm(zuid_holland(), kCircle, exchange_).ok());
    world_.Settle();
    EXPECT_TRUE(tests::testing::members::Accept(rotterdam(), kCircle, exchange_).ok());
    world_.Settle();
  }

  Member& flex() { return *members_[0]; }
  Member& rotterdam() { return *members_[1]; }
  Member& zuid_holland() { return *members_[2]; }
  Member& amsterdam() { return *members_[3]; }

  std::unique_ptr<Audit> AuditOf(Member& member, Viewer& viewer) {
    viewer.views.CatchUp();
    Audit::Options options;
    options.log = member.node.log.get();
    options.engine = &viewer.views.engine();
    options.keys = member.node.keys.get();
    options.circles = member.node.circles.get();
    return Audit::Create(options);
  }

  // What the network brings along with records: the signed heads.
  void CopyHeads(Member& to) {
    for (Member* from : members_) {
      const auto feed = from->Circle(kCircle)->OwnFeed();
      if (from == &to) continue;
      const auto note = from->node.log->CheckpointNote(feed);
      ASSERT_TRUE(note.ok()) << note.status();
      ASSERT_TRUE(to.node.log->StoreCheckpoint(feed, *note).ok());
    }
  }

  absl::StatusOr<v1::AuditExportResponse> Export(Member& member, const std::string& exchange,
                                                 bool without_key = false) {
    CopyHeads(member);
    Viewer viewer(member, world_.clock);
    v1::AuditExportRequest request;
    request.mutable_header()->set_circle(kCircle);
    request.set_exchange_id(exchange);
    request.set_without_key(without_key);
    return AuditOf(member, viewer)->Export(request, world_.clock.Now());
  }

  // The bytes of the file that the member would write.
  std::string BundleAt(Member& member, bool without_key = false) {
    const auto exported = Export(member, exchange_, without_key);
    EXPECT_TRUE(exported.ok()) << exported.status();
    return exported.ok() ? verify::EncodeBundle(exported->bundle()) : "";
  }

  Report Verify(const std::string& bytes) {
    return verify::VerifyBundle(bytes, flex().Circle(kCircle)->id);
  }

  static std::string Text(const Report& report) {
    std::string text;
    for (const verify::Claim& claim : report.claims) {
      text += (claim.ok ? "+ " : "- ") + claim.sentence + "\n";
    }
    return text;
  }

  World world_;
  std::vector<Member*> members_;
  std::string assignment_;
  std::string exchange_;
};

TEST_F(AuditTest, TheCoordinatorReadsWhoLentToWhom) {
  Viewer viewer(flex(), world_.clock);
  const auto audit = AuditOf(flex(), viewer);
  v1::AuditExchangesRequest request;
  request.mutable_header()->set_circle(kCircle);
  const auto answer = audit->Exchanges(request, world_.clock.Now());
  ASSERT_TRUE(answer.ok()) << answer.status();
  ASSERT_EQ(answer->exchanges_size(), 1);
  EXPECT_EQ(answer->exchanges(0).status(), v1::EXCHANGE_STATUS_EFFECTIVE);
  ASSERT_EQ(answer->balance_size(), 1);
  EXPECT_EQ(answer->balance(0).lender().short_name(), "zuid-holland");
  EXPECT_EQ(answer->balance(0).host().short_name(), "rotterdam");
  EXPECT_EQ(answer->balance(0).minutes(), 3 * 1'440);
  EXPECT_EQ(answer->balance(0).eurocents(), 72 * 9'500);
  request.set_from_date("2027-01-01");
  const auto later = audit->Exchanges(request, world_.clock.Now());
  ASSERT_TRUE(later.ok());
  EXPECT_EQ(later->exchanges_size(), 0);
  request.set_to_date("2026-01-01");
  const auto wrong = audit->Exchanges(request, world_.clock.Now());
  EXPECT_EQ(wrong.status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(AuditTest, ABundleProvesTheExchangeAtAnyMember) {
  for (Member* member : {&flex(), &rotterdam(), &zuid_holland(), &amsterdam()}) {
    const Report report = Verify(BundleAt(*member));
    EXPECT_TRUE(report.ok) << Text(report);
    EXPECT_EQ(report.terms.has_value(), member != &amsterdam()) << member->name();
    if (report.terms.has_value()) {
      EXPECT_EQ(report.terms->weeks_size(), 3);
    }
  }
  const Report closed = Verify(BundleAt(flex(), true));
  EXPECT_TRUE(closed.ok) << Text(closed);
  EXPECT_FALSE(closed.terms.has_value());
}

TEST_F(AuditTest, EverySingleBitOfABundleIsRefusedWhenItChanges) {
  const std::string bytes = BundleAt(flex());
  ASSERT_TRUE(Verify(bytes).ok);
  const auto accepted = tests::audit::verify::AcceptedFlips(bytes, flex().Circle(kCircle)->id);
  EXPECT_TRUE(accepted.empty()) << accepted.size() << " bits, the first " << accepted.front();
}

TEST_F(AuditTest, ABundleOfAnotherCircleProvesNothing) {
  EXPECT_FALSE(verify::VerifyBundle(BundleAt(flex()), eventstore::log::CircleId()).ok);
}

TEST_F(AuditTest, UnknownExchangesAreRefused) {
  const auto answer = Export(flex(), assignment_);
  EXPECT_EQ(eventstore::base::DetailsOf(answer.status()).reason, "EXCHANGE_UNKNOWN");
}

TEST_F(AuditTest, WhatIsNotEffectiveYetIsNotExported) {
  const std::string professional =
      *tests::testing::members::Register(zuid_holland(), kCircle, "Ooievaar");
  const std::string assignment = *tests::testing::members::Publish(rotterdam(), kCircle);
  world_.Settle();
  const std::string exchange =
      *tests::testing::members::Propose(zuid_holland(), kCircle, assignment, professional);
  world_.Settle();
  const auto answer = Export(flex(), exchange);
  EXPECT_EQ(eventstore::base::DetailsOf(answer.status()).reason, "BUNDLE_INCOMPLETE");
}

}  // namespace
}  // namespace services::audit
