#include "services/cli/input.h"

#include <gtest/gtest.h>

#include "eventstore/base/errors.h"

namespace services::cli {
namespace {

namespace event = poolcirkel::event::v1;

TEST(ReadDate, TakesWhatPeopleWrite) {
  for (const char* text :
       {"2026-12-01", "1-12-2026", "01-12-2026", "1 dec 2026", "1 december 2026", " 1/12/2026 "}) {
    const auto date = ReadDate("--start", text);
    ASSERT_TRUE(date.ok()) << text << ": " << date.status();
    EXPECT_EQ(*date, "2026-12-01") << text;
  }
  EXPECT_EQ(*ReadDate("--start", "5 mrt 2027"), "2027-03-05");
  EXPECT_EQ(*ReadDate("--start", ""), "");
}

TEST(ReadDate, RefusesDaysThatDoNotExistAndNamesTheOption) {
  for (const char* text : {"30-2-2026", "2026-02-30", "2026-13-01", "1-0-2026", "morgen", "1-12-26",
                           "--", "12-2026"}) {
    const auto date = ReadDate("--start", text);
    ASSERT_FALSE(date.ok()) << text;
    EXPECT_EQ(date.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(eventstore::base::DetailsOf(date.status()).field_violations.at(0).first, "--start");
  }
}

TEST(ReadHours, GivesMinutes) {
  EXPECT_EQ(*ReadHours("--hours", "24"), 1440);
  EXPECT_EQ(*ReadHours("--hours", "24u"), 1440);
  EXPECT_EQ(*ReadHours("--hours", "24 uur"), 1440);
  EXPECT_EQ(*ReadHours("--hours", "24,5"), 1470);
  EXPECT_EQ(*ReadHours("--hours", "24.5u"), 1470);
  EXPECT_EQ(*ReadHours("--hours", "7:36"), 456);
  EXPECT_EQ(*ReadHours("--hours", "0"), 0);
  EXPECT_EQ(*ReadHours("--hours", "168"), 10080);
}

TEST(ReadHours, RefusesWhatIsNoWeek) {
  for (const char* text : {"-1", "169", "veel", "", "u", "1e9", "7:60", "nan", "24 dagen"}) {
    EXPECT_FALSE(ReadHours("--hours", text).ok()) << text;
  }
}

TEST(ReadEuro, GivesEurocents) {
  EXPECT_EQ(*ReadEuro("--rate", "87,50"), 8750);
  EXPECT_EQ(*ReadEuro("--rate", "87.50"), 8750);
  EXPECT_EQ(*ReadEuro("--rate", "€ 87,50"), 8750);
  EXPECT_EQ(*ReadEuro("--rate", "92"), 9200);
  EXPECT_EQ(*ReadEuro("--rate", "92,-"), 9200);
  EXPECT_EQ(*ReadEuro("--rate", "1.250,00"), 125000);
  EXPECT_EQ(*ReadEuro("--rate", "1.250"), 125000);
}

TEST(ReadEuro, RefusesWhatIsNoAmount) {
  for (const char* text : {"", "-5", "87,5", "87,505", "gratis", "1,2,3", "99999999999999999"}) {
    EXPECT_FALSE(ReadEuro("--rate", text).ok()) << text;
  }
}

TEST(ReadWeeks, ExpandsRangesOverTheYear) {
  const auto weeks = ReadWeeks("--week", {"2026-W52..2027-W02=24u", "2026-W49=8"});
  ASSERT_TRUE(weeks.ok()) << weeks.status();
  ASSERT_EQ(weeks->size(), 5u);
  EXPECT_EQ(weeks->at(0).iso_week(), 52);
  EXPECT_EQ(weeks->at(1).iso_week(), 53);
  EXPECT_EQ(weeks->at(2).iso_year(), 2027);
  EXPECT_EQ(weeks->at(3).minutes(), 1440);
  EXPECT_EQ(weeks->at(4).minutes(), 480);
}

TEST(ReadWeeks, RefusesWeeksTwiceBackwardsOrWithoutHours) {
  EXPECT_FALSE(ReadWeeks("--week", {"2026-W49=8", "2026-W49=9"}).ok());
  EXPECT_FALSE(ReadWeeks("--week", {"2027-W02..2026-W52=8"}).ok());
  EXPECT_FALSE(ReadWeeks("--week", {"2026-W49"}).ok());
  EXPECT_FALSE(ReadWeeks("--week", {"2025-W53=8"}).ok());
  EXPECT_FALSE(ReadWeeks("--week", {"2026-W49..2026-W50..2026-W51=8"}).ok());
  EXPECT_FALSE(ReadWeeks("--week", {"1970-W01..2199-W01=8"}).ok());
}

TEST(ReadWords, KnowsDutchAndTheNamesOfTheSampleData) {
  EXPECT_EQ(*ReadLevel("--level", "Tactisch"), event::LEVEL_TACTICAL);
  EXPECT_EQ(*ReadLevel("--level", "tactical"), event::LEVEL_TACTICAL);
  EXPECT_EQ(*ReadLevel("--level", ""), event::LEVEL_UNSPECIFIED);
  EXPECT_FALSE(ReadLevel("--level", "hoog").ok());
  EXPECT_EQ(*ReadTariffKind("--tariff", "pro-bono"), event::TARIFF_KIND_PRO_BONO);
  EXPECT_EQ(*ReadTariffKind("--tariff", "hourly"), event::TARIFF_KIND_HOURLY);
  EXPECT_FALSE(ReadTariffKind("--tariff", "").ok());
  EXPECT_EQ(*ReadSessionKind("--kind", "café"), event::SESSION_KIND_CAFE);
  EXPECT_EQ(*ReadSessionKind("--kind", "peer_supervision"), event::SESSION_KIND_PEER_SUPERVISION);
}

TEST(ReadAttestation, NeedsWhoAndWhen) {
  const auto attestation = ReadAttestation("--consent", "leidinggevende=20-11-2026");
  ASSERT_TRUE(attestation.ok());
  EXPECT_EQ(attestation->consent(), event::CONSENT_LINE_MANAGER);
  EXPECT_EQ(attestation->date(), "2026-11-20");
  EXPECT_FALSE(ReadAttestation("--consent", "professional").ok());
  EXPECT_FALSE(ReadAttestation("--consent", "buurman=2026-11-20").ok());
}

TEST(ReadLocation, NeedsAPosition) {
  const auto location = ReadLocation("--near", "Rotterdam@51.9268,4.3045");
  ASSERT_TRUE(location.ok());
  EXPECT_EQ(location->name(), "Rotterdam");
  EXPECT_EQ(location->latitude_e4(), 519268);
  EXPECT_EQ(location->longitude_e4(), 43045);
  EXPECT_FALSE(ReadLocation("--near", "Rotterdam").ok());
  EXPECT_FALSE(ReadLocation("--near", "Rotterdam@95,4").ok());
}

TEST(ReadConcept, TakesLabelUriOrBoth) {
  EXPECT_EQ(ReadConcept("een team leiden").label(), "een team leiden");
  EXPECT_EQ(ReadConcept("http://x/esco?a=b").uri(), "http://x/esco?a=b");
  EXPECT_EQ(ReadConcept("leiden=http://x/1").label(), "leiden");
  EXPECT_EQ(ReadConcept("leiden=http://x/1").uri(), "http://x/1");
}

}  // namespace
}  // namespace services::cli
