#include "services/domain/professional/professional.h"
#include "tests/services/domain/circle_of_nodes.h"

namespace tests::domain {
namespace {

namespace professional = sd::professional;
using eventstore::base::IsoWeek;

class EraseTest : public ::testing::Test {
 protected:
  EraseTest() : context_(circle_.ContextOf(1)) {
    professional::RegisterProfessional command;
    command.identity.set_name("Test Persoon");
    command.profile.set_pseudonym("Reiger 7");
    command.capacity = Weeks(1, 4, 36 * 60);
    circle_.Done(1, professional::Register({}, command, context_));
  }
  professional::State State() {
    return circle_.Fold<professional::State>(circle_.PrivateFeed(1), context_.new_private_id);
  }
  absl::StatusOr<sd::Decision> Erase(const professional::State& state,
                                     ev::ErasureGround ground = ev::ERASURE_GROUND_REQUEST) {
    return professional::Erase(state, {ground}, context_);
  }

  CircleOfNodes circle_{3};
  sd::Context context_;
};

TEST_F(EraseTest, SaysSoInPrivateAndOrdersItInEveryCircle) {
  professional::State state = State();
  const sd::CircleId second = IdOf<sd::CircleId>(0xC2);
  state.listings[second] = {IdOf<StreamId>(0x77), "salt"};
  const auto decision = Erase(state);
  ASSERT_TRUE(decision.ok()) << decision.status();
  EXPECT_TRUE(decision->new_keys.empty());
  ASSERT_EQ(decision->events.size(), 3U);
  EXPECT_FALSE(decision->events[0].circle.has_value());
  EXPECT_EQ(decision->events[0].stream, context_.new_private_id);
  EXPECT_TRUE(decision->events[0].event.has_professional_erased());
  EXPECT_EQ(decision->events[1].circle, context_.circle);
  EXPECT_EQ(decision->events[1].stream, context_.new_id);
  EXPECT_EQ(decision->events[1].event.erasure_ordered().ground(), ev::ERASURE_GROUND_REQUEST);
  EXPECT_EQ(decision->events[2].circle, second);
  EXPECT_EQ(decision->events[2].stream, IdOf<StreamId>(0x77));
}

TEST_F(EraseTest, NothingIsLeftToWorkWith) {
  circle_.Done(1, Erase(State()));
  const professional::State state = State();
  EXPECT_TRUE(state.erased);
  EXPECT_FALSE(state.registered);
  EXPECT_EQ(state.identity.name(), "");
  EXPECT_TRUE(state.capacity.empty());
  EXPECT_EQ(state.listings.count(context_.circle), 1U) << "they name the keys";
  EXPECT_EQ(ReasonOf(Erase(state).status()), "ALREADY_ERASED");
  EXPECT_EQ(ReasonOf(professional::StateCapacity(state, {Weeks(1, 1, 60)}, context_).status()),
            "PROFESSIONAL_UNKNOWN");
}

TEST_F(EraseTest, IsRefusedWhileHoursArePromisedWhateverTheGround) {
  professional::State state = State();
  const StreamId exchange = IdOf<StreamId>(0x55);
  const IsoWeek now = eventstore::base::IsoWeekOf(eventstore::base::BusinessDate(context_.now));
  auto& reservation = state.reservations[{exchange, 1}];
  const IsoWeek later{now.year + 1, 3};
  reservation = {context_.circle, exchange, 1, {{now, 60}, {later, 60}}};
  for (const auto ground :
       {ev::ERASURE_GROUND_REQUEST, ev::ERASURE_GROUND_RETENTION, ev::ERASURE_GROUND_MISTAKE}) {
    const auto refused = Erase(state, ground);
    EXPECT_EQ(ReasonOf(refused.status()), "ERASURE_WHILE_RESERVED");
    EXPECT_EQ(eventstore::base::DetailsOf(refused.status()).metadata.at("exchanges"),
              eventstore::base::ToText(exchange));
    EXPECT_THAT(std::string(refused.status().message()),
                testing::HasSubstr(eventstore::base::FormatWeek(later)));
  }
  // What is over needs nobody's data.
  reservation.weeks = {{IsoWeek{now.year - 1, 3}, 60}};
  EXPECT_TRUE(Erase(state).ok());
}

TEST_F(EraseTest, AsksForAGroundAndAKnownPerson) {
  EXPECT_TRUE(HasField(Erase(State(), ev::ERASURE_GROUND_UNSPECIFIED).status(), "ground"));
  EXPECT_EQ(ReasonOf(Erase({}).status()), "PROFESSIONAL_UNKNOWN");
}

TEST_F(EraseTest, AnAcknowledgementStandsInAStreamOfItsOwn) {
  const auto decision =
      professional::Acknowledge({IdOf<StreamId>(0x66), absl::FromUnixMicros(1'800'000'000'000'001),
                                 absl::CivilDay(2027, 2, 14)},
                                context_);
  ASSERT_EQ(decision.events.size(), 1U);
  EXPECT_EQ(decision.events[0].stream, context_.new_id);
  EXPECT_EQ(decision.events[0].circle, context_.circle);
  const auto& body = decision.events[0].event.erasure_acknowledged();
  EXPECT_EQ(body.professional_id(), IdOf<StreamId>(0x66).bytes());
  EXPECT_EQ(body.destroyed_online_at_microseconds(), 1'800'000'000'000'001);
  EXPECT_EQ(body.last_backup_expires_on(), "2027-02-14");
}

// Of somebody who is erased nothing new is written down.
TEST_F(EraseTest, AReasonIsSealedWithThePersonsKeyOrNotKept) {
  sd::NewEvent event;
  EXPECT_EQ(sd::secondment::ReasonAbout(std::nullopt, "over iemand", event), "");
  EXPECT_FALSE(event.keys.person.has_value());
  EXPECT_EQ(sd::secondment::ReasonAbout(context_.new_id, "over iemand", event), "over iemand");
  EXPECT_EQ(event.keys.person, eventstore::privacy::KeyOf(context_.new_id));
}

}  // namespace
}  // namespace tests::domain
