#include "services/audit/audit.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "eventstore/base/errors.h"
#include "eventstore/base/id.h"
#include "eventstore/merkle/note.h"
#include "poolcirkel/event/v1/event.pb.h"
#include "services/audit/verify.h"
#include "tests/testing/members/story.h"
#include "tests/testing/members/world.h"
#include "tests/testing/viewer.h"

namespace services::audit {
namespace {

namespace v1 = poolcirkel::api::v1;
using tests::testing::Viewer;
using tests::testing::members::Member;
using tests::testing::members::World;

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

  v1::AuditEvidenceResponse EvidenceAt(Member& member) {
    CopyHeads(member);
    Viewer viewer(member, world_.clock);
    v1::AuditEvidenceRequest request;
    request.mutable_header()->set_circle(kCircle);
    request.set_exchange_id(exchange_);
    auto evidence = AuditOf(member, viewer)->Evidence(request, world_.clock.Now());
    EXPECT_TRUE(evidence.ok()) << evidence.status();
    return evidence.ok() ? *std::move(evidence) : v1::AuditEvidenceResponse();
  }

  VerificationReport Verify(const v1::AuditEvidenceResponse& evidence) {
    return VerifyEvidence(evidence, flex().Circle(kCircle)->id);
  }

  static std::string Text(const VerificationReport& report) {
    std::string text;
    for (const Claim& claim : report.claims) {
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

TEST_F(AuditTest, EvidenceProvesTheExchangeAtAnyMember) {
  for (Member* member : {&flex(), &rotterdam(), &zuid_holland(), &amsterdam()}) {
    const auto report = Verify(EvidenceAt(*member));
    EXPECT_TRUE(report.ok) << Text(report);
    EXPECT_EQ(report.terms.has_value(), member != &amsterdam()) << member->name();
    if (report.terms.has_value()) {
      EXPECT_EQ(report.terms->weeks_size(), 3);
    }
  }
}

TEST_F(AuditTest, UnknownExchangesAreRefused) {
  Viewer viewer(flex(), world_.clock);
  v1::AuditEvidenceRequest request;
  request.mutable_header()->set_circle(kCircle);
  request.set_exchange_id(assignment_);
  const auto answer = AuditOf(flex(), viewer)->Evidence(request, world_.clock.Now());
  EXPECT_EQ(eventstore::base::DetailsOf(answer.status()).reason, "EXCHANGE_UNKNOWN");
}

TEST_F(AuditTest, EvidenceOfAnotherCircleProvesNothing) {
  const auto evidence = EvidenceAt(flex());
  eventstore::log::CircleId other;
  EXPECT_FALSE(VerifyEvidence(evidence, other).ok);
  EXPECT_FALSE(Verify(v1::AuditEvidenceResponse()).ok);
}

TEST_F(AuditTest, EveryChangedByteOfARecordIsFound) {
  const auto evidence = EvidenceAt(flex());
  ASSERT_GT(evidence.events_size(), 4);
  for (int i = 0; i < evidence.events_size(); ++i) {
    for (const size_t offset : {size_t{5}, evidence.events(i).record().size() / 2}) {
      auto changed = evidence;
      (*changed.mutable_events(i)->mutable_record())[offset] ^= 1;
      EXPECT_FALSE(Verify(changed).ok) << "event " << i << ", byte " << offset;
    }
    auto moved = evidence;
    moved.mutable_events(i)->set_sequence(evidence.events(i).sequence() + 1);
    EXPECT_FALSE(Verify(moved).ok) << "event " << i;
    auto unproven = evidence;
    unproven.mutable_events(i)->add_inclusion_proof(std::string(32, 'x'));
    EXPECT_FALSE(Verify(unproven).ok) << "event " << i;
  }
}

TEST_F(AuditTest, MissingStepsAndCosignaturesAreFound) {
  const auto evidence = EvidenceAt(flex());
  const auto without = [&](auto drop) {
    auto changed = evidence;
    changed.clear_events();
    for (const auto& event : evidence.events()) {
      poolcirkel::log::v1::Record record;
      EXPECT_TRUE(record.ParseFromString(event.record()));
      if (!drop(record.type(), event)) *changed.add_events() = event;
    }
    EXPECT_LT(changed.events_size(), evidence.events_size());
    return Verify(changed).ok;
  };
  for (const char* type : {"secondment_proposed", "candidacy_selected", "secondment_confirmed",
                           "selection_accepted"}) {
    EXPECT_FALSE(without([&](const std::string& name, const v1::ProvenEvent&) {
      return name == type;
    })) << type;
  }
  auto bare = evidence;
  for (auto& event : *bare.mutable_events()) {
    auto note = eventstore::merkle::ParseNote(event.checkpoint_note());
    ASSERT_TRUE(note.ok());
    note->signatures.resize(1);
    event.set_checkpoint_note(FormatNote(*note));
  }
  EXPECT_FALSE(Verify(bare).ok) << "nobody cosigned";
}

TEST_F(AuditTest, AWrongKeyOrCharterIsFound) {
  auto evidence = EvidenceAt(flex());
  auto changed = evidence;
  changed.set_exchange_key(std::string(32, 'k'));
  EXPECT_FALSE(Verify(changed).ok);
  changed = evidence;
  changed.mutable_charters(0)->mutable_signatures()->RemoveLast();
  EXPECT_FALSE(Verify(changed).ok);
  changed = evidence;
  changed.clear_exchange_key();
  const auto report = Verify(changed);
  EXPECT_TRUE(report.ok) << Text(report);
  EXPECT_FALSE(report.terms.has_value());
}

}  // namespace
}  // namespace services::audit
