#include "services/domain/professional/professional.h"

#include "tests/services/domain/circle_of_nodes.h"

namespace tests::domain {
namespace {

using eventstore::base::DetailsOf;
using eventstore::base::IsoWeek;
using eventstore::privacy::KeyOf;
namespace professional = sd::professional;

professional::RegisterProfessional Someone() {
  professional::RegisterProfessional command;
  command.identity.set_name("Test Persoon");
  command.identity.set_email("persoon@voorbeeld.nl");
  command.profile.set_pseudonym("Reiger 7");
  command.capacity = Weeks(1, 4, 36 * 60);
  return command;
}

professional::Reservation Reserve(const StreamId& exchange, int first, int count, int minutes) {
  return {IdOf<CircleId>(0xC1), exchange, 1, sd::ToWeekMap(Weeks(first, count, minutes))};
}

TEST(RegisterTest, KeepsTheNameOutOfTheCircle) {
  CircleOfNodes circle(3);
  const sd::Context context = circle.ContextOf(1);
  const auto decision = professional::Register({}, Someone(), context);
  ASSERT_TRUE(decision.ok()) << decision.status();
  ASSERT_EQ(decision->new_keys.size(), 2u);
  EXPECT_EQ(decision->new_keys[0].id, KeyOf(context.new_private_id));
  EXPECT_EQ(decision->new_keys[0].circle, context.private_feed.circle);
  EXPECT_EQ(decision->new_keys[1].id, KeyOf(context.new_id));
  EXPECT_EQ(decision->new_keys[1].circle, context.circle);
  for (const sd::NewEvent& event : decision->events) {
    if (!event.circle) continue;
    EXPECT_EQ(event.stream, context.new_id);
    EXPECT_EQ(event.event.SerializeAsString().find("Test Persoon"), std::string::npos);
    EXPECT_EQ(event.event.SerializeAsString().find(context.new_private_id.bytes()),
              std::string::npos);
  }
}

TEST(RegisterTest, CommitsToTheIdentity) {
  CircleOfNodes circle(3);
  const sd::Context context = circle.ContextOf(1);
  circle.Done(1, professional::Register({}, Someone(), context));
  const auto seen = circle.Fold<professional::CircleState>(circle.Feed(1), context.new_id);
  EXPECT_EQ(seen.identity_commitment,
            professional::IdentityCommitment(context.salt, Someone().identity).bytes());
  EXPECT_EQ(seen.free_minutes.at(IsoWeek{2027, 4}), 36 * 60);
  EXPECT_EQ(seen.profile->pseudonym(), "Reiger 7");
}

TEST(RegisterTest, TellsAllBrokenRulesAtOnce) {
  CircleOfNodes circle(3);
  professional::RegisterProfessional command = Someone();
  command.identity.set_name("\xff\xfe");
  command.profile.set_pseudonym("");
  command.profile.set_level(static_cast<ev::Level>(77));
  command.capacity.Mutable(1)->set_minutes(-5);
  command.capacity.Mutable(2)->set_iso_week(54);
  const auto decision = professional::Register({}, command, circle.ContextOf(1));
  for (const char* field :
       {"identity.name", "profile.pseudonym", "profile.level", "capacity[1]", "capacity[2]"}) {
    EXPECT_TRUE(HasField(decision.status(), field)) << field << ": " << decision.status();
  }
  EXPECT_EQ(decision.status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(RegisterTest, RefusesTheSamePseudonymAndTheSameCircleTwice) {
  CircleOfNodes circle(3);
  professional::RegisterProfessional command = Someone();
  command.taken_pseudonyms = {"Reiger 7"};
  EXPECT_EQ(ReasonOf(professional::Register({}, command, circle.ContextOf(1)).status()),
            "PSEUDONYM_TAKEN");
  const sd::Context context = circle.ContextOf(1);
  circle.Done(1, professional::Register({}, Someone(), context));
  const auto state =
      circle.Fold<professional::State>(CircleOfNodes::PrivateFeed(1), context.new_private_id);
  EXPECT_EQ(ReasonOf(professional::Register(state, Someone(), circle.ContextOf(1)).status()),
            "ALREADY_LISTED");
}

TEST(RegisterTest, ListsInASecondCircleUnderAnotherId) {
  CircleOfNodes circle(3);
  const sd::Context first = circle.ContextOf(1);
  circle.Done(1, professional::Register({}, Someone(), first));
  auto state =
      circle.Fold<professional::State>(CircleOfNodes::PrivateFeed(1), first.new_private_id);
  sd::Context second = circle.ContextOf(1);
  second.circle = IdOf<CircleId>(0xC2);
  circle.Done(1, professional::Register(state, {}, second));
  state = circle.Fold<professional::State>(CircleOfNodes::PrivateFeed(1), first.new_private_id);
  ASSERT_EQ(state.listings.size(), 2u);
  EXPECT_NE(state.listings.at(first.circle).id, state.listings.at(second.circle).id);
  // Both circles hear of a change, each under its own id.
  const auto stated = professional::StateFreeHours(state, {{IsoWeek{2027, 1}, 0}});
  ASSERT_EQ(stated.size(), 2u);
  EXPECT_NE(stated[0].stream, stated[1].stream);
  EXPECT_EQ(stated[0].event.SerializeAsString(), stated[1].event.SerializeAsString());
}

TEST(LedgerTest, NamesEveryWeekThatIsPromisedTwice) {
  professional::State state;
  state.registered = true;
  state.capacity = sd::ToWeekMap(Weeks(1, 6, 36 * 60));
  const auto held = Reserve(IdOf<StreamId>(7), 2, 3, 24 * 60);
  state.reservations[{held.exchange, held.selection}] = held;
  EXPECT_TRUE(professional::CheckFree(state, sd::ToWeekMap(Weeks(1, 6, 12 * 60))).ok());

  const absl::Status refused = professional::CheckFree(state, sd::ToWeekMap(Weeks(1, 7, 24 * 60)));
  EXPECT_EQ(ReasonOf(refused), "HOURS_PROMISED_TWICE");
  const auto details = DetailsOf(refused);
  EXPECT_EQ(details.metadata.at("weeks"), "2027-W02..2027-W04,2027-W07..2027-W07");
  EXPECT_EQ(details.metadata.at("hours"), "2027-W02..2027-W04:36,24,24;2027-W07..2027-W07:0,0,24");
  EXPECT_NE(refused.message().find("2027-W02 t/m 2027-W04 (capaciteit 36 uur, gereserveerd 24 uur, "
                                   "gevraagd 24 uur)"),
            absl::string_view::npos)
      << refused.message();
}

TEST(LedgerTest, NeverShowsFewerThanNoHours) {
  professional::State state;
  state.registered = true;
  state.capacity = sd::ToWeekMap(Weeks(1, 1, 60));
  const auto held = Reserve(IdOf<StreamId>(7), 1, 2, 120);
  state.reservations[{held.exchange, held.selection}] = held;
  EXPECT_EQ(professional::Free(state), (sd::WeekMap{{IsoWeek{2027, 1}, 0}, {IsoWeek{2027, 2}, 0}}));
}

TEST(LedgerTest, PromisesNothingOnALedgerItCannotRead) {
  CircleOfNodes circle(3);
  const sd::Context context = circle.ContextOf(1);
  sd::Decision decision = *professional::Register({}, Someone(), context);
  sd::NewEvent sealed = decision.events[0];
  sealed.event.mutable_hours_reserved()->set_circle_id(context.circle.bytes());
  sealed.event.mutable_hours_reserved()->set_exchange_id(std::string(16, 'x'));
  sealed.event.mutable_hours_reserved()->add_sealed()->set_field_number(4);
  decision.events.push_back(sealed);
  circle.Write(1, decision);
  const auto state =
      circle.Fold<professional::State>(CircleOfNodes::PrivateFeed(1), context.new_private_id);
  EXPECT_EQ(ReasonOf(professional::CheckFree(state, sd::ToWeekMap(Weeks(1, 1, 60)))),
            "LEDGER_UNREADABLE");
}

TEST(LedgerTest, FreesFromAWeekOn) {
  professional::State state;
  state.registered = true;
  state.private_id = IdOf<StreamId>(9);
  const auto held = Reserve(IdOf<StreamId>(7), 1, 4, 60);
  const auto apply = [&](const sd::NewEvent& event) {
    sd::PastEvent past;
    past.stream = event.stream;
    past.event = event.event;
    Evolve(state, past);
  };
  apply(professional::ReserveHours(state, held, {}));
  EXPECT_EQ(professional::Reserved(state).size(), 4u);
  apply(professional::ReleaseHours(state, held.exchange, 1, IsoWeek{2027, 3}, {}));
  EXPECT_EQ(professional::Reserved(state),
            (sd::WeekMap{{IsoWeek{2027, 1}, 60}, {IsoWeek{2027, 2}, 60}}));
  apply(professional::ReleaseHours(state, held.exchange, 2, {}, {}));
  EXPECT_EQ(state.ignored, 1u);
  apply(professional::ReleaseHours(state, held.exchange, 1, {}, {}));
  EXPECT_TRUE(state.reservations.empty());
}

TEST(StateCapacityTest, NeverGoesBelowWhatIsReserved) {
  CircleOfNodes circle(3);
  const sd::Context context = circle.ContextOf(1);
  circle.Done(1, professional::Register({}, Someone(), context));
  auto state =
      circle.Fold<professional::State>(CircleOfNodes::PrivateFeed(1), context.new_private_id);
  const auto held = Reserve(IdOf<StreamId>(7), 2, 1, 24 * 60);
  state.reservations[{held.exchange, held.selection}] = held;
  const absl::Status refused =
      professional::StateCapacity(state, {Weeks(1, 3, 20 * 60)}, circle.ContextOf(1)).status();
  EXPECT_EQ(ReasonOf(refused), "CAPACITY_BELOW_RESERVED");
  EXPECT_EQ(DetailsOf(refused).metadata.at("weeks"), "2027-W02");
  const auto decision =
      professional::StateCapacity(state, {Weeks(2, 1, 30 * 60)}, circle.ContextOf(1));
  ASSERT_TRUE(decision.ok()) << decision.status();
  ASSERT_EQ(decision->events.size(), 2u);
  EXPECT_EQ(decision->events[1].event.free_hours_stated().weeks(0).minutes(), 6 * 60);
}

TEST(OpenIdentityTest, OnlyToAnotherMemberAndOnce) {
  CircleOfNodes circle(3);
  const sd::Context context = circle.ContextOf(1);
  circle.Done(1, professional::Register({}, Someone(), context));
  const auto fold = [&] {
    return circle.Fold<professional::State>(CircleOfNodes::PrivateFeed(1), context.new_private_id);
  };
  const auto open = [&](const MemberId& member) {
    return professional::OpenIdentity(fold(), {member}, circle.ContextOf(1));
  };
  EXPECT_EQ(ReasonOf(open(IdOf<MemberId>(0x77)).status()), "MEMBER_UNKNOWN");
  EXPECT_TRUE(HasField(open(CircleOfNodes::Member(1)).status(), "member"));
  circle.Done(1, open(CircleOfNodes::Member(2)));
  EXPECT_EQ(ReasonOf(open(CircleOfNodes::Member(2)).status()), "ALREADY_OPENED");
  EXPECT_EQ(
      ReasonOf(
          professional::OpenIdentity({}, {CircleOfNodes::Member(2)}, circle.ContextOf(1)).status()),
      "PROFESSIONAL_UNKNOWN");
}

}  // namespace
}  // namespace tests::domain
