#include "projections/views/availability/packed_people.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "projections/views/availability/search_index.h"

namespace projections::views::availability {
namespace {

using eventstore::base::IsoWeek;
using eventstore::log::FeedId;
using eventstore::log::MemberId;
using eventstore::log::StreamId;

FeedId Feed(uint8_t member) {
  return {{}, MemberId(std::array<uint8_t, 16>{member}), eventstore::log::Epoch(0)};
}

StreamId Id(uint32_t number) {
  std::array<uint8_t, 16> bytes{};
  for (int i = 0; i < 4; ++i) bytes[15 - i] = static_cast<uint8_t>(number >> (8 * i));
  return StreamId(bytes);
}

Statement Stated(const std::string& role, const FreeMinutes& free = {}) {
  Statement statement;
  statement.stated = true;
  statement.profile.emplace();
  statement.profile->set_role(role);
  statement.free = free;
  return statement;
}

TEST(PackedPeopleTest, FoldsLetterCaseAlsoOfAccentedLetters) {
  EXPECT_EQ(Fold("  Coördinatie É× "), "coördinatie é×");
  EXPECT_EQ(Fold("HTTP://Data.europa.eu/ESCO"), "http://data.europa.eu/esco");
}

TEST(PackedPeopleTest, TheLeastFreeWeekCountsAndUnstatedWeeksHaveNone) {
  PackedPeople people;
  people.Put(Feed(1), Id(1), Stated("adviseur", {{100, 600}, {101, 300}, {103, 900}}));
  const auto& person = people.people().front();
  EXPECT_EQ(people.LeastFree(person, 100, 101), 300);
  EXPECT_EQ(people.LeastFree(person, 103, 103), 900);
  EXPECT_EQ(people.LeastFree(person, 101, 103), 0) << "week 102 was not stated";
  EXPECT_EQ(people.LeastFree(person, 99, 100), 0);
  EXPECT_EQ(people.LeastFree(person, 103, 104), 0);
}

TEST(PackedPeopleTest, AFarAwayWeekDoesNotTakeMemoryForAllBetween) {
  PackedPeople people;
  people.Put(Feed(1), Id(1), Stated("adviseur", {{0, 600}, {12'000, 300}}));
  EXPECT_LE(people.people().front().minutes.size, 520u);
  EXPECT_EQ(people.LeastFree(people.people().front(), 12'000, 12'000), 300);
}

TEST(PackedPeopleTest, ManyChangesKeepEverybodysNumbers) {
  PackedPeople people;
  constexpr uint32_t kPeople = 300;
  for (uint16_t round = 1; round <= 40; ++round) {
    for (uint32_t i = 0; i < kPeople; ++i) {
      FreeMinutes free;
      for (uint16_t week = 0; week < round; ++week) {
        free[static_cast<uint16_t>(1'000 + week)] = static_cast<uint16_t>(i + week);
      }
      people.Put(Feed(1), Id(i), Stated("rol " + std::to_string(i % 7), free));
    }
  }
  ASSERT_EQ(people.people().size(), kPeople);
  for (uint32_t i = 0; i < kPeople; ++i) {
    const auto& person = people.people()[i];
    EXPECT_EQ(people.LeastFree(person, 1'000, 1'039), static_cast<int>(i));
    EXPECT_EQ(people.LeastFree(person, 1'039, 1'039), static_cast<int>(i + 39));
  }
}

TEST(PackedPeopleTest, FindsSkillsByUriOrLabel) {
  PackedPeople people;
  Statement statement = Stated("interim-manager");
  auto* skill = statement.profile->add_skills();
  skill->set_uri("http://data.europa.eu/esco/skill/1");
  skill->set_label("Projectmanagement");
  people.Put(Feed(1), Id(1), statement);
  const auto& person = people.people().front();
  EXPECT_TRUE(people.HasSkill(person, *people.Term("PROJECTMANAGEMENT")));
  EXPECT_TRUE(people.HasSkill(person, *people.Term("http://data.europa.eu/esco/skill/1")));
  EXPECT_FALSE(people.HasSkill(person, *people.Term("interim-manager")));
  EXPECT_FALSE(people.Term("onbekend").has_value());
}

TEST(PackedPeopleTest, TwoHomesWithOneIdAreTwoPeople) {
  PackedPeople people;
  people.Put(Feed(1), Id(1), Stated("a"));
  people.Put(Feed(2), Id(1), Stated("b"));
  EXPECT_EQ(people.people().size(), 2u);
  people.Put(Feed(2), Id(1), Statement());
  EXPECT_TRUE(people.people()[0].present);
  EXPECT_FALSE(people.people()[1].present);
}

TEST(WeekNumberTest, OnlyWeeksThatExist) {
  EXPECT_EQ(WeekNumber(1970, 1), 0);
  EXPECT_TRUE(WeekNumber(2026, 53).has_value());
  EXPECT_FALSE(WeekNumber(2027, 53).has_value());
  EXPECT_FALSE(WeekNumber(2026, 0).has_value());
  EXPECT_FALSE(WeekNumber(1969, 40).has_value());
  EXPECT_EQ(*WeekNumber(2027, 1), WeekNumber(IsoWeek{2026, 53}) + 1);
}

TEST(FreeMinutesTest, TheLastStatementOfAWeekWins) {
  poolcirkel::event::v1::FreeHoursStated first;
  auto* week = first.add_weeks();
  week->set_iso_year(2026);
  week->set_iso_week(50);
  week->set_minutes(1'440);
  auto second = first;
  second.mutable_weeks(0)->set_minutes(-5);
  FreeMinutes free;
  Apply(first, free);
  EXPECT_EQ(free.begin()->second, 1'440);
  Apply(second, free);
  EXPECT_EQ(free.begin()->second, 0);
}

TEST(DistanceTest, RoundsKilometresUp) {
  // Rotterdam and The Hague town halls, about 20.6 km apart.
  EXPECT_EQ(DistanceKilometres(519'225, 44'792, 520'778, 43'158), 21);
  EXPECT_EQ(DistanceKilometres(519'225, 44'792, 519'225, 44'792), 0);
  EXPECT_EQ(DistanceKilometres(0, 0, 0, 1'800'000), 20'016);
}

}  // namespace
}  // namespace projections::views::availability
