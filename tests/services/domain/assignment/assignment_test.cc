#include "services/domain/assignment/assignment.h"

#include "eventstore/merkle/note.h"
#include "services/domain/agreement.h"
#include "tests/services/domain/circle_of_nodes.h"

namespace tests::domain {
namespace {

using eventstore::base::DetailsOf;
using eventstore::merkle::Checkpoint;
using eventstore::merkle::Note;
namespace assignment = sd::assignment;

class AssignmentTest : public ::testing::Test {
 protected:
  absl::StatusOr<sd::Decision> SelectWith(const StreamId& exchange,
                                          const assignment::SelectCandidacy& command) {
    return assignment::Select(circle_.Seats(assignment_), circle_.Exchange(exchange), command,
                              circle_.ContextOf(Handshake::kHost));
  }
  void Fill(const StreamId& exchange) {
    circle_.Done(Handshake::kHost, circle_.Select(assignment_, exchange));
    circle_.Done(Handshake::kLender, circle_.Confirm(person_, assignment_, exchange));
    circle_.Done(Handshake::kHost, circle_.Accept(assignment_, exchange));
  }

  Handshake circle_;
  const StreamId person_ = circle_.Register();
  const StreamId assignment_ = circle_.Publish();
};

TEST(PublishTest, TellsAllBrokenRulesAtOnce) {
  Handshake circle;
  ev::AssignmentPublished bad = Handshake::Assignment(0);
  bad.set_title(std::string(201, 'x'));
  bad.set_description("bel\x07");
  bad.set_level(static_cast<ev::Level>(9));
  bad.set_start_date("2027-02-30");
  bad.set_minutes_per_week(10'081);
  bad.mutable_location()->set_latitude_e4(900'001);
  bad.mutable_tariff()->set_kind(ev::TARIFF_KIND_HOURLY);
  bad.mutable_tariff()->set_eurocents_per_hour(1);
  const absl::Status refused =
      assignment::Publish({}, {bad}, circle.ContextOf(Handshake::kHost)).status();
  for (const char* field :
       {"assignment.title", "assignment.description", "assignment.level", "assignment.start_date",
        "assignment.minutes_per_week", "assignment.location.latitude_e4", "assignment.seats",
        "assignment.tariff.eurocents_per_hour"}) {
    EXPECT_TRUE(HasField(refused, field)) << field << ": " << refused;
  }
}

TEST(PublishTest, RefusesImpossiblePeriods) {
  Handshake circle;
  const auto publish = [&](const char* start, const char* end) {
    ev::AssignmentPublished asked = Handshake::Assignment();
    asked.set_start_date(start);
    asked.set_end_date(end);
    return assignment::Publish({}, {asked}, circle.ContextOf(Handshake::kHost)).status();
  };
  EXPECT_TRUE(HasField(publish("2027-03-01", "2027-02-01"), "assignment.end_date"));
  EXPECT_TRUE(HasField(publish("2027-03-01", "2040-02-01"), "assignment.end_date"));
  EXPECT_TRUE(HasField(publish("2026-01-01", "2026-02-01"), "assignment.end_date"));
  EXPECT_TRUE(HasField(publish("", "2027-02-01"), "assignment.start_date"));
  EXPECT_TRUE(publish("2026-11-01", "2027-02-01").ok());
}

TEST_F(AssignmentTest, TermsAreCompletedFromTheAssignment) {
  const StreamId exchange = circle_.Propose(person_, assignment_);
  const auto decision = SelectWith(exchange, {});
  ASSERT_TRUE(decision.ok()) << decision.status();
  const auto& selected = decision->events[0].event.candidacy_selected();
  EXPECT_EQ(selected.seat(), 1u);
  EXPECT_EQ(selected.selection(), 1u);
  ASSERT_EQ(selected.terms().weeks_size(), 8);
  EXPECT_EQ(selected.terms().weeks(0).iso_week(), 2);
  EXPECT_EQ(selected.terms().weeks(7).minutes(), 24 * 60);
  EXPECT_EQ(selected.terms().tariff().eurocents_per_hour(), 9250);
  EXPECT_EQ(selected.terms_digest(), sd::TermsDigest(selected.terms()).view());
  EXPECT_EQ(selected.confirm_by_microseconds(),
            absl::ToUnixMicros(circle_.now() + absl::Hours(72)));
}

TEST_F(AssignmentTest, RefusesTermsAgainstTheCharter) {
  const StreamId exchange = circle_.Propose(person_, assignment_);
  assignment::SelectCandidacy command;
  command.terms.mutable_tariff()->set_kind(ev::TARIFF_KIND_PRO_BONO);
  EXPECT_EQ(ReasonOf(SelectWith(exchange, command).status()), "TARIFF_FIXED");
  command = {};
  command.terms.set_end_date("2028-02-01");
  EXPECT_EQ(ReasonOf(SelectWith(exchange, command).status()), "TERM_TOO_LONG");
  command = {};
  command.minutes_per_week = -60;
  EXPECT_TRUE(HasField(SelectWith(exchange, command).status(), "minutes_per_week"));
  command = {};
  *command.terms.mutable_weeks() = Weeks(9, 2, 60);
  EXPECT_TRUE(HasField(SelectWith(exchange, command).status(), "terms.weeks[1]"));
  command.terms.mutable_weeks()->SwapElements(0, 1);
  EXPECT_TRUE(HasField(SelectWith(exchange, command).status(), "terms.weeks[1]"));
  command = {};
  command.seat = 2;
  EXPECT_TRUE(HasField(SelectWith(exchange, command).status(), "seat"));
}

TEST_F(AssignmentTest, ASeatIsHeldForOneAndTheRefusalSaysForWhom) {
  const StreamId first = circle_.Propose(person_, assignment_);
  const StreamId other_person = circle_.Register(3, "Ooievaar 1");
  const StreamId second = circle_.Propose(other_person, assignment_, 3);
  circle_.Done(Handshake::kHost, circle_.Select(assignment_, first));
  absl::Status refused = circle_.Select(assignment_, second, 3).status();
  EXPECT_EQ(ReasonOf(refused), "SEAT_TAKEN");
  EXPECT_EQ(DetailsOf(refused).metadata.at("state"), "held");
  EXPECT_EQ(DetailsOf(refused).metadata.at("exchange_id"), eventstore::base::ToText(first));
  EXPECT_NE(refused.message().find("plaats vastgehouden voor lid-1"), absl::string_view::npos);
  EXPECT_EQ(ReasonOf(circle_.Select(assignment_, first).status()), "ALREADY_SELECTED");
  circle_.Done(Handshake::kLender, circle_.Confirm(person_, assignment_, first));
  circle_.Done(Handshake::kHost, circle_.Accept(assignment_, first));
  refused = circle_.Select(assignment_, second, 3).status();
  EXPECT_EQ(DetailsOf(refused).metadata.at("state"), "accepted");
  EXPECT_EQ(ReasonOf(circle_.Select(assignment_, first).status()), "ALREADY_ACCEPTED");
  EXPECT_EQ(assignment::StatusOf(circle_.Seats(assignment_)), assignment::Status::kFilled);
}

TEST_F(AssignmentTest, AcceptWantsTheConfirmationOfTheCurrentSelection) {
  const StreamId exchange = circle_.Propose(person_, assignment_);
  EXPECT_EQ(ReasonOf(circle_.Accept(assignment_, exchange).status()), "NOT_SELECTED");
  circle_.Done(Handshake::kHost, circle_.Select(assignment_, exchange));
  EXPECT_EQ(ReasonOf(circle_.Accept(assignment_, exchange).status()), "NOT_CONFIRMED");
  const sd::secondment::State before = circle_.Exchange(exchange);
  circle_.Done(Handshake::kLender, circle_.Confirm(person_, assignment_, exchange));
  circle_.now() += absl::Hours(24 * 4);
  circle_.Done(Handshake::kHost, assignment::Expire(circle_.Seats(assignment_), before,
                                                    circle_.ContextOf(Handshake::kHost)));
  EXPECT_EQ(ReasonOf(circle_.Accept(assignment_, exchange).status()), "SELECTION_EXPIRED");
  circle_.Done(Handshake::kHost, circle_.Select(assignment_, exchange));
  const absl::Status late = circle_.Accept(assignment_, exchange).status();
  EXPECT_EQ(ReasonOf(late), "CONFIRMATION_VOID");
  EXPECT_EQ(DetailsOf(late).metadata.at("confirmed_selection"), "1");
}

TEST_F(AssignmentTest, AcceptChecksTheLendersWord) {
  const StreamId exchange = circle_.Propose(person_, assignment_);
  circle_.Done(Handshake::kHost, circle_.Select(assignment_, exchange));
  circle_.Done(Handshake::kLender, circle_.Confirm(person_, assignment_, exchange));
  const auto accept = [&](const sd::secondment::State& lender) {
    return ReasonOf(assignment::Accept(circle_.Seats(assignment_), lender,
                                       circle_.Key(Handshake::kHost),
                                       circle_.ContextOf(Handshake::kHost))
                        .status());
  };
  sd::secondment::State lender = circle_.Exchange(exchange);
  lender.confirmation->signature[3] ^= 1;
  EXPECT_EQ(accept(lender), "BAD_SIGNATURE");
  lender = circle_.Exchange(exchange);
  lender.confirmation->terms_digest = std::string(32, 'x');
  EXPECT_EQ(accept(lender), "TERMS_MISMATCH");
  lender = circle_.Exchange(exchange);
  lender.confirmation->attestations.clear();
  EXPECT_EQ(accept(lender), "CONSENT_MISSING");
  lender = circle_.Exchange(exchange);
  lender.feed.member = CircleOfNodes::Member(3);
  EXPECT_EQ(accept(lender), "NOT_CONFIRMED");
  circle_.now() += absl::Hours(49);
  EXPECT_EQ(accept(circle_.Exchange(exchange)), "ACCEPTANCE_TOO_LATE");
}

TEST_F(AssignmentTest, ExpiresWhenItIsDueAndNotBefore) {
  const StreamId exchange = circle_.Propose(person_, assignment_);
  EXPECT_EQ(ReasonOf(circle_.Expire(assignment_, exchange).status()), "NOT_SELECTED");
  circle_.Done(Handshake::kHost, circle_.Select(assignment_, exchange));
  const absl::Time selected = circle_.now();
  const absl::Status early = circle_.Expire(assignment_, exchange).status();
  EXPECT_EQ(ReasonOf(early), "NOT_DUE");
  EXPECT_TRUE(DetailsOf(early).retry_delay);
  circle_.now() += absl::Hours(71);
  circle_.Done(Handshake::kLender, circle_.Confirm(person_, assignment_, exchange));
  const absl::Time confirmed = circle_.now();
  // The confirmation came in time: now the host has two days.
  circle_.now() = selected + absl::Hours(73);
  EXPECT_EQ(ReasonOf(circle_.Expire(assignment_, exchange).status()), "NOT_DUE");
  circle_.now() = confirmed + absl::Hours(48) + absl::Seconds(1);
  const sd::Decision decision =
      circle_.Done(Handshake::kHost, circle_.Expire(assignment_, exchange));
  EXPECT_EQ(decision.events[0].event.selection_expired().due_at_microseconds(),
            absl::ToUnixMicros(confirmed + absl::Hours(48)));
  EXPECT_EQ(ReasonOf(circle_.Expire(assignment_, exchange).status()), "SELECTION_EXPIRED");
}

TEST_F(AssignmentTest, AFastClockOfTheLenderHoldsTheSeatForBothLimitsAndNoLonger) {
  const StreamId exchange = circle_.Propose(person_, assignment_);
  const sd::Decision selected =
      circle_.Done(Handshake::kHost, circle_.Select(assignment_, exchange));
  const absl::Time selected_at = circle_.now();
  const absl::Time confirm_by = absl::FromUnixMicros(
      selected.events[0].event.candidacy_selected().confirm_by_microseconds());
  circle_.Done(Handshake::kLender, circle_.Confirm(person_, assignment_, exchange));
  sd::secondment::State lender = circle_.Exchange(exchange);
  const assignment::State seats = circle_.Seats(assignment_);
  const auto due = [&](absl::Time clock_of_lender) {
    lender.confirmation->recorded_at = clock_of_lender;
    return assignment::ExpiryDue(seats, lender, circle_.ContextOf(Handshake::kHost));
  };
  // Two days after the lender's word; never after the latest moment that it could have
  // given it, however far its clock is ahead; never before the host could answer.
  EXPECT_EQ(due(selected_at + absl::Hours(1)), selected_at + absl::Hours(49));
  EXPECT_EQ(due(selected_at - absl::Hours(24 * 365)), selected_at + absl::Hours(48));
  EXPECT_EQ(due(confirm_by), confirm_by + absl::Hours(48));
  EXPECT_EQ(due(confirm_by + absl::Hours(24 * 365)), confirm_by + absl::Hours(48));

  const auto accept = [&](absl::Time now) {
    circle_.now() = now;
    return assignment::Accept(seats, lender, circle_.Key(Handshake::kHost),
                              circle_.ContextOf(Handshake::kHost))
        .status();
  };
  EXPECT_TRUE(accept(confirm_by + absl::Hours(48)).ok());
  EXPECT_EQ(ReasonOf(accept(confirm_by + absl::Hours(48) + absl::Microseconds(1))),
            "ACCEPTANCE_TOO_LATE");
  EXPECT_TRUE(
      assignment::Expire(seats, lender, circle_.ContextOf(Handshake::kHost)).ok());
}

TEST_F(AssignmentTest, DeclineIsForGood) {
  const StreamId exchange = circle_.Propose(person_, assignment_);
  circle_.Done(Handshake::kHost, circle_.Select(assignment_, exchange));
  circle_.Done(Handshake::kHost, circle_.Decline(assignment_, exchange));
  EXPECT_EQ(ReasonOf(circle_.Decline(assignment_, exchange).status()), "CANDIDACY_DECLINED");
  EXPECT_EQ(ReasonOf(circle_.Select(assignment_, exchange).status()), "CANDIDACY_DECLINED");
  EXPECT_EQ(ReasonOf(circle_.Accept(assignment_, exchange).status()), "SELECTION_DECLINED");
  const StreamId again = circle_.Propose(person_, assignment_);
  const sd::Decision decision = circle_.Done(Handshake::kHost, circle_.Select(assignment_, again));
  EXPECT_EQ(decision.events[0].event.candidacy_selected().selection(), 2u);
}

TEST_F(AssignmentTest, WithdrawnCandidaciesAndAssignmentsAreNotSelected) {
  const StreamId exchange = circle_.Propose(person_, assignment_);
  circle_.Done(Handshake::kLender,
               sd::secondment::Withdraw(circle_.Exchange(exchange), {"niet meer vrij"},
                                        circle_.ContextOf(Handshake::kLender)));
  EXPECT_EQ(ReasonOf(circle_.Select(assignment_, exchange).status()), "ALREADY_WITHDRAWN");
  EXPECT_EQ(ReasonOf(circle_.Select(assignment_, IdOf<StreamId>(0x66)).status()),
            "EXCHANGE_UNKNOWN");
  const auto withdraw = [&](int member) {
    return assignment::Withdraw(circle_.Seats(assignment_), {"vervallen"},
                                circle_.ContextOf(member));
  };
  EXPECT_EQ(ReasonOf(withdraw(3).status()), "NOT_THE_HOST");
  circle_.Done(Handshake::kHost, withdraw(Handshake::kHost));
  EXPECT_EQ(ReasonOf(circle_.Select(assignment_, exchange).status()), "ASSIGNMENT_WITHDRAWN");
  EXPECT_EQ(ReasonOf(withdraw(Handshake::kHost).status()), "ASSIGNMENT_WITHDRAWN");
}

TEST_F(AssignmentTest, CannotBeWithdrawnWhileASeatIsTaken) {
  const StreamId exchange = circle_.Propose(person_, assignment_);
  circle_.Done(Handshake::kHost, circle_.Select(assignment_, exchange));
  EXPECT_EQ(ReasonOf(assignment::Withdraw(circle_.Seats(assignment_), {"vervallen"},
                                          circle_.ContextOf(Handshake::kHost))
                         .status()),
            "SEAT_TAKEN");
}

TEST_F(AssignmentTest, ASeatThatWasEndedIsFreeAfterItsLastDay) {
  const StreamId exchange = circle_.Propose(person_, assignment_);
  Fill(exchange);
  circle_.Done(Handshake::kHost,
               assignment::End(circle_.Seats(assignment_), exchange, {"2027-01-31", "eerder klaar"},
                               circle_.ContextOf(Handshake::kHost)));
  const StreamId other = circle_.Propose(circle_.Register(3, "Ooievaar 1"), assignment_, 3);
  const auto select = [&](const char* start) {
    assignment::SelectCandidacy command;
    command.terms.set_start_date(start);
    return assignment::Select(circle_.Seats(assignment_), circle_.Exchange(other, 3), command,
                              circle_.ContextOf(Handshake::kHost));
  };
  EXPECT_EQ(ReasonOf(select("2027-01-31").status()), "SEAT_TAKEN");
  circle_.Done(Handshake::kHost, select("2027-02-01"));
}

TEST_F(AssignmentTest, FollowsAnEndOfTheLender) {
  const StreamId exchange = circle_.Propose(person_, assignment_);
  Fill(exchange);
  const auto follow = [&] {
    return assignment::FollowEnd(circle_.Seats(assignment_), circle_.Exchange(exchange),
                                 circle_.ContextOf(Handshake::kHost));
  };
  EXPECT_EQ(ReasonOf(follow().status()), "NOTHING_TO_FOLLOW");
  circle_.Done(Handshake::kLender,
               sd::secondment::End(circle_.Exchange(exchange), circle_.Person(person_),
                                   circle_.WordOn(assignment_, exchange), {"2027-01-31", "ziek"},
                                   circle_.ContextOf(Handshake::kLender)));
  circle_.Done(Handshake::kHost, follow());
  EXPECT_EQ(assignment::OccupantOf(circle_.Seats(assignment_), 1), nullptr);
  EXPECT_EQ(ReasonOf(follow().status()), "NOTHING_TO_FOLLOW");
}

// ---- cosignatures ----

class CosignTest : public AssignmentTest {
 protected:
  CosignTest() {
    exchange_ = circle_.Propose(person_, assignment_);
    Fill(exchange_);
  }
  std::string WitnessName(int i) { return eventstore::log::Origin(circle_.Feed(i)); }
  // A head of the host's feed with cosignatures of `witnesses`.
  std::string Head(uint64_t size, const std::vector<int>& witnesses,
                   int signer = Handshake::kHost) {
    Checkpoint head;
    head.origin = WitnessName(Handshake::kHost);
    head.size = size;
    Note note;
    note.text = eventstore::merkle::FormatCheckpoint(head);
    eventstore::merkle::SignNote(note, WitnessName(signer), circle_.Key(signer));
    for (const int i : witnesses) {
      eventstore::merkle::CosignNote(note, WitnessName(i), circle_.Key(i), circle_.now());
    }
    return eventstore::merkle::FormatNote(note);
  }
  absl::StatusOr<sd::Decision> Cosign(const std::vector<std::string>& notes) {
    return assignment::Cosign(circle_.Seats(assignment_), {exchange_, notes},
                              circle_.ContextOf(Handshake::kHost));
  }
  uint64_t size() { return circle_.Events(circle_.Feed(Handshake::kHost)).size(); }

  StreamId exchange_;
};

TEST_F(CosignTest, NeedsMoreThanHalfOfTheOtherMembers) {
  EXPECT_EQ(assignment::CosignaturesNeeded(circle_.charter()), 3);
  const absl::Status two = Cosign({Head(size(), {0, 1})}).status();
  EXPECT_EQ(ReasonOf(two), "COSIGNATURES_MISSING");
  EXPECT_EQ(DetailsOf(two).metadata.at("have"), "2");
  circle_.Done(Handshake::kHost, Cosign({Head(size(), {0}), Head(size(), {0, 1}),
                                         Head(size() + 5, {3}), Head(size(), {4})}));
  EXPECT_TRUE(circle_.Seats(assignment_).selections[0].cosigned);
  EXPECT_EQ(ReasonOf(Cosign({Head(size(), {0, 1, 3})}).status()), "ALREADY_COSIGNED");
}

TEST_F(CosignTest, CountsOnlyHeadsThatContainTheAcceptance) {
  EXPECT_EQ(ReasonOf(Cosign({Head(size() - 1, {0, 1, 3})}).status()), "COSIGNATURES_MISSING");
  EXPECT_TRUE(Cosign({Head(size(), {0, 1, 3})}).ok());
}

TEST_F(CosignTest, IsNotFooled) {
  // By the host's own cosignature, by heads that the host did not sign, by garbage.
  EXPECT_EQ(ReasonOf(Cosign({Head(size(), {0, 1, Handshake::kHost})}).status()),
            "COSIGNATURES_MISSING");
  EXPECT_EQ(ReasonOf(Cosign({Head(size(), {0, 1, 3}, 4)}).status()), "COSIGNATURES_MISSING");
  EXPECT_EQ(ReasonOf(Cosign({"rommel", ""}).status()), "COSIGNATURES_MISSING");
  std::string forged = Head(size(), {0, 1, 3});
  const size_t at = forged.find(std::to_string(size()) + "\n");
  ASSERT_NE(at, std::string::npos);
  forged.replace(at, std::to_string(size()).size(), std::to_string(size() + 1));
  EXPECT_EQ(ReasonOf(Cosign({forged}).status()), "BAD_SIGNATURE");
}

TEST_F(AssignmentTest, IgnoresEventsThatBreakTheRules) {
  const StreamId exchange = circle_.Propose(person_, assignment_);
  const sd::Decision selected =
      circle_.Done(Handshake::kHost, circle_.Select(assignment_, exchange));
  assignment::State state = circle_.Seats(assignment_);
  sd::PastEvent event;
  event.feed = circle_.Feed(Handshake::kHost);
  event.stream = assignment_;
  event.event = selected.events[0].event;
  event.event.mutable_candidacy_selected()->set_exchange_id(std::string(16, 'z'));
  Evolve(state, event);  // the seat is held
  event.event.mutable_selection_accepted()->set_exchange_id(exchange.bytes());
  Evolve(state, event);  // names no selection
  event.event.mutable_secondment_ended()->set_last_day("2027-13-01");
  Evolve(state, event);
  event.feed = circle_.Feed(3);
  event.event.mutable_assignment_withdrawn();
  Evolve(state, event);  // another member's feed
  EXPECT_EQ(state.ignored, 4u);
  EXPECT_EQ(state.selections.size(), 1u);
  EXPECT_FALSE(state.withdrawn);
}

}  // namespace
}  // namespace tests::domain
