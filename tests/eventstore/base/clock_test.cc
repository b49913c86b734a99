#include "eventstore/base/clock.h"

#include <gtest/gtest.h>

namespace eventstore::base {
namespace {

TEST(Date, RoundTrips) {
  EXPECT_EQ(FormatDate(*ParseDate("2026-12-31")), "2026-12-31");
  EXPECT_EQ(FormatDate(*ParseDate("2028-02-29")), "2028-02-29");
}

TEST(Date, RefusesWhatDoesNotExistOrIsWrittenOtherwise) {
  for (const char* text : {"2026-02-29", "2026-13-01", "2026-00-10", "2026-1-01", "31-12-2026", "",
                           "2026-12-31 ", "0001-01-01", "2026-12-3x", "+026-12-31"}) {
    EXPECT_FALSE(ParseDate(text).ok()) << text;
  }
}

TEST(Week, FollowsIso8601AroundNewYear) {
  // ISO 8601: a week belongs to the year of its Thursday.
  EXPECT_EQ(FormatWeek(IsoWeekOf(absl::CivilDay(2026, 12, 31))), "2026-W53");
  EXPECT_EQ(FormatWeek(IsoWeekOf(absl::CivilDay(2027, 1, 3))), "2026-W53");
  EXPECT_EQ(FormatWeek(IsoWeekOf(absl::CivilDay(2027, 1, 4))), "2027-W01");
  EXPECT_EQ(FormatWeek(IsoWeekOf(absl::CivilDay(2024, 12, 30))), "2025-W01");
  EXPECT_EQ(FormatWeek(NextWeek({2026, 53})), "2027-W01");
}

TEST(Week, MondayAndWeekAreInverse) {
  for (absl::CivilDay day(2020, 1, 1); day < absl::CivilDay(2035, 1, 1); ++day) {
    const IsoWeek week = IsoWeekOf(day);
    EXPECT_LE(MondayOf(week), day);
    EXPECT_LT(day, MondayOf(week) + 7);
    EXPECT_EQ(*ParseWeek(FormatWeek(week)), week);
  }
}

TEST(Week, RefusesWhatDoesNotExist) {
  for (const char* text : {"2027-W53", "2026-W00", "2026-W54", "2026-49", "2026-W4", ""}) {
    EXPECT_FALSE(ParseWeek(text).ok()) << text;
  }
}

TEST(BusinessDate, IsTheDateInAmsterdam) {
  const absl::Time evening =
      absl::FromCivil(absl::CivilSecond(2026, 12, 31, 23, 30, 0), absl::UTCTimeZone());
  EXPECT_EQ(FormatDate(BusinessDate(evening)), "2027-01-01");
}

}  // namespace
}  // namespace eventstore::base
