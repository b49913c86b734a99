#include "services/domain/secondment/secondment.h"

#include "services/domain/agreement.h"
#include "tests/services/domain/circle_of_nodes.h"

namespace tests::domain {
namespace {

using eventstore::base::DetailsOf;
namespace secondment = sd::secondment;

class SecondmentTest : public ::testing::Test {
 protected:
  // Up to the selection of the only candidacy.
  void Select() {
    exchange_ = circle_.Propose(person_, assignment_);
    circle_.Done(Handshake::kHost, circle_.Select(assignment_, exchange_));
  }
  void Confirm() {
    Select();
    circle_.Done(Handshake::kLender, circle_.Confirm(person_, assignment_, exchange_));
  }
  void Accept() {
    Confirm();
    circle_.Done(Handshake::kHost, circle_.Accept(assignment_, exchange_));
  }
  absl::StatusOr<sd::Decision> ConfirmWith(const secondment::ConfirmSecondment& command) {
    return secondment::Confirm(circle_.Exchange(exchange_), circle_.Person(person_),
                               circle_.WordOn(assignment_, exchange_), command,
                               circle_.Key(Handshake::kLender),
                               circle_.ContextOf(Handshake::kLender));
  }
  absl::StatusOr<sd::Decision> End(const std::string& last_day) {
    return secondment::End(circle_.Exchange(exchange_), circle_.Person(person_),
                           circle_.WordOn(assignment_, exchange_), {last_day, "andere taak"},
                           circle_.ContextOf(Handshake::kLender));
  }
  int64_t Reserved() {
    int64_t minutes = 0;
    for (const auto& [week, held] : sd::professional::Reserved(circle_.Person(person_))) {
      minutes += held;
    }
    return minutes;
  }

  Handshake circle_;
  const StreamId person_ = circle_.Register();
  const StreamId assignment_ = circle_.Publish();
  StreamId exchange_;
};

TEST_F(SecondmentTest, ProposeMakesAKeyForLenderAndHost) {
  const sd::Context context = circle_.ContextOf(Handshake::kLender);
  const auto decision = secondment::Propose(
      {}, circle_.Person(person_), circle_.WordOn(assignment_, context.new_id),
      {assignment_, CircleOfNodes::Member(Handshake::kHost), "past goed", {}}, context);
  ASSERT_TRUE(decision.ok()) << decision.status();
  ASSERT_EQ(decision->new_keys.size(), 1u);
  EXPECT_EQ(decision->new_keys[0].entitled,
            (std::vector<MemberId>{context.self, CircleOfNodes::Member(Handshake::kHost)}));
  EXPECT_EQ(decision->new_keys[0].made_by, context.self);
}

TEST_F(SecondmentTest, ProposeRefusesWhatCannotBeLent) {
  const sd::Context context = circle_.ContextOf(Handshake::kLender);
  const auto propose = [&](const StreamId& assignment, int host) {
    return secondment::Propose(
        {}, {}, circle_.WordOn(assignment, context.new_id, host),
        {assignment, CircleOfNodes::Member(host), std::string(5'000, 'x'), {}}, context);
  };
  const absl::Status unknown = propose(IdOf<StreamId>(0x55), Handshake::kHost).status();
  EXPECT_TRUE(HasField(unknown, "motivation"));
  EXPECT_NE(unknown.message().find("opdracht is op dit knooppunt niet bekend"),
            absl::string_view::npos);
  EXPECT_NE(unknown.message().find("professional is niet bekend"), absl::string_view::npos);
  const StreamId own = circle_.Publish(1, Handshake::kLender);
  const auto refused = secondment::Propose(
      {}, circle_.Person(person_), circle_.WordOn(own, context.new_id, Handshake::kLender),
      {own, CircleOfNodes::Member(Handshake::kLender), "", {}}, context);
  EXPECT_EQ(ReasonOf(refused.status()), "OWN_ASSIGNMENT");
}

TEST_F(SecondmentTest, ConfirmSignsAndReservesAsOne) {
  Select();
  const sd::Decision decision =
      circle_.Done(Handshake::kLender, circle_.Confirm(person_, assignment_, exchange_));
  ASSERT_EQ(decision.events.size(), 3u);
  const auto& confirmed = decision.events[0].event.secondment_confirmed();
  const sd::Agreement agreement{circle_.circle(), exchange_, 1, confirmed.terms_digest(),
                                ev::TermsToSign::PARTY_LENDER};
  const std::string key = circle_.Key(Handshake::kLender).public_key().bytes();
  EXPECT_TRUE(sd::VerifyAgreement(key, agreement, confirmed.signature()));
  sd::Agreement as_host = agreement;
  as_host.party = ev::TermsToSign::PARTY_HOST;
  EXPECT_FALSE(sd::VerifyAgreement(key, as_host, confirmed.signature()));
  EXPECT_FALSE(decision.events[1].circle);
  EXPECT_TRUE(decision.events[1].event.has_hours_reserved());
  EXPECT_EQ(decision.events[2].event.free_hours_stated().weeks(0).minutes(), 12 * 60);
  EXPECT_EQ(Reserved(), 8 * 24 * 60);
}

TEST_F(SecondmentTest, ConfirmTellsAllThatIsMissingAtOnce) {
  Select();
  secondment::ConfirmSecondment command = Handshake::Consents();
  command.attestations.pop_back();
  command.attestations[0].set_date("2026-02-30");
  command.host_head_age = absl::Hours(1);
  const absl::Status refused = ConfirmWith(command).status();
  EXPECT_TRUE(HasField(refused, "attestations[0].date")) << refused;
  EXPECT_TRUE(HasField(refused, "attestations")) << refused;
  EXPECT_NE(refused.message().find("te lang niet gezien"), absl::string_view::npos);
}

TEST_F(SecondmentTest, ConfirmWantsConsentsAndAFreshHead) {
  Select();
  secondment::ConfirmSecondment command = Handshake::Consents();
  command.host_head_age = absl::InfiniteDuration();
  const absl::Status stale = ConfirmWith(command).status();
  EXPECT_EQ(ReasonOf(stale), "HOST_HEAD_STALE");
  EXPECT_TRUE(DetailsOf(stale).retry_delay);
  command = Handshake::Consents();
  command.attestations.erase(command.attestations.begin());
  EXPECT_EQ(ReasonOf(ConfirmWith(command).status()), "CONSENT_MISSING");
}

TEST_F(SecondmentTest, ConfirmPromisesNoHourTwice) {
  Confirm();
  const StreamId other_assignment = circle_.Publish(1, 3);
  const StreamId other = circle_.Propose(person_, other_assignment, Handshake::kLender, 3);
  circle_.Done(3, circle_.Select(other_assignment, other, Handshake::kLender, 3));
  const absl::Status refused =
      circle_.Confirm(person_, other_assignment, other, Handshake::kLender, 3).status();
  EXPECT_EQ(ReasonOf(refused), "HOURS_PROMISED_TWICE");
  EXPECT_EQ(DetailsOf(refused).metadata.at("weeks"), "2027-W02..2027-W09");
}

TEST_F(SecondmentTest, StepsThatComeTooEarlyOrTwice) {
  exchange_ = circle_.Propose(person_, assignment_);
  EXPECT_EQ(ReasonOf(ConfirmWith(Handshake::Consents()).status()), "NOT_SELECTED");
  EXPECT_EQ(ReasonOf(circle_.Release(person_, assignment_, exchange_).status()), "NOT_CONFIRMED");
  EXPECT_EQ(ReasonOf(End("").status()), "NOT_ACCEPTED");
  circle_.Done(Handshake::kHost, circle_.Select(assignment_, exchange_));
  EXPECT_EQ(ReasonOf(ConfirmWith(Handshake::Consents(7)).status()), "NOT_SELECTED");
  circle_.Done(Handshake::kLender, circle_.Confirm(person_, assignment_, exchange_));
  EXPECT_EQ(ReasonOf(ConfirmWith(Handshake::Consents()).status()), "ALREADY_CONFIRMED");
  EXPECT_EQ(ReasonOf(secondment::Withdraw(circle_.Exchange(exchange_), {"toch niet"},
                                          circle_.ContextOf(Handshake::kLender))
                         .status()),
            "ALREADY_CONFIRMED");
  EXPECT_EQ(ReasonOf(End("").status()), "NOT_ACCEPTED");
}

TEST_F(SecondmentTest, OnlyTheLenderDecides) {
  Select();
  EXPECT_EQ(ReasonOf(secondment::Withdraw(circle_.Exchange(exchange_), {"niet van mij"},
                                          circle_.ContextOf(3))
                         .status()),
            "NOT_THE_LENDER");
  EXPECT_EQ(ReasonOf(secondment::Withdraw({}, {"bestaat niet"}, circle_.ContextOf(3)).status()),
            "EXCHANGE_UNKNOWN");
}

TEST_F(SecondmentTest, HoursStayReservedUntilTheHostHasSpoken) {
  Confirm();
  circle_.now() += absl::Hours(24 * 365);
  const absl::Status silent = circle_.Release(person_, assignment_, exchange_).status();
  EXPECT_EQ(ReasonOf(silent), "HOST_HAS_NOT_SPOKEN");
  circle_.Done(Handshake::kHost, circle_.Expire(assignment_, exchange_));
  EXPECT_EQ(Reserved(), 8 * 24 * 60);
  const sd::Decision decision =
      circle_.Done(Handshake::kLender, circle_.Release(person_, assignment_, exchange_));
  EXPECT_EQ(decision.events[0].event.confirmation_released().host_event_id(),
            circle_.Seats(assignment_).selections[0].event.bytes());
  EXPECT_EQ(Reserved(), 0);
  EXPECT_EQ(ReasonOf(circle_.Release(person_, assignment_, exchange_).status()), "NOT_CONFIRMED");
  EXPECT_EQ(ReasonOf(ConfirmWith(Handshake::Consents()).status()), "SELECTION_EXPIRED");
}

TEST_F(SecondmentTest, DoesNotReleaseWhatWasAccepted) {
  Accept();
  EXPECT_EQ(ReasonOf(circle_.Release(person_, assignment_, exchange_).status()),
            "ALREADY_ACCEPTED");
}

TEST_F(SecondmentTest, AnExpiredSelectionIsConfirmedUnderItsNewNumberOnly) {
  Select();
  circle_.now() += absl::Hours(24 * 4);
  circle_.Done(Handshake::kHost, circle_.Expire(assignment_, exchange_));
  EXPECT_EQ(ReasonOf(ConfirmWith(Handshake::Consents()).status()), "SELECTION_EXPIRED");
  circle_.Done(Handshake::kHost, circle_.Select(assignment_, exchange_));
  EXPECT_EQ(ReasonOf(ConfirmWith(Handshake::Consents(1)).status()), "SELECTION_SUPERSEDED");
  const sd::Decision decision =
      circle_.Done(Handshake::kLender, circle_.Confirm(person_, assignment_, exchange_));
  EXPECT_EQ(decision.events[0].event.secondment_confirmed().selection(), 2u);
}

TEST_F(SecondmentTest, RefusesTermsThatDoNotFitTheirDigest) {
  Select();
  secondment::HostWord word = circle_.WordOn(assignment_, exchange_);
  const auto confirm = [&] {
    return secondment::Confirm(circle_.Exchange(exchange_), circle_.Person(person_), word,
                               Handshake::Consents(), circle_.Key(Handshake::kLender),
                               circle_.ContextOf(Handshake::kLender));
  };
  word.selections[0].terms->set_goals("iets anders");
  EXPECT_EQ(ReasonOf(confirm().status()), "TERMS_MISMATCH");
  word.selections[0].terms->mutable_weeks(0)->set_minutes(20'000);
  word.selections[0].terms_digest = sd::TermsDigest(*word.selections[0].terms).bytes();
  EXPECT_EQ(ReasonOf(confirm().status()), "TERMS_INVALID");
  word.selections[0].terms.reset();
  EXPECT_EQ(ReasonOf(confirm().status()), "TERMS_UNREADABLE");
}

TEST_F(SecondmentTest, EndKeepsTheNoticeAndFreesTheWeeksAfter) {
  Accept();
  circle_.now() =
      absl::FromCivil(absl::CivilSecond(2027, 1, 11, 9, 0, 0), absl::FixedTimeZone(3600));
  const absl::Status soon = End("2027-01-20").status();
  EXPECT_EQ(ReasonOf(soon), "NOTICE_TOO_SHORT");
  EXPECT_EQ(DetailsOf(soon).metadata.at("first_possible"), "2027-02-08");
  EXPECT_TRUE(HasField(End("2027-03-08").status(), "last_day"));
  EXPECT_TRUE(HasField(End("2027-02-31").status(), "last_day"));
  circle_.Done(Handshake::kLender, End(""));
  EXPECT_EQ(circle_.Exchange(exchange_).last_day, absl::CivilDay(2027, 2, 8));
  // The weeks 2 to 6 stay; 2027-02-08 is in week 6.
  EXPECT_EQ(Reserved(), 5 * 24 * 60);
  EXPECT_EQ(ReasonOf(End("").status()), "ALREADY_ENDED");
}

TEST_F(SecondmentTest, FollowsAnEndOfTheHost) {
  Accept();
  const auto follow = [&] {
    return secondment::FollowEnd(circle_.Exchange(exchange_), circle_.Person(person_),
                                 circle_.WordOn(assignment_, exchange_),
                                 circle_.ContextOf(Handshake::kLender));
  };
  EXPECT_EQ(ReasonOf(follow().status()), "NOTHING_TO_FOLLOW");
  circle_.Done(Handshake::kHost, sd::assignment::End(circle_.Seats(assignment_), exchange_,
                                                     {"2027-01-31", "klus is klaar"},
                                                     circle_.ContextOf(Handshake::kHost)));
  circle_.Done(Handshake::kLender, follow());
  EXPECT_EQ(Reserved(), 3 * 24 * 60);
  EXPECT_EQ(ReasonOf(follow().status()), "NOTHING_TO_FOLLOW");
}

TEST_F(SecondmentTest, IgnoresForeignAndNonsenseEvents) {
  Confirm();
  secondment::State state = circle_.Exchange(exchange_);
  sd::PastEvent foreign;
  foreign.feed = circle_.Feed(3);
  foreign.stream = exchange_;
  foreign.event.mutable_confirmation_released()->set_selection(1);
  Evolve(state, foreign);
  EXPECT_EQ(state.status, secondment::Status::kConfirmed);
  foreign.feed = circle_.Feed(Handshake::kLender);
  foreign.event.mutable_confirmation_released()->set_selection(2);
  Evolve(state, foreign);
  foreign.event.mutable_proposal_withdrawn();
  Evolve(state, foreign);
  foreign.event.Clear();
  Evolve(state, foreign);
  EXPECT_EQ(state.status, secondment::Status::kConfirmed);
  EXPECT_EQ(state.ignored, 4u);
}

}  // namespace
}  // namespace tests::domain
