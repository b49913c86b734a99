#include "services/domain/session/session.h"

#include "tests/services/domain/circle_of_nodes.h"

namespace tests::domain {
namespace {

namespace session = sd::session;
using ev::SignUpAnswered;

constexpr int kHost = 2;

class SessionTest : public ::testing::Test {
 protected:
  static ev::SessionAnnounced Talk(int places = 2) {
    ev::SessionAnnounced talk;
    talk.set_kind(ev::SESSION_KIND_TALK);
    talk.set_title("Leren van de wijkaanpak");
    talk.set_date("2026-12-03");
    talk.set_start_time("14:30");
    talk.set_duration_minutes(90);
    talk.set_places(places);
    return talk;
  }
  void Announce(int places = 2) {
    const sd::Context context = circle_.ContextOf(kHost);
    circle_.Done(kHost, session::Announce({}, {Talk(places)}, context));
    id_ = context.new_id;
  }
  session::State State() { return circle_.Fold<session::State>(circle_.Feed(kHost), id_); }
  session::SignUpState SignUpOf(int member, const StreamId& id) {
    return circle_.Fold<session::SignUpState>(circle_.Feed(member), id);
  }
  StreamId SignUp(int member, const std::string& participant) {
    const sd::Context context = circle_.ContextOf(member);
    circle_.Done(member, session::SignUp(State(), {}, {participant}, context));
    sign_ups_.emplace_back(member, context.new_id);
    return context.new_id;
  }
  std::vector<session::SignUpState> All() {
    std::vector<session::SignUpState> all;
    for (const auto& [member, id] : sign_ups_) all.push_back(SignUpOf(member, id));
    return all;
  }
  size_t Answer() {
    return circle_.Done(kHost, session::AnswerSignUps(State(), All(), circle_.ContextOf(kHost)))
        .events.size();
  }
  void Withdraw(int member, const StreamId& id) {
    circle_.Done(member, session::WithdrawSignUp(SignUpOf(member, id), circle_.ContextOf(member)));
  }

  CircleOfNodes circle_{4};
  StreamId id_;
  std::vector<std::pair<int, StreamId>> sign_ups_;
};

TEST_F(SessionTest, AnnounceTellsAllBrokenRules) {
  ev::SessionAnnounced bad = Talk(0);
  bad.set_kind(static_cast<ev::SessionKind>(42));
  bad.set_title(" ");
  bad.set_start_time("24:00");
  bad.set_date("2026-11-31");
  bad.set_duration_minutes(-1);
  const absl::Status refused = session::Announce({}, {bad}, circle_.ContextOf(kHost)).status();
  for (const char* field : {"session.kind", "session.title", "session.start_time", "session.date",
                            "session.duration_minutes", "session.places"}) {
    EXPECT_TRUE(HasField(refused, field)) << field << ": " << refused;
  }
  bad = Talk();
  bad.set_date("2026-11-19");
  EXPECT_TRUE(
      HasField(session::Announce({}, {bad}, circle_.ContextOf(kHost)).status(), "session.date"));
}

TEST_F(SessionTest, PlacesGoInOrderOfArrivalAndTheWaitingListMovesUp) {
  Announce(2);
  const StreamId first = SignUp(1, "a");
  const StreamId second = SignUp(3, "b");
  const StreamId third = SignUp(1, "c");
  const StreamId fourth = SignUp(0, "d");
  EXPECT_EQ(Answer(), 4u);
  EXPECT_EQ(Answer(), 0u);
  EXPECT_EQ(State().answers.at(second), SignUpAnswered::ANSWER_PLACE);
  EXPECT_EQ(State().answers.at(third), SignUpAnswered::ANSWER_WAITING_LIST);
  Withdraw(1, third);
  Withdraw(1, first);
  const StreamId fifth = SignUp(0, "e");
  EXPECT_EQ(Answer(), 2u);
  EXPECT_EQ(State().answers.at(fourth), SignUpAnswered::ANSWER_PLACE);
  EXPECT_EQ(State().answers.at(fifth), SignUpAnswered::ANSWER_WAITING_LIST);
}

TEST_F(SessionTest, AnotherMembersWithdrawalOfTheSameIdFreesNothing) {
  Announce(1);
  const StreamId first = SignUp(1, "a");
  SignUp(3, "b");
  Answer();
  session::SignUpState forged = SignUpOf(1, first);
  forged.feed.member = CircleOfNodes::Member(3);
  forged.withdrawn = true;
  std::vector<session::SignUpState> all = All();
  all.push_back(forged);
  const auto decision = session::AnswerSignUps(State(), all, circle_.ContextOf(kHost));
  EXPECT_TRUE(decision->events.empty());
}

TEST_F(SessionTest, SignUpIsRefusedWhenItCannotBe) {
  EXPECT_EQ(ReasonOf(session::SignUp({}, {}, {"a"}, circle_.ContextOf(1)).status()),
            "SESSION_UNKNOWN");
  Announce();
  const StreamId id = SignUp(1, "a");
  EXPECT_EQ(ReasonOf(session::SignUp(State(), All(), {"a"}, circle_.ContextOf(1)).status()),
            "ALREADY_SIGNED_UP");
  EXPECT_TRUE(session::SignUp(State(), All(), {"a"}, circle_.ContextOf(3)).ok());
  EXPECT_TRUE(session::SignUp(State(), All(), {"a"}, circle_.ContextOf(kHost)).ok());
  EXPECT_TRUE(
      HasField(session::SignUp(State(), {}, {""}, circle_.ContextOf(1)).status(), "participant"));
  Withdraw(1, id);
  EXPECT_TRUE(session::SignUp(State(), All(), {"a"}, circle_.ContextOf(1)).ok());
  EXPECT_EQ(ReasonOf(session::WithdrawSignUp(SignUpOf(1, id), circle_.ContextOf(1)).status()),
            "ALREADY_WITHDRAWN");
  EXPECT_EQ(ReasonOf(session::WithdrawSignUp(SignUpOf(1, id), circle_.ContextOf(3)).status()),
            "SIGN_UP_UNKNOWN");
  // 14:30 in Amsterdam is 13:30 UTC in winter.
  circle_.now() = absl::FromCivil(absl::CivilSecond(2026, 12, 3, 13, 30, 0), absl::UTCTimeZone());
  EXPECT_EQ(ReasonOf(session::SignUp(State(), {}, {"b"}, circle_.ContextOf(1)).status()),
            "SESSION_PAST");
  circle_.now() -= absl::Seconds(1);
  EXPECT_TRUE(session::SignUp(State(), {}, {"b"}, circle_.ContextOf(1)).ok());
}

TEST_F(SessionTest, CancelIsTheHostsAndOnce) {
  Announce();
  const auto cancel = [&](int member) {
    return session::Cancel(State(), {"spreker ziek"}, circle_.ContextOf(member));
  };
  EXPECT_EQ(ReasonOf(cancel(1).status()), "NOT_THE_HOST");
  circle_.Done(kHost, cancel(kHost));
  EXPECT_EQ(ReasonOf(cancel(kHost).status()), "SESSION_CANCELLED");
  EXPECT_EQ(ReasonOf(session::SignUp(State(), {}, {"a"}, circle_.ContextOf(1)).status()),
            "SESSION_CANCELLED");
}

}  // namespace
}  // namespace tests::domain
