#include "services/domain/circle/restart.h"

#include "eventstore/base/errors.h"
#include "tests/services/domain/circle_of_nodes.h"

namespace tests::domain {
namespace {

namespace circle = sd::circle;
using eventstore::base::IsoWeek;

sd::PastEvent At(int second) {
  sd::PastEvent past;
  past.recorded_at = absl::FromUnixSeconds(second);
  return past;
}
sd::PastEvent Restarted(int second) {
  sd::PastEvent past = At(second);
  past.event.mutable_private_feed_restarted()->set_reason("schijf verloren");
  return past;
}
sd::PastEvent Restated(int second) {
  sd::PastEvent past = At(second);
  past.event.mutable_capacity_restated()->set_reason("nagelopen");
  return past;
}
sd::PastEvent Stated(int second, const sd::WeekMap& weeks) {
  sd::PastEvent past = At(second);
  *past.event.mutable_capacity_stated()->mutable_weeks() = sd::ToWeekList(weeks);
  return past;
}

const sd::WeekMap kFirst = {{IsoWeek{2027, 1}, 60}};
const sd::WeekMap kBoth = {{IsoWeek{2027, 1}, 60}, {IsoWeek{2027, 2}, 60}};

TEST(PrivateFeed, MayConfirmUntilItBeganAnewAndAfterTheCapacityWasRestated) {
  EXPECT_TRUE(circle::PrivateFeedOf({}).MayConfirm());
  EXPECT_FALSE(circle::PrivateFeedOf({Restarted(5)}).MayConfirm());
  EXPECT_TRUE(circle::PrivateFeedOf({Restarted(5), Restated(6)}).MayConfirm());
  // Lost again.
  const auto state = circle::PrivateFeedOf({Restarted(5), Restated(6), Restarted(7)});
  EXPECT_FALSE(state.MayConfirm());
  EXPECT_EQ(state.restarted_at, absl::FromUnixSeconds(7));
}

TEST(PrivateFeed, ConfirmsOnlyInWeeksThatWereStatedSince) {
  const auto refused = [](const circle::PrivateFeedState& state,
                          const std::vector<sd::PastEvent>& events, const sd::WeekMap& asked) {
    return eventstore::base::DetailsOf(circle::CheckRestated(state, events, asked)).reason;
  };
  const auto restarted = circle::PrivateFeedOf({Restarted(5)});
  const auto restated = circle::PrivateFeedOf({Restarted(5), Restated(6)});
  EXPECT_EQ(refused({}, {}, kBoth), "");
  EXPECT_EQ(refused(restarted, {Stated(7, kBoth)}, kBoth), "CAPACITY_NOT_RESTATED");
  EXPECT_EQ(refused(restated, {Stated(4, kBoth)}, kFirst), "CAPACITY_NOT_RESTATED");
  EXPECT_EQ(refused(restated, {Stated(4, kBoth), Stated(7, kFirst)}, kFirst), "");
  EXPECT_EQ(refused(restated, {Stated(4, kBoth), Stated(7, kFirst)}, kBoth),
            "CAPACITY_NOT_RESTATED");
}

TEST(PrivateFeed, CannotBeRestatedWithoutCause) {
  CircleOfNodes nodes(3);
  const sd::Context context = nodes.ContextOf(0);
  const auto needless = circle::RestateCapacity({}, "nagelopen", context);
  EXPECT_EQ(ReasonOf(needless.status()), "CAPACITY_NOT_IN_DOUBT");
  const auto state = circle::PrivateFeedOf({Restarted(5)});
  EXPECT_FALSE(circle::RestateCapacity(state, "", context).ok());
  const auto decision = circle::RestateCapacity(state, "nagelopen", context);
  ASSERT_TRUE(decision.ok()) << decision.status();
  ASSERT_EQ(decision->events.size(), 1u);
  EXPECT_TRUE(decision->events[0].event.has_capacity_restated());
}

}  // namespace
}  // namespace tests::domain
