#include "eventstore/crypto/entropy.h"
#include "gtest/gtest.h"
#include "services/domain/circle/circle.h"
#include "tests/services/domain/circle_of_nodes.h"

namespace tests::domain {
namespace {

namespace circle = sd::circle;
using circle::Charter;
using circle::SignedCharter;

class EpochsTest : public ::testing::Test {
 protected:
  EpochsTest() { bytes_ = *circle::EncodeCharter(nodes_.charter()); }

  static eventstore::crypto::PublicKey NewKey() {
    eventstore::crypto::SystemEntropy entropy;
    return eventstore::crypto::PrivateKey::Generate(entropy).public_key();
  }
  SignedCharter SignedBy(const std::string& bytes, const std::vector<int>& signers) {
    SignedCharter charter;
    charter.set_charter(bytes);
    for (const int i : signers) {
      *charter.add_signatures() =
          circle::SignCharter(CircleOfNodes::Member(i), nodes_.Key(i), bytes);
    }
    return charter;
  }
  absl::StatusOr<Charter> Next(const Charter& present, const std::string& next_bytes,
                               const std::vector<int>& signers) {
    return circle::VerifyNext(present, *circle::EncodeCharter(present),
                              SignedBy(next_bytes, signers));
  }
  circle::EndEpochCommand Command(int member, ev::EpochEnd reason, bool with_key = true) {
    circle::EndEpochCommand command;
    command.member = CircleOfNodes::Member(member);
    command.reason = reason;
    if (with_key) command.next_log_key = NewKey();
    command.final_size = 7;
    command.final_root = IdOf<circle::Digest>(0x5A);
    return command;
  }
  absl::StatusOr<sd::Decision> End(int by, const circle::EndEpochCommand& command) {
    return circle::EndEpoch(state_, bytes_, command, nodes_.Key(by), nodes_.ContextOf(by));
  }
  // The charter that `by` proposes.
  Charter Ended(int by, const circle::EndEpochCommand& command) {
    const auto decision = End(by, command);
    EXPECT_TRUE(decision.ok()) << decision.status();
    if (!decision.ok()) return nodes_.charter();
    return *circle::ParseCharter(decision->events[0].event.charter_proposed().charter());
  }
  // As if `by` wrote it in its feed from `sequence` on.
  void Write(int by, const sd::Decision& decision, uint64_t sequence) {
    for (const auto& event : decision.events) {
      sd::PastEvent past;
      past.feed = nodes_.Feed(by);
      past.feed.circle = nodes_.circle();
      past.sequence = eventstore::log::Sequence(sequence++);
      past.stream = circle::StreamOf(nodes_.circle());
      past.event = event.event;
      Evolve(state_, past);
    }
  }

  CircleOfNodes nodes_{5};
  circle::State state_;
  std::string bytes_;
};

TEST_F(EpochsTest, ARotationClosesTheEpochAndBeginsTheNext) {
  const Charter next = Ended(2, Command(2, ev::EPOCH_END_ROTATION));
  const auto& member = next.members(2);
  EXPECT_EQ(member.epoch(), 1u);
  ASSERT_EQ(member.closed_epochs_size(), 1);
  EXPECT_EQ(member.closed_epochs(0).log_key(), nodes_.charter().members(2).log_key());
  EXPECT_EQ(member.closed_epochs(0).final_size(), 7u);
  EXPECT_NE(member.log_key(), nodes_.charter().members(2).log_key());
  EXPECT_TRUE(circle::IsOwnEnd(nodes_.charter(), next, CircleOfNodes::Member(2)));
  EXPECT_FALSE(circle::IsOwnEnd(nodes_.charter(), next, CircleOfNodes::Member(1)));
  EXPECT_TRUE(Next(nodes_.charter(), *circle::EncodeCharter(next), {0, 1, 2}).ok());
  EXPECT_EQ(sd::LogKeysOf(member).size(), 2u);
}

TEST_F(EpochsTest, WhatChangesAnythingElseIsNoOwnEnd) {
  Charter next = Ended(2, Command(2, ev::EPOCH_END_YEARLY_CLOSING));
  EXPECT_TRUE(circle::IsOwnEnd(nodes_.charter(), next, CircleOfNodes::Member(2)));
  Charter other = next;
  other.set_name("Andere naam");
  EXPECT_FALSE(circle::IsOwnEnd(nodes_.charter(), other, CircleOfNodes::Member(2)));
  other = next;
  other.mutable_members(2)->set_coordinator(true);
  EXPECT_FALSE(circle::IsOwnEnd(nodes_.charter(), other, CircleOfNodes::Member(2)));
  other = next;
  other.set_quorum(5);
  EXPECT_FALSE(circle::IsOwnEnd(nodes_.charter(), other, CircleOfNodes::Member(2)));
  const Charter lost = Ended(0, Command(2, ev::EPOCH_END_KEY_LOST));
  EXPECT_FALSE(circle::IsOwnEnd(nodes_.charter(), lost, CircleOfNodes::Member(2)));
}

TEST_F(EpochsTest, AnOwnEndIsSignedOnlyWhereItsMemberProposedIt) {
  const auto decision = End(2, Command(2, ev::EPOCH_END_ROTATION));
  ASSERT_TRUE(decision.ok()) << decision.status();
  Write(1, *decision, 3);  // repeated by somebody else first
  EXPECT_TRUE(circle::OwnEnds(state_, bytes_, nodes_.ContextOf(0)).empty());
  Write(2, *decision, 7);
  const auto ends = circle::OwnEnds(state_, bytes_, nodes_.ContextOf(0));
  ASSERT_EQ(ends.size(), 1u);
  EXPECT_EQ(ends.begin()->second->places.at(CircleOfNodes::Member(2)).sequence,
            eventstore::log::Sequence(7));
  EXPECT_NE(circle::EndsOwnEpoch(state_, bytes_, nodes_.ContextOf(2)), nullptr);
  EXPECT_EQ(circle::EndsOwnEpoch(state_, bytes_, nodes_.ContextOf(1)), nullptr);
}

TEST_F(EpochsTest, AClosedEpochNeverChanges) {
  const Charter first = Ended(2, Command(2, ev::EPOCH_END_ROTATION));
  const auto after = [&](const std::function<void(ev::CharterMember&)>& change) {
    Charter next = first;
    next.set_version(2);
    next.set_previous(circle::CharterDigest(*circle::EncodeCharter(first)).bytes());
    change(*next.mutable_members(2));
    return circle::CheckEpochs(first, next);
  };
  EXPECT_TRUE(after([](ev::CharterMember&) {}).ok());
  EXPECT_FALSE(after([](ev::CharterMember& m) { m.clear_closed_epochs(); }).ok());
  EXPECT_FALSE(
      after([](ev::CharterMember& m) { m.mutable_closed_epochs(0)->set_final_size(6); }).ok());
  EXPECT_FALSE(after([](ev::CharterMember& m) { m.set_log_key(NewKey().bytes()); }).ok());
  EXPECT_FALSE(after([](ev::CharterMember& m) { m.set_epoch(0); }).ok());
  EXPECT_FALSE(after([](ev::CharterMember& m) {
                 *m.add_closed_epochs() = m.closed_epochs(0);
                 m.set_epoch(2);
               }).ok())
      << "an end of another epoch than the present one";
}

TEST_F(EpochsTest, KeysAreNeverUsedAgain) {
  Charter next = Ended(2, Command(2, ev::EPOCH_END_ROTATION));
  next.mutable_members(3)->set_log_key(next.members(2).closed_epochs(0).log_key());
  EXPECT_FALSE(circle::CheckCharter(next).ok());
  next = Ended(2, Command(2, ev::EPOCH_END_ROTATION));
  next.mutable_members(2)->set_log_key(next.members(2).closed_epochs(0).log_key());
  EXPECT_FALSE(circle::CheckCharter(next).ok());
  next = Ended(2, Command(2, ev::EPOCH_END_ROTATION));
  next.mutable_members(2)->set_epoch(3);
  EXPECT_FALSE(circle::CheckCharter(next).ok());
}

TEST_F(EpochsTest, ASuspendedMemberSignsNothingAndCountsForNothing) {
  const Charter suspended = Ended(0, Command(4, ev::EPOCH_END_SUSPENSION, false));
  EXPECT_TRUE(suspended.members(4).suspended());
  EXPECT_EQ(suspended.members(4).epoch(), 0u);
  EXPECT_EQ(sd::ActiveMembers(suspended), 4);
  EXPECT_EQ(suspended.quorum(), 3u);
  ASSERT_TRUE(Next(nodes_.charter(), *circle::EncodeCharter(suspended), {0, 1, 2}).ok());
  Charter next = suspended;
  next.set_version(2);
  next.set_previous(circle::CharterDigest(*circle::EncodeCharter(suspended)).bytes());
  const std::string bytes = *circle::EncodeCharter(next);
  EXPECT_FALSE(Next(suspended, bytes, {0, 1, 4}).ok());
  EXPECT_TRUE(Next(suspended, bytes, {0, 1, 2}).ok());
  // It comes back with another key only.
  next.mutable_members(4)->set_suspended(false);
  EXPECT_FALSE(circle::CheckCharter(next).ok());
  next.mutable_members(4)->set_epoch(1);
  EXPECT_FALSE(circle::CheckCharter(next).ok());
  next.mutable_members(4)->set_log_key(NewKey().bytes());
  EXPECT_TRUE(circle::CheckCharter(next).ok());
  EXPECT_TRUE(circle::CheckEpochs(suspended, next).ok());
}

// The entry of before names a key of an epoch that is closed.
TEST_F(EpochsTest, AnOldEntryIsRefusedWithWhatToDo) {
  const std::string old_key = nodes_.charter().members(4).log_key();
  const ev::CharterMember old_entry = nodes_.charter().members(4);
  nodes_.charter() = Ended(0, Command(4, ev::EPOCH_END_SUSPENSION, false));
  bytes_ = *circle::EncodeCharter(nodes_.charter());
  const std::string name = nodes_.charter().members(4).short_name();
  auto resume = Command(4, ev::EPOCH_END_RESTORED);
  resume.next_log_key = *eventstore::crypto::PublicKey::FromBytes(old_key);
  const absl::Status refused = End(0, resume).status();
  EXPECT_EQ(ReasonOf(refused), "LOG_KEY_USED");
  EXPECT_TRUE(HasField(refused, "next_log_key"));
  const auto details = eventstore::base::DetailsOf(refused);
  EXPECT_EQ(details.metadata.at("member"), name);
  EXPECT_NE(details.metadata.at("remedy").find("circle entry"), std::string::npos);
  const absl::Status admitted =
      circle::ProposeNext(state_, bytes_, {.charter = {}, .admit = {old_entry}}, nodes_.Key(0),
                          nodes_.ContextOf(0))
          .status();
  EXPECT_EQ(ReasonOf(admitted), "ALREADY_A_MEMBER");
  EXPECT_NE(eventstore::base::DetailsOf(admitted).metadata.at("remedy").find("circle resume"),
            std::string::npos);
}

TEST_F(EpochsTest, TheQuorumIsLoweredToTheMembersThatAreLeft) {
  nodes_.charter().set_quorum(5);
  bytes_ = *circle::EncodeCharter(nodes_.charter());
  EXPECT_EQ(Ended(0, Command(4, ev::EPOCH_END_SUSPENSION, false)).quorum(), 4u);
}

TEST_F(EpochsTest, SaysWhoMayEndWhat) {
  EXPECT_EQ(ReasonOf(End(0, Command(2, ev::EPOCH_END_ROTATION)).status()), "EPOCH_NOT_YOURS");
  EXPECT_EQ(ReasonOf(End(0, Command(7, ev::EPOCH_END_SUSPENSION, false)).status()),
            "MEMBER_UNKNOWN");
  EXPECT_TRUE(HasField(End(0, Command(2, ev::EPOCH_END_SUSPENSION)).status(), "next_log_key"));
  EXPECT_TRUE(HasField(End(0, Command(2, ev::EPOCH_END_FORK, false)).status(), "next_log_key"));
  EXPECT_TRUE(HasField(End(0, Command(2, ev::EPOCH_END_UNSPECIFIED)).status(), "reason"));
  nodes_.charter() = Ended(0, Command(2, ev::EPOCH_END_SUSPENSION, false));
  bytes_ = *circle::EncodeCharter(nodes_.charter());
  EXPECT_EQ(ReasonOf(End(0, Command(2, ev::EPOCH_END_SUSPENSION, false)).status()),
            "MEMBER_SUSPENDED");
  const Charter back = Ended(0, Command(2, ev::EPOCH_END_RESTORED));
  EXPECT_EQ(back.members(2).epoch(), 1u);
  EXPECT_EQ(back.members(2).closed_epochs_size(), 1);
  EXPECT_EQ(ReasonOf(End(2, Command(1, ev::EPOCH_END_SUSPENSION, false)).status()),
            "MEMBER_SUSPENDED");
}

TEST_F(EpochsTest, AllThatFollowsIsTakenOverAtOnce) {
  const auto decision = End(2, Command(2, ev::EPOCH_END_ROTATION));
  Write(2, *decision, 7);
  const auto digest = *state_.signed_versions.at({CircleOfNodes::Member(2), 1}).begin();
  for (const int i : {0, 1}) {
    const auto signed_it =
        circle::SignProposal(state_, bytes_, {1, digest}, nodes_.Key(i), nodes_.ContextOf(i));
    ASSERT_TRUE(signed_it.ok()) << signed_it.status();
    Write(i, *signed_it, 20);
  }
  const auto ahead = circle::Following(state_, bytes_, nodes_.ContextOf(4));
  ASSERT_EQ(ahead.size(), 1u);
  EXPECT_TRUE(circle::VerifyNext(nodes_.charter(), bytes_, ahead[0]).ok());
}

}  // namespace
}  // namespace tests::domain
