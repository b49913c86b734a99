#include "services/cli/text.h"

#include <gtest/gtest.h>

namespace services::cli {
namespace {

namespace event = poolcirkel::event::v1;

TEST(Clean, KeepsTextAndDropsWhatSteersATerminal) {
  EXPECT_EQ(Clean("Café €"), "Café €");
  EXPECT_EQ(Clean("a\033[2Jb\r\nc\x7f"), "a[2Jb c");
  EXPECT_EQ(Clean("a\xC2\x9B"
                  "31mb"),
            "a31mb");  // C1: also starts a sequence
  EXPECT_EQ(Clean("a\xE2\x80\xAE"
                  "b"),
            "ab");  // turns the direction of writing
}

TEST(DisplayWidth, CountsColumns) {
  EXPECT_EQ(DisplayWidth("café"), 4u);
  EXPECT_EQ(DisplayWidth("€ 1"), 3u);
  EXPECT_EQ(DisplayWidth("e\xCC\x81"), 1u);
  EXPECT_EQ(DisplayWidth("日本"), 4u);
  EXPECT_EQ(DisplayWidth("\xff\xff"), 2u);
}

TEST(Shorten, NeverCutsACharacter) {
  EXPECT_EQ(Shorten("coördinator", 20), "coördinator");
  EXPECT_EQ(Shorten("coördinator", 5), "coör…");
  EXPECT_EQ(Shorten("coördinator", 0), "coördinator");
}

TEST(Texts, AreDutch) {
  EXPECT_EQ(DateText("2026-12-01"), "1 dec 2026");
  EXPECT_EQ(DateText("geen datum"), "geen datum");
  EXPECT_EQ(TimeText(int64_t{1795214100} * 1'000'000), "20 nov 2026 23:35");
  EXPECT_EQ(TimeText(0), "");
  EXPECT_EQ(HoursText(1440), "24");
  EXPECT_EQ(HoursText(1470), "24,5");
  EXPECT_EQ(HoursText(1455), "24,25");
  EXPECT_EQ(HoursText(60 * 1234), "1.234");
  EXPECT_EQ(EuroText(123450), "1.234,50");
  EXPECT_EQ(EuroText(5), "0,05");
  EXPECT_EQ(EuroText(-9250), "-92,50");
  EXPECT_EQ(ShortId("0190a6e4-3f1c-7abc-8def-0123456789ab"), "456789ab");
}

TEST(BytesText, HasAUnitThatFits) {
  EXPECT_EQ(BytesText(0), "0 bytes");
  EXPECT_EQ(BytesText(1023), "1023 bytes");
  EXPECT_EQ(BytesText(1024), "1,0 KiB");
  EXPECT_EQ(BytesText(213 * 1024 + 500), "213 KiB");
  EXPECT_EQ(BytesText(3 << 19), "1,5 MiB");
  EXPECT_EQ(BytesText(int64_t{24} << 30), "24 GiB");
  EXPECT_EQ(BytesText(int64_t{5000} << 30), "5000 GiB");
}

TEST(WeeksText, PutsEqualWeeksTogether) {
  google::protobuf::RepeatedPtrField<event::WeekMinutes> weeks;
  for (const auto& [week, minutes] : {std::pair{49, 1440}, {50, 1440}, {51, 480}}) {
    event::WeekMinutes& added = *weeks.Add();
    added.set_iso_year(2026);
    added.set_iso_week(week);
    added.set_minutes(minutes);
  }
  EXPECT_EQ(WeeksText(weeks), "2026-W49 t/m 2026-W50: 24 uur; 2026-W51: 8 uur");
}

TEST(TariffText, SaysHowAndHowMuch) {
  event::Tariff tariff;
  tariff.set_kind(event::TARIFF_KIND_HOURLY);
  tariff.set_eurocents_per_hour(9250);
  EXPECT_EQ(TariffText(tariff), "€ 92,50 per uur");
  tariff.set_kind(event::TARIFF_KIND_PRO_BONO);
  EXPECT_EQ(TariffText(tariff), "pro bono");
}

}  // namespace
}  // namespace services::cli
