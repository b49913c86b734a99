#include "services/audit/balance.h"

#include <gtest/gtest.h>

#include <string>

namespace services::audit {
namespace {

namespace v1 = poolcirkel::api::v1;
using poolcirkel::event::v1::Terms;

// 24 hours in each of 2026-W50 (7 December), W51 and W52.
Terms ThreeWeeks() {
  Terms terms;
  terms.set_start_date("2026-12-09");
  terms.set_end_date("2026-12-24");
  for (int week = 50; week <= 52; ++week) {
    auto* entry = terms.add_weeks();
    entry->set_iso_year(2026);
    entry->set_iso_week(week);
    entry->set_minutes(1'440);
  }
  terms.mutable_tariff()->set_kind(poolcirkel::event::v1::TARIFF_KIND_HOURLY);
  terms.mutable_tariff()->set_eurocents_per_hour(9'500);
  return terms;
}

v1::ExchangeRow Row(v1::ExchangeStatus status, const std::string& lender = "a",
                    const std::string& host = "b") {
  v1::ExchangeRow row;
  row.set_status(status);
  row.mutable_lender()->set_short_name(lender);
  row.mutable_host()->set_short_name(host);
  row.set_selection(1);
  row.set_terms_readable(true);
  *row.mutable_terms() = ThreeWeeks();
  return row;
}

TEST(BalanceTest, CutsHoursAtAnEarlyEnd) {
  EXPECT_EQ(MinutesOf(ThreeWeeks(), "", {}), 3 * 1'440);
  EXPECT_EQ(MinutesOf(ThreeWeeks(), "2026-12-20", {}), 2 * 1'440) << "a Sunday";
  EXPECT_EQ(MinutesOf(ThreeWeeks(), "2026-12-21", {}), 3 * 1'440) << "the Monday after";
  EXPECT_EQ(MinutesOf(ThreeWeeks(), "2026-12-01", {}), 0);
}

TEST(BalanceTest, NeighbouringPeriodsAddUp) {
  for (int day = 1; day <= 31; ++day) {
    const absl::CivilDay border(2026, 12, day);
    EXPECT_EQ(MinutesOf(ThreeWeeks(), "", {std::nullopt, border}) +
                  MinutesOf(ThreeWeeks(), "", {border + 1, std::nullopt}),
              3 * 1'440);
  }
}

TEST(BalanceTest, RoundsHalfUpOncePerLine) {
  poolcirkel::event::v1::Tariff tariff;
  tariff.set_kind(poolcirkel::event::v1::TARIFF_KIND_HOURLY);
  tariff.set_eurocents_per_hour(1);
  EXPECT_EQ(EurocentsOf(29, tariff), 0);
  EXPECT_EQ(EurocentsOf(30, tariff), 1);
  EXPECT_EQ(EurocentsOf(89, tariff), 1);
  EXPECT_EQ(EurocentsOf(90, tariff), 2);
  tariff.set_kind(poolcirkel::event::v1::TARIFF_KIND_PRO_BONO);
  EXPECT_EQ(EurocentsOf(600, tariff), 0);
  tariff.set_kind(poolcirkel::event::v1::TARIFF_KIND_INVOICE);
  tariff.set_eurocents_per_hour(INT64_MAX);
  EXPECT_GT(EurocentsOf(int64_t{10'080} * 7'000, tariff), 0) << "no overflow";
}

TEST(BalanceTest, CountsEffectiveAndEndedExchangesPerPair) {
  google::protobuf::RepeatedPtrField<v1::ExchangeRow> rows;
  *rows.Add() = Row(v1::EXCHANGE_STATUS_EFFECTIVE);
  *rows.Add() = Row(v1::EXCHANGE_STATUS_ENDED);
  rows.rbegin()->set_ended_last_day("2026-12-13");
  *rows.Add() = Row(v1::EXCHANGE_STATUS_EFFECTIVE);
  rows.rbegin()->set_terms_readable(false);
  *rows.Add() = Row(v1::EXCHANGE_STATUS_ACCEPTED);
  *rows.Add() = Row(v1::EXCHANGE_STATUS_EFFECTIVE, "b", "a");
  const auto balance = BalanceOf(rows, {});
  ASSERT_EQ(balance.size(), 2u);
  EXPECT_EQ(balance[0].exchanges(), 3);
  EXPECT_EQ(balance[0].minutes(), 4 * 1'440);
  EXPECT_EQ(balance[0].eurocents(), 4 * 24 * 9'500);
  EXPECT_EQ(balance[1].lender().short_name(), "b");
  EXPECT_EQ(balance[1].minutes(), 3 * 1'440);
}

TEST(BalanceTest, KnowsWhichExchangesTouchAPeriod) {
  const auto row = Row(v1::EXCHANGE_STATUS_EFFECTIVE);
  const absl::CivilDay start(2026, 12, 9);
  const absl::CivilDay end(2026, 12, 24);
  EXPECT_TRUE(Touches(row, {}));
  EXPECT_TRUE(Touches(row, {end, std::nullopt}));
  EXPECT_FALSE(Touches(row, {end + 1, std::nullopt}));
  EXPECT_TRUE(Touches(row, {std::nullopt, start}));
  EXPECT_FALSE(Touches(row, {std::nullopt, start - 1}));
  auto proposed = Row(v1::EXCHANGE_STATUS_PROPOSED);
  proposed.set_terms_readable(false);
  proposed.set_selection(0);
  EXPECT_TRUE(Touches(proposed, {}));
  EXPECT_FALSE(Touches(proposed, {start, end}));
}

}  // namespace
}  // namespace services::audit
