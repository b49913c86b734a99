#include "services/commands/circle_commands.h"

#include "eventstore/base/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/domain/circle/circle.h"
#include "tests/testing/members/story.h"
#include "tests/testing/members/world.h"

namespace services::commands {
namespace {

namespace api = poolcirkel::api::v1;
namespace base = eventstore::base;
namespace circle_domain = services::domain::circle;
using tests::testing::members::Coordinator;
using tests::testing::members::Member;
using tests::testing::members::SampleRules;
using tests::testing::members::World;

const absl::Time kNoDeadline = absl::InfiniteFuture();

std::string ReasonOf(const absl::Status& status) { return base::DetailsOf(status).reason; }

class CircleCommandsTest : public ::testing::Test {
 protected:
  void FoundThree() {
    world_.Found("randstad", {&first_, &second_, &third_}, SampleRules());
    world_.Settle();
  }
  api::ShowCircleResponse Show(Member& member) {
    api::ShowCircleRequest request;
    request.set_circle("randstad");
    const auto shown = member.node.circle_commands->Show(request);
    EXPECT_TRUE(shown.ok()) << shown.status();
    return shown.value_or(api::ShowCircleResponse());
  }

  World world_;
  Member& first_ = world_.Add("bzk-flex");
  Member& second_ = world_.Add("rotterdam");
  Member& third_ = world_.Add("zuid-holland");
  Member& fourth_ = world_.Add("haarlemmermeer");
};

TEST_F(CircleCommandsTest, AFoundedCircleIsTheSameAtEveryFounder) {
  FoundThree();
  const auto shown = Show(first_);
  EXPECT_EQ(shown.circle().members(), 3);
  EXPECT_EQ(shown.circle().charter_version(), 0);
  EXPECT_EQ(shown.self().short_name(), "bzk-flex");
  EXPECT_EQ(Show(second_).charter_bytes(), shown.charter_bytes());
  EXPECT_EQ(shown.circle().circle_id(),
            base::ToText(circle_domain::CircleIdOf(shown.charter_bytes())));
}

TEST_F(CircleCommandsTest, FoundingAgainChangesNothing) {
  FoundThree();
  const auto circle = first_.Circle("randstad");
  const uint64_t size = first_.node.log->Size(circle->OwnFeed());
  api::FoundCircleRequest request;
  *request.mutable_charter() = circle->chain.front();
  const auto again = first_.node.circle_commands->Found(request, Coordinator(), kNoDeadline);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(again->receipt().repeated());
  EXPECT_EQ(first_.node.log->Size(circle->OwnFeed()), size);
}

TEST_F(CircleCommandsTest, ACharterWithoutASignatureOfAFounderFoundsNothing) {
  FoundThree();
  api::FoundCircleRequest request;
  *request.mutable_charter() = first_.Circle("randstad")->chain.front();
  request.mutable_charter()->mutable_signatures()->RemoveLast();
  const auto refused = fourth_.node.circle_commands->Found(request, Coordinator(), kNoDeadline);
  EXPECT_EQ(ReasonOf(refused.status()), "CHARTER_INVALID");
  request.mutable_charter()->Clear();
  EXPECT_FALSE(fourth_.node.circle_commands->Found(request, Coordinator(), kNoDeadline).ok());
}

TEST_F(CircleCommandsTest, WhoIsNotInTheCharterFoundsAndSignsNothing) {
  FoundThree();
  const auto chain = first_.Circle("randstad")->chain;
  api::FoundCircleRequest found;
  *found.mutable_charter() = chain.front();
  EXPECT_EQ(
      ReasonOf(fourth_.node.circle_commands->Found(found, Coordinator(), kNoDeadline).status()),
      "NOT_A_MEMBER");
  api::SignCharterRequest sign;
  sign.set_charter(chain.front().charter());
  EXPECT_EQ(
      ReasonOf(
          fourth_.node.circle_commands->SignCharter(sign, Coordinator(), kNoDeadline).status()),
      "NOT_A_MEMBER");
}

// Signing a later version outside the log would hide that two were signed.
TEST_F(CircleCommandsTest, OnlyTheFirstVersionIsSignedOutsideTheLog) {
  FoundThree();
  const auto circle = first_.Circle("randstad");
  auto next = circle->charter;
  next.set_version(1);
  next.set_previous(circle_domain::CharterDigest(circle->chain.front().charter()).bytes());
  const auto bytes = circle_domain::EncodeCharter(next);
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  api::SignCharterRequest request;
  request.set_charter(*bytes);
  EXPECT_EQ(
      ReasonOf(
          first_.node.circle_commands->SignCharter(request, Coordinator(), kNoDeadline).status()),
      "VERSION_MISMATCH");
}

TEST_F(CircleCommandsTest, AnEntryKeepsItsMemberIdUntilTheCircleIsFounded) {
  api::MakeMemberEntryRequest request;
  request.set_circle_short_name("randstad");
  request.set_short_name("rotterdam");
  const auto one =
      second_.node.circle_commands->MakeMemberEntry(request, Coordinator(), kNoDeadline);
  ASSERT_TRUE(one.ok()) << one.status();
  second_.Restart();
  const auto two =
      second_.node.circle_commands->MakeMemberEntry(request, Coordinator(), kNoDeadline);
  ASSERT_TRUE(two.ok());
  EXPECT_EQ(one->member().SerializeAsString(), two->member().SerializeAsString());
  request.set_circle_short_name("rijk");
  const auto elsewhere =
      second_.node.circle_commands->MakeMemberEntry(request, Coordinator(), kNoDeadline);
  ASSERT_TRUE(elsewhere.ok());
  EXPECT_NE(elsewhere->member().member_id(), one->member().member_id());
  request.set_short_name("Rotter dam");
  EXPECT_EQ(second_.node.circle_commands->MakeMemberEntry(request, Coordinator(), kNoDeadline)
                .status()
                .code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(CircleCommandsTest, AnInvitationNamesTheInviterAndACoordinator) {
  FoundThree();
  api::InviteRequest request;
  request.set_circle("randstad");
  const auto invited = second_.node.circle_commands->Invite(request, Coordinator(), kNoDeadline);
  ASSERT_TRUE(invited.ok()) << invited.status();
  ASSERT_EQ(invited->invitation().contacts_size(), 2);
  EXPECT_EQ(invited->invitation().contacts(0).short_name(), "rotterdam");
  EXPECT_EQ(invited->invitation().contacts(1).short_name(), "bzk-flex");
}

TEST_F(CircleCommandsTest, AnApplicationIsListedAndKept) {
  FoundThree();
  api::InviteRequest invite;
  invite.set_circle("randstad");
  api::JoinRequest join;
  *join.mutable_invitation() =
      first_.node.circle_commands->Invite(invite, Coordinator(), kNoDeadline)->invitation();
  join.set_short_name("haarlemmermeer");
  const auto joined = fourth_.node.circle_commands->Join(join, Coordinator(), kNoDeadline);
  ASSERT_TRUE(joined.ok()) << joined.status();
  fourth_.Restart();
  const auto again = fourth_.node.circle_commands->Join(join, Coordinator(), kNoDeadline);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->application().member_id(), joined->application().member_id());
  const auto listed = fourth_.node.circle_commands->List({});
  ASSERT_EQ(listed->circles_size(), 1);
  EXPECT_TRUE(listed->circles(0).joining());
  EXPECT_EQ(ReasonOf(first_.node.circle_commands->Join(join, Coordinator(), kNoDeadline).status()),
            "ALREADY_A_MEMBER");
  join.mutable_invitation()->set_circle_id("xyz");
  EXPECT_EQ(fourth_.node.circle_commands->Join(join, Coordinator(), kNoDeadline).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(CircleCommandsTest, AProposalShowsWhoSignedItAndIsSignedOnce) {
  FoundThree();
  api::ProposeCharterRequest propose;
  propose.mutable_header()->set_circle("randstad");
  *propose.mutable_charter() = first_.Circle("randstad")->charter;
  propose.mutable_charter()->mutable_rules()->set_notice_days(30);
  propose.mutable_charter()->clear_nonce();
  const auto proposed =
      first_.node.circle_commands->ProposeCharter(propose, Coordinator(), kNoDeadline);
  ASSERT_TRUE(proposed.ok()) << proposed.status();
  EXPECT_EQ(proposed->version(), 1);
  world_.Replicate();
  const auto shown = Show(second_);
  ASSERT_EQ(shown.proposals_size(), 1);
  EXPECT_EQ(shown.proposals(0).charter_digest(), proposed->charter_digest());
  EXPECT_EQ(shown.proposals(0).signed_by_size(), 1);
  EXPECT_EQ(shown.proposals(0).signatures_needed(), 2);
  api::SignProposalRequest sign;
  sign.mutable_header()->set_circle("randstad");
  sign.set_version(1);
  ASSERT_TRUE(second_.node.circle_commands->SignProposal(sign, Coordinator(), kNoDeadline).ok());
  EXPECT_EQ(
      ReasonOf(
          second_.node.circle_commands->SignProposal(sign, Coordinator(), kNoDeadline).status()),
      "ALREADY_SIGNED");
  sign.set_version(9);
  EXPECT_FALSE(third_.node.circle_commands->SignProposal(sign, Coordinator(), kNoDeadline).ok());
}

TEST_F(CircleCommandsTest, ASuspendedMemberIsToldSoByItsOwnNode) {
  FoundThree();
  EXPECT_FALSE(third_.node.circle_commands->List({})->circles(0).suspended());
  api::EndEpochRequest end;
  end.mutable_header()->set_circle("randstad");
  end.set_member("zuid-holland");
  end.set_reason(poolcirkel::event::v1::EPOCH_END_SUSPENSION);
  const auto ended = first_.node.circle_commands->EndEpoch(end, Coordinator(), kNoDeadline);
  ASSERT_TRUE(ended.ok()) << ended.status();
  world_.Replicate();
  api::SignProposalRequest sign;
  sign.mutable_header()->set_circle("randstad");
  sign.set_version(ended->charter_version());
  ASSERT_TRUE(second_.node.circle_commands->SignProposal(sign, Coordinator(), kNoDeadline).ok());
  world_.Settle();
  EXPECT_TRUE(third_.node.circle_commands->List({})->circles(0).suspended());
  EXPECT_FALSE(first_.node.circle_commands->List({})->circles(0).suspended());
}

}  // namespace
}  // namespace services::commands
