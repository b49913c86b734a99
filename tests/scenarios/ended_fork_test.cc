// A member shows two histories; the others find it, prove it, and end its epoch by their
// quorum, all from the command line. What was signed before stays provable, the circle and
// the member go on, and the member takes over the history that the circle agreed on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "eventstore/base/id.h"
#include "eventstore/crypto/signature.h"
#include "eventstore/log/types.h"
#include "eventstore/merkle/note.h"
#include "tests/scenarios/harness/flow.h"
#include "tests/scenarios/harness/tool.h"

namespace tests::scenarios {
namespace {

using namespace harness;  // NOLINT: the scenario reads as a story
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
namespace merkle = eventstore::merkle;

constexpr char kLiar[] = "zuid-holland";

class EndedFork : public ::testing::Test {
 protected:
  Node& liar() { return circle_[kLiar]; }
  Told Run(const std::string& node, const std::vector<std::string>& arguments) {
    return RunTool(circle_.folder(), circle_[node], arguments);
  }
  template <typename Message>
  Message Ask(const std::string& node, const std::vector<std::string>& arguments) {
    return AskTool<Message>(circle_.folder(), circle_[node], arguments);
  }

  // An exchange of the later liar, effective and provable.
  void Lend() {
    const auto assignment = Publish(circle_["rotterdam"], "Programmamanager");
    const auto professional = Register(liar(), "zuid-holland-01");
    ASSERT_TRUE(assignment.ok() && professional.ok());
    const auto proposed = WhenSeen([&] { return Propose(liar(), *assignment, *professional); });
    ASSERT_TRUE(proposed.ok()) << proposed.status();
    exchange_ = *proposed;
    Agree(exchange_);
  }
  // The steps that follow a proposal.
  void Agree(const std::string& exchange) {
    Node& host = circle_["rotterdam"];
    ASSERT_TRUE(WhenSeen([&] { return Select(host, exchange); }).ok());
    const auto confirmed = WhenSeen([&] { return Confirm(liar(), exchange); });
    ASSERT_TRUE(confirmed.ok()) << confirmed.status();
    ASSERT_TRUE(WhenSeen([&] { return Accept(host, exchange); }).ok());
    for (const auto& name : honest_) {
      ASSERT_TRUE(WaitForStatus(circle_[name], exchange, v1::EXCHANGE_STATUS_EFFECTIVE)) << name;
    }
  }

  v1::LogHeadsResponse::FeedHead HeadOfLiar() {
    const auto heads = Ask<v1::LogHeadsResponse>("bzk-flex", {"log", "heads"});
    for (const auto& head : heads.heads()) {
      if (head.member() == kLiar) return head;
    }
    return {};
  }

  // The liar's disk goes back to before an event that all others cosigned, and it writes
  // another one in its place while nobody can contradict it. `misled` hears the second
  // story, and not the first.
  void ShowTwoHistories(const std::string& misled = "") {
    const std::filesystem::path copy = circle_.folder().path() / "copy";
    ASSERT_TRUE(liar().Terminate());
    ReplaceFolder(copy, liar().data());
    liar().Start();
    ASSERT_TRUE(circle_.WaitUntilEqual());
    if (!misled.empty()) circle_[misled].Kill();
    ASSERT_TRUE(Announce(liar(), "De eerste lunch").ok());
    ASSERT_TRUE(circle_.WaitUntilEqual());
    const int cosigners = misled.empty() ? 3 : 2;
    ASSERT_TRUE(Eventually([&] { return HeadOfLiar().cosignatures() == cosigners; }));
    agreed_ = HeadOfLiar();
    for (const auto& name : honest_) circle_[name].Kill();
    liar().Kill();
    ReplaceFolder(liar().data(), copy);
    liar().Start();
    const Told forced = Run(kLiar, {"node", "override-head", "--reason", "niemand is bereikbaar"});
    ASSERT_TRUE(forced.ok()) << forced.text;
    ASSERT_TRUE(Announce(liar(), "De andere lunch").ok());
    if (!misled.empty()) {
      circle_[misled].Start();
      ASSERT_TRUE(Eventually([&] { return Lists(misled, "De andere lunch"); }));
    }
    for (const auto& name : honest_) {
      if (name != misled) circle_[name].Start();
    }
  }

  // The circle's quorum ends the epoch that has two histories.
  void EndTheFork() {
    const std::string entry = circle_.folder().path() / "entry.json";
    const Told made = Run(kLiar, {"circle", "entry", "--short-name", kLiar, "--out", entry});
    ASSERT_TRUE(made.ok()) << made.text;
    const Told ended = Run("bzk-flex", {"circle", "end-fork", kLiar, "--entry", entry});
    ASSERT_TRUE(ended.ok()) << ended.text;
    EXPECT_THAT(ended.text, HasSubstr("sign-proposal --version 1"));
    EXPECT_EQ(Member("rotterdam").epoch(), 0U) << "one signature is no quorum";
    for (const char* name : {"rotterdam", "amsterdam"}) {
      Told sign;
      EXPECT_TRUE(Eventually([&] {
        sign = Run(name, {"circle", "sign-proposal", "--version", "1"});
        return sign.ok();
      })) << sign.text;
    }
    for (const auto& node : circle_.nodes()) {
      EXPECT_TRUE(
          Eventually([&] { return Member(node->short_name()).epoch() == 1; }, absl::Seconds(60)))
          << node->short_name();
    }
  }

  // The liar's entry in the charter, as `circle show` of a node gives it.
  poolcirkel::event::v1::CharterMember Member(const std::string& node) {
    const auto shown = Ask<v1::ShowCircleResponse>(node, {"circle", "show"});
    for (const auto& member : shown.charter().members()) {
      if (member.short_name() == kLiar) return member;
    }
    return {};
  }
  v1::NodeStatusResponse Status(const std::string& node) {
    return Ask<v1::NodeStatusResponse>(node, {"node", "status"});
  }
  std::vector<std::string> Problems(const std::string& node) {
    const auto status = Status(node);
    return {status.problems().begin(), status.problems().end()};
  }
  std::vector<v1::FeedState> StatesOfLiar(const std::string& node) {
    std::vector<v1::FeedState> states;
    const auto status = Status(node);
    if (status.circles().empty()) return states;
    for (const auto& feed : status.circles(0).feeds()) {
      if (feed.member() == kLiar) states.push_back(feed.state());
    }
    return states;
  }
  // What the views of a node come to; empty while one of them lags.
  std::set<std::string> Digests(const std::string& node) {
    std::set<std::string> digests;
    const auto status = Status(node);
    if (status.circles().empty()) return {};
    for (const auto& view : status.circles(0).views()) {
      if (view.lag() > 0) return {};
      digests.insert(view.name() + " " + view.digest());
    }
    return digests;
  }
  bool Lists(const std::string& node, const std::string& session) {
    return Run(node, {"session", "list"}).text.find(session) != std::string::npos;
  }
  bool ViewsAreEqual(const std::vector<std::string>& nodes) {
    return Eventually([&] {
      const auto first = Digests(nodes.front());
      return !first.empty() && std::all_of(nodes.begin(), nodes.end(), [&](const auto& name) {
        return Digests(name) == first;
      });
    });
  }

  const std::vector<std::string> honest_ = {"rotterdam", "amsterdam", "bzk-flex"};
  Circle circle_{{"rotterdam", kLiar, "amsterdam", "bzk-flex"}};
  std::string exchange_;
  v1::LogHeadsResponse::FeedHead agreed_;
};

// Two heads by the one key, and not one story.
void ExpectProof(const v1::AuditForksResponse::Fork& fork, const std::string& log_key) {
  EXPECT_EQ(fork.member().short_name(), kLiar);
  const auto feed = eventstore::log::FromProto(fork.feed());
  ASSERT_TRUE(feed.ok());
  const merkle::NoteVerifier writer = {eventstore::log::Origin(*feed),
                                       merkle::NoteAlgorithm::kEd25519,
                                       *eventstore::crypto::PublicKey::FromBytes(log_key)};
  std::vector<merkle::Checkpoint> heads;
  for (const std::string& text : {fork.first_note(), fork.second_note()}) {
    const auto note = merkle::ParseNote(text);
    ASSERT_TRUE(note.ok()) << text;
    const auto verified = merkle::VerifyNote(*note, {writer});
    ASSERT_TRUE(verified.ok() && verified->size() == 1U) << text;
    heads.push_back(*merkle::ParseCheckpoint(note->text));
  }
  EXPECT_NE(heads[0].root, heads[1].root);
  EXPECT_EQ(heads[0].origin, heads[1].origin);
}

TEST_F(EndedFork, IsProvenAndEndedFromTheCommandLineAndOldSignaturesVerify) {
  Lend();
  const std::string circle_id =
      Ask<v1::ShowCircleResponse>("bzk-flex", {"circle", "show"}).circle().circle_id();
  const std::string bundle = circle_.folder().path() / "uitwisseling.bundel";
  const Told exported =
      Run("bzk-flex", {"audit", "export", "--exchange", exchange_, "--out", bundle});
  ASSERT_TRUE(exported.ok()) << exported.text;
  const std::string old_key = Member("bzk-flex").log_key();
  ASSERT_NO_FATAL_FAILURE(ShowTwoHistories());

  // Found, frozen, and proven to whoever asks.
  for (const auto& name : honest_) {
    EXPECT_TRUE(Eventually([&] {
      return StatesOfLiar(name) == std::vector{v1::FEED_STATE_FROZEN};
    })) << name;
    EXPECT_THAT(Run(name, {"node", "status"}).text, HasSubstr("BEVROREN")) << name;
    const auto forks = Ask<v1::AuditForksResponse>(name, {"audit", "forks"});
    ASSERT_EQ(forks.forks_size(), 1) << name;
    ExpectProof(forks.forks(0), old_key);
    EXPECT_FALSE(forks.forks(0).closed());
    const std::string text = Run(name, {"audit", "forks"}).text;
    EXPECT_THAT(text, HasSubstr("bevroren"));
    EXPECT_THAT(text, HasSubstr("— poolcirkel.example/v1/" + circle_id));
  }
  ASSERT_NO_FATAL_FAILURE(EndTheFork());

  // The history that counts is the one that all honest members hold.
  for (const auto& name : honest_) {
    const auto member = Member(name);
    ASSERT_EQ(member.closed_epochs_size(), 1) << name;
    EXPECT_EQ(member.closed_epochs(0).reason(), poolcirkel::event::v1::EPOCH_END_FORK);
    EXPECT_EQ(member.closed_epochs(0).final_size(), agreed_.size());
    EXPECT_EQ(member.closed_epochs(0).final_root(), agreed_.root());
    EXPECT_EQ(member.closed_epochs(0).log_key(), old_key);
    EXPECT_NE(member.log_key(), old_key);
    EXPECT_TRUE(Eventually([&] { return StatesOfLiar(name) == std::vector{v1::FEED_STATE_LIVE}; }))
        << name;
    EXPECT_THAT(Problems(name), IsEmpty()) << name;
    EXPECT_TRUE(Eventually([&] { return HealthOf(circle_[name], "peers") == 1; })) << name;
    const auto forks = Ask<v1::AuditForksResponse>(name, {"audit", "forks"});
    ASSERT_EQ(forks.forks_size(), 1) << "the evidence stays";
    ExpectProof(forks.forks(0), old_key);
    EXPECT_TRUE(forks.forks(0).closed());
    EXPECT_THAT(Run(name, {"audit", "forks"}).text, HasSubstr("tijdvak afgesloten"));
    EXPECT_TRUE(Lists(name, "De eerste lunch")) << name;
    EXPECT_FALSE(Lists(name, "De andere lunch")) << name;
  }

  // What was signed before proves what it proved: in the old file, and in one of today.
  EXPECT_TRUE(RunTool(circle_.folder(), {"audit", "verify", "--circle", circle_id, bundle}).ok());
  const Told again = Run("rotterdam", {"audit", "verify", "--exchange", exchange_});
  EXPECT_TRUE(again.ok()) << again.text;
  for (const auto& name : honest_) {
    const auto exchanges = Ask<v1::AuditExchangesResponse>(name, {"audit", "exchanges"});
    ASSERT_EQ(exchanges.exchanges_size(), 1) << name;
    EXPECT_EQ(exchanges.exchanges(0).status(), v1::EXCHANGE_STATUS_EFFECTIVE);
  }
  EXPECT_TRUE(ViewsAreEqual(honest_));
}

TEST_F(EndedFork, TheMemberGoesOnInTheNextEpochWithTheHistoryOfTheCircle) {
  Lend();
  ASSERT_NO_FATAL_FAILURE(ShowTwoHistories());
  for (const auto& name : honest_) {
    ASSERT_TRUE(Eventually([&] {
      return StatesOfLiar(name) == std::vector{v1::FEED_STATE_FROZEN};
    })) << name;
  }
  ASSERT_NO_FATAL_FAILURE(EndTheFork());
  // It writes again, and its own node says that its past is not the circle's.
  ASSERT_TRUE(WhenSeen([&] { return Announce(liar(), "De lunch daarna"); }).ok());
  EXPECT_TRUE(Eventually([&] { return Lists("amsterdam", "De lunch daarna"); }));
  EXPECT_TRUE(Eventually([&] {
    const auto states = StatesOfLiar(kLiar);
    return std::count(states.begin(), states.end(), v1::FEED_STATE_FROZEN) == 1;
  }));
  EXPECT_THAT(Problems(kLiar), Contains(HasSubstr("andere geschiedenis")));

  // It does as it is told, and takes the agreed history from the others.
  EXPECT_THAT(Problems(kLiar), Contains(HasSubstr("haal de mappen log en views weg")));
  ASSERT_TRUE(liar().Terminate());
  std::filesystem::remove_all(liar().data() / "log");
  std::filesystem::remove_all(liar().data() / "views");
  liar().Start();
  EXPECT_TRUE(circle_.WaitUntilEqual("randstad", absl::Seconds(60)));
  EXPECT_EQ(StatesOfLiar(kLiar), std::vector{v1::FEED_STATE_OWN});
  EXPECT_TRUE(ViewsAreEqual({"rotterdam", kLiar, "amsterdam", "bzk-flex"}));
}

// Who heard only the story that lost takes over the other one.
TEST_F(EndedFork, AMemberOnTheWrongSideTakesTheHistoryOfTheCircle) {
  Lend();
  ASSERT_NO_FATAL_FAILURE(ShowTwoHistories("amsterdam"));
  for (const auto& name : honest_) {
    ASSERT_TRUE(Eventually([&] {
      return StatesOfLiar(name) == std::vector{v1::FEED_STATE_FROZEN};
    })) << name;
  }
  ASSERT_NO_FATAL_FAILURE(EndTheFork());
  EXPECT_TRUE(Eventually([&] {
    const auto problems = Problems("amsterdam");
    return std::any_of(problems.begin(), problems.end(), [](const std::string& problem) {
      return problem.find("haal de mappen log/replicas en views weg") != std::string::npos;
    });
  }));
  Node& misled = circle_["amsterdam"];
  ASSERT_TRUE(misled.Terminate());
  std::filesystem::remove_all(misled.data() / "log" / "replicas");
  std::filesystem::remove_all(misled.data() / "views");
  misled.Start();
  EXPECT_TRUE(ViewsAreEqual(honest_));
  EXPECT_THAT(Problems("amsterdam"), IsEmpty());
  EXPECT_TRUE(Lists("amsterdam", "De eerste lunch"));
  EXPECT_FALSE(Lists("amsterdam", "De andere lunch"));
}

}  // namespace
}  // namespace tests::scenarios
