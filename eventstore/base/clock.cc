#include "eventstore/base/clock.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace eventstore::base {
namespace {

constexpr int kFirstYear = 1970;
constexpr int kLastYear = 2199;

// The Thursday of the week that `day` falls in: ISO 8601 gives a week to the
// year of its Thursday.
absl::CivilDay ThursdayOf(absl::CivilDay day) {
  return absl::PrevWeekday(day + 1, absl::Weekday::monday) + 3;
}

bool AllDigits(const std::string& text, size_t from, size_t count) {
  return text.find_first_not_of("0123456789", from) >= from + count;
}

}  // namespace

absl::Time SystemClock::Now() const { return absl::Now(); }

absl::TimeZone BusinessZone() {
  static const absl::TimeZone zone = [] {
    absl::TimeZone loaded;
    if (!absl::LoadTimeZone("Europe/Amsterdam", &loaded)) loaded = absl::FixedTimeZone(3600);
    return loaded;
  }();
  return zone;
}

absl::CivilDay BusinessDate(absl::Time time) { return absl::ToCivilDay(time, BusinessZone()); }

absl::StatusOr<absl::CivilDay> ParseDate(const std::string& text) {
  int year = 0;
  int month = 0;
  int day = 0;
  const bool shaped = text.size() == 10 && text[4] == '-' && text[7] == '-' &&
                      AllDigits(text, 0, 4) && AllDigits(text, 5, 2) && AllDigits(text, 8, 2) &&
                      absl::SimpleAtoi(text.substr(0, 4), &year) &&
                      absl::SimpleAtoi(text.substr(5, 2), &month) &&
                      absl::SimpleAtoi(text.substr(8, 2), &day);
  if (!shaped) {
    return absl::InvalidArgumentError(
        absl::StrCat("'", text.substr(0, 40), "' is geen datum; schrijf jjjj-mm-dd"));
  }
  const absl::CivilDay parsed(year, month, day);
  if (parsed.month() != month || parsed.day() != day || year < kFirstYear || year > kLastYear) {
    return absl::InvalidArgumentError(absl::StrCat("de datum ", text, " bestaat niet"));
  }
  return parsed;
}

std::string FormatDate(absl::CivilDay day) {
  return absl::StrFormat("%04d-%02d-%02d", day.year(), day.month(), day.day());
}

IsoWeek IsoWeekOf(absl::CivilDay day) {
  const absl::CivilDay thursday = ThursdayOf(day);
  return {static_cast<int>(thursday.year()), (absl::GetYearDay(thursday) - 1) / 7 + 1};
}

absl::CivilDay MondayOf(IsoWeek week) {
  const absl::CivilDay first_thursday = ThursdayOf(absl::CivilDay(week.year, 1, 4));
  return first_thursday - 3 + 7 * (week.week - 1);
}

IsoWeek NextWeek(IsoWeek week) { return IsoWeekOf(MondayOf(week) + 7); }

std::string FormatWeek(IsoWeek week) { return absl::StrFormat("%04d-W%02d", week.year, week.week); }

absl::StatusOr<IsoWeek> ParseWeek(const std::string& text) {
  IsoWeek week;
  const bool shaped = text.size() == 8 && text[4] == '-' && text[5] == 'W' &&
                      AllDigits(text, 0, 4) && AllDigits(text, 6, 2) &&
                      absl::SimpleAtoi(text.substr(0, 4), &week.year) &&
                      absl::SimpleAtoi(text.substr(6, 2), &week.week);
  if (!shaped) {
    return absl::InvalidArgumentError(
        absl::StrCat("'", text.substr(0, 40), "' is geen week; schrijf jjjj-Www, zoals 2026-W49"));
  }
  if (week.year < kFirstYear || week.year > kLastYear || week.week < 1 ||
      IsoWeekOf(MondayOf(week)) != week) {
    return absl::InvalidArgumentError(absl::StrCat("de week ", text, " bestaat niet"));
  }
  return week;
}

}  // namespace eventstore::base
