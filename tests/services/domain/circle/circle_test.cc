#include "services/domain/circle/circle.h"

#include "tests/services/domain/circle_of_nodes.h"

namespace tests::domain {
namespace {

namespace circle = sd::circle;
using circle::Chain;
using ev::Charter;
using ev::SignedCharter;

// A circle of five whose charter is founded, with the state of all feeds.
class CircleTest : public ::testing::Test {
 protected:
  static constexpr int kMembers = 5;

  CircleTest() {
    bytes_ = *circle::EncodeCharter(nodes_.charter());
    charter_ = *circle::ParseCharter(bytes_);
    id_ = circle::CircleIdOf(bytes_);
  }

  SignedCharter SignedBy(const std::string& bytes, const std::vector<int>& members) {
    SignedCharter charter;
    charter.set_charter(bytes);
    for (const int i : members) {
      *charter.add_signatures() =
          circle::SignCharter(CircleOfNodes::Member(i), nodes_.Key(i), bytes);
    }
    return charter;
  }
  SignedCharter First() { return SignedBy(bytes_, {0, 1, 2, 3, 4}); }

  std::string NextBytes(const std::string& name = "Nieuwe naam") {
    Charter next = charter_;
    next.set_version(1);
    next.set_previous(circle::CharterDigest(bytes_).bytes());
    next.set_name(name);
    return *circle::EncodeCharter(next);
  }
  sd::Context ContextOf(int i) {
    sd::Context context = nodes_.ContextOf(i);
    context.circle = id_;
    context.charter = &charter_;
    return context;
  }
  void Write(int i, const sd::Decision& decision) {
    for (const sd::NewEvent& event : decision.events) {
      sd::PastEvent past;
      past.feed = sd::FeedId{id_, CircleOfNodes::Member(i), eventstore::log::Epoch(0)};
      past.stream = event.stream;
      past.event = event.event;
      Evolve(state_, past);
    }
  }
  absl::StatusOr<sd::Decision> Propose(int i, const std::string& name) {
    circle::ProposeCharter command;
    command.charter = charter_;
    command.charter->set_name(name);
    return circle::ProposeNext(state_, bytes_, command, nodes_.Key(i), ContextOf(i));
  }
  absl::StatusOr<sd::Decision> Sign(int i, std::optional<circle::Digest> digest = {}) {
    return circle::SignProposal(state_, bytes_, {1, digest}, nodes_.Key(i), ContextOf(i));
  }
  size_t Adoptions(int i) {
    return circle::AssembleAdoption(state_, bytes_, ContextOf(i))->events.size();
  }

  CircleOfNodes nodes_{kMembers};
  std::string bytes_;
  Charter charter_;
  CircleId id_;
  circle::State state_;
};

TEST_F(CircleTest, TellsEverythingThatIsWrongWithACharter) {
  Charter bad = charter_;
  bad.set_short_name("Rand Stad");
  bad.set_quorum(2);
  bad.mutable_members(1)->set_oin("123");
  bad.mutable_members(2)->set_log_key("kort");
  bad.mutable_members(3)->set_member_id(bad.members(4).member_id());
  bad.mutable_members(3)->set_addresses(0, "geen-poort");
  bad.mutable_members(4)->set_short_name("lid-0");
  bad.mutable_rules()->set_notice_days(-1);
  const absl::Status refused = circle::EncodeCharter(bad).status();
  for (const char* field : {"charter.short_name", "charter.quorum", "charter.members[1].oin",
                            "charter.members[2].log_key", "charter.members[4].member_id",
                            "charter.members[3].addresses", "charter.members[4].short_name",
                            "charter.rules.notice_days"}) {
    EXPECT_TRUE(HasField(refused, field)) << field << ": " << refused;
  }
}

TEST_F(CircleTest, TakesNoOtherBytesForTheSameCharter) {
  // The same field once more at the end means the same, in other bytes.
  EXPECT_FALSE(circle::ParseCharter(bytes_ + "\x1a\x06" + "Anders").ok());
  EXPECT_FALSE(circle::ParseCharter(std::string(circle::kMaximumCharterSize + 1, 'x')).ok());
  for (size_t length = 0; length < bytes_.size(); ++length) {
    EXPECT_FALSE(circle::ParseCharter(std::string_view(bytes_).substr(0, length)).ok()) << length;
  }
}

TEST_F(CircleTest, KnowsAddresses) {
  const auto takes = [&](const std::string& address) {
    ev::CharterMember member = charter_.members(0);
    member.set_addresses(0, address);
    return circle::CheckMember("member", member).ok();
  };
  for (const char* good : {"127.0.0.1:7000", "node.rotterdam.nl:443", "[2001:db8::1]:65535"}) {
    EXPECT_TRUE(takes(good)) << good;
  }
  for (const char* bad : {"", ":443", "host", "host:", "host:0", "host:65536", "host:4x", "[]:1",
                          "a b:1", "http://x:1"}) {
    EXPECT_FALSE(takes(bad)) << bad;
  }
}

TEST_F(CircleTest, VersionZeroNeedsEveryFounder) {
  EXPECT_TRUE(circle::VerifyChain({First()}).ok());
  EXPECT_EQ(ReasonOf(circle::VerifyChain({SignedBy(bytes_, {0, 1, 2, 3})}).status()),
            "CHARTER_INVALID");
  EXPECT_FALSE(circle::VerifyChain({SignedBy(bytes_, {0, 1, 2, 3, 3})}).ok());
  SignedCharter forged = First();
  (*forged.mutable_signatures(2)->mutable_signature())[0] ^= 1;
  EXPECT_FALSE(circle::VerifyChain({forged}).ok());
  EXPECT_FALSE(circle::VerifyChain({}).ok());
}

TEST_F(CircleTest, TheNextVersionNeedsTheQuorumOfTheOneBefore) {
  const std::string next = NextBytes();
  EXPECT_EQ(circle::VerifyChain({First(), SignedBy(next, {0, 2, 4})})->version(), 1u);
  EXPECT_FALSE(circle::VerifyChain({First(), SignedBy(next, {0, 2})}).ok());
  EXPECT_FALSE(circle::VerifyChain({First(), SignedBy(bytes_, {0, 1, 2, 3, 4})}).ok());
  EXPECT_FALSE(circle::VerifyChain({SignedBy(next, {0, 1, 2, 3, 4})}).ok());
  Charter other = charter_;
  other.set_version(1);
  other.set_previous(std::string(32, 'p'));
  EXPECT_FALSE(
      circle::VerifyChain({First(), SignedBy(*circle::EncodeCharter(other), {0, 2, 4})}).ok());
}

TEST_F(CircleTest, SignaturesOfNewMembersDoNotCountYet) {
  eventstore::crypto::SystemEntropy entropy;
  const auto key = eventstore::crypto::PrivateKey::Generate(entropy);
  Charter next = *circle::ParseCharter(NextBytes());
  ev::CharterMember joiner = next.members(0);
  joiner.set_member_id(IdOf<MemberId>(0x70).bytes());
  joiner.set_short_name("nieuw");
  joiner.set_log_key(key.public_key().bytes());
  joiner.set_tls_key_hash(std::string(32, 'z'));
  *next.add_members() = joiner;
  next.set_quorum(4);
  const std::string bytes = *circle::EncodeCharter(next);
  SignedCharter charter = SignedBy(bytes, {0, 1});
  *charter.add_signatures() = circle::SignCharter(IdOf<MemberId>(0x70), key, bytes);
  EXPECT_FALSE(circle::VerifyChain({First(), charter}).ok());
  const Chain chain = {First(), SignedBy(bytes, {0, 1, 2})};
  const auto joined = circle::Join({}, chain, id_, key.public_key());
  ASSERT_TRUE(joined.ok()) << joined.status();
  EXPECT_EQ(joined->self, IdOf<MemberId>(0x70));
  EXPECT_EQ(joined->decision.events.size(), 2u);
  EXPECT_EQ(ReasonOf(circle::Join({}, chain, IdOf<CircleId>(1), key.public_key()).status()),
            "CIRCLE_MISMATCH");
}

TEST_F(CircleTest, FoundsOnceAndOnlyWithOurOwnKey) {
  const auto founded = circle::Found(state_, First(), nodes_.Key(3).public_key());
  ASSERT_TRUE(founded.ok()) << founded.status();
  EXPECT_EQ(founded->self, CircleOfNodes::Member(3));
  EXPECT_EQ(founded->circle, id_);
  EXPECT_EQ(founded->decision.events[0].stream, circle::StreamOf(id_));
  Write(3, founded->decision);
  EXPECT_EQ(ReasonOf(circle::Found(state_, First(), nodes_.Key(3).public_key()).status()),
            "ALREADY_FOUNDED");
  EXPECT_EQ(circle::AdoptedBy(state_, CircleOfNodes::Member(3)).size(), 1u);
  CircleOfNodes strangers(2);
  EXPECT_EQ(ReasonOf(circle::Found({}, First(), strangers.Key(0).public_key()).status()),
            "NOT_A_MEMBER");
}

TEST_F(CircleTest, EveryNodeAdoptsAtTheQuorum) {
  Write(0, *Propose(0, "Nieuwe naam"));
  EXPECT_EQ(Adoptions(4), 0u);
  Write(1, *Sign(1));
  EXPECT_EQ(Adoptions(4), 0u);
  EXPECT_EQ(ReasonOf(Sign(1).status()), "ALREADY_SIGNED");
  Write(2, *Sign(2));
  const auto adoption = circle::AssembleAdoption(state_, bytes_, ContextOf(4));
  ASSERT_EQ(adoption->events.size(), 1u);
  const SignedCharter next = adoption->events[0].event.charter_adopted().charter();
  EXPECT_EQ(circle::VerifyChain({First(), next})->name(), "Nieuwe naam");
  Write(4, *adoption);
  EXPECT_EQ(Adoptions(4), 0u);
  EXPECT_EQ(Adoptions(3), 1u);
}

TEST_F(CircleTest, ForgedSignaturesMakeNoQuorum) {
  Write(0, *Propose(0, "Nieuwe naam"));
  sd::Decision forged = *Sign(1);
  Write(2, forged);  // member 1's signature in member 2's feed
  Write(3, forged);
  EXPECT_EQ(Adoptions(4), 0u);
}

TEST_F(CircleTest, NeverSignsTwoVersionsWithOneNumber) {
  Write(0, *Propose(0, "Een"));
  EXPECT_EQ(ReasonOf(Propose(0, "Twee").status()), "CHARTER_EQUIVOCATION");
  Write(1, *Propose(1, "Twee"));
  EXPECT_EQ(ReasonOf(Sign(2).status()), "PROPOSAL_AMBIGUOUS");
  const circle::Digest second = *state_.signed_versions.at({CircleOfNodes::Member(1), 1}).begin();
  EXPECT_EQ(ReasonOf(Sign(0, second).status()), "CHARTER_EQUIVOCATION");
  EXPECT_TRUE(Sign(2, second).ok());
  EXPECT_EQ(ReasonOf(Sign(2, IdOf<circle::Digest>(9)).status()), "PROPOSAL_UNKNOWN");
  EXPECT_EQ(
      ReasonOf(circle::SignProposal(state_, bytes_, {2, {}}, nodes_.Key(2), ContextOf(2)).status()),
      "VERSION_MISMATCH");
}

TEST_F(CircleTest, AdmittingRaisesTheQuorumWhenItMust) {
  circle::ProposeCharter command;
  ev::CharterMember joiner = charter_.members(0);
  joiner.set_member_id(IdOf<MemberId>(0x70).bytes());
  joiner.set_short_name("nieuw");
  joiner.set_log_key(std::string(32, 'k'));
  joiner.set_tls_key_hash(std::string(32, 'z'));
  command.admit = {joiner};
  const auto decision = circle::ProposeNext(state_, bytes_, command, nodes_.Key(0), ContextOf(0));
  ASSERT_TRUE(decision.ok()) << decision.status();
  const Charter next =
      *circle::ParseCharter(decision->events[0].event.charter_proposed().charter());
  EXPECT_EQ(next.members_size(), 6);
  EXPECT_EQ(next.quorum(), 4u);
  EXPECT_EQ(next.version(), 1u);
  command.charter = charter_;
  EXPECT_TRUE(
      HasField(circle::ProposeNext(state_, bytes_, command, nodes_.Key(0), ContextOf(0)).status(),
               "charter"));
}

}  // namespace
}  // namespace tests::domain
