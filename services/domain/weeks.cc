#include "services/domain/weeks.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace services::domain {
namespace {

constexpr int kFirstYear = 1970;
constexpr int kLastYear = 2199;

}  // namespace

bool WeekExists(int iso_year, int iso_week) {
  if (iso_year < kFirstYear || iso_year > kLastYear || iso_week < 1 || iso_week > 53) return false;
  const IsoWeek week{iso_year, iso_week};
  return eventstore::base::IsoWeekOf(eventstore::base::MondayOf(week)) == week;
}

WeekMap ToWeekMap(const WeekList& weeks) {
  WeekMap map;
  for (const auto& week : weeks) {
    if (!WeekExists(week.iso_year(), week.iso_week())) continue;
    if (week.minutes() < 0 || week.minutes() > kMinutesPerWeek) continue;
    map[IsoWeek{week.iso_year(), week.iso_week()}] = week.minutes();
  }
  return map;
}

WeekList ToWeekList(const WeekMap& weeks) {
  WeekList list;
  for (const auto& [week, minutes] : weeks) {
    auto* entry = list.Add();
    entry->set_iso_year(week.year);
    entry->set_iso_week(week.week);
    entry->set_minutes(
        static_cast<int32_t>(std::clamp<int64_t>(minutes, 0, int64_t{kMinutesPerWeek})));
  }
  return list;
}

WeekMap EveryWeek(absl::CivilDay first, absl::CivilDay last, int64_t minutes) {
  WeekMap weeks;
  if (last < first) return weeks;
  const IsoWeek end = eventstore::base::IsoWeekOf(last);
  for (IsoWeek week = eventstore::base::IsoWeekOf(first); week <= end;
       week = eventstore::base::NextWeek(week)) {
    weeks[week] = minutes;
  }
  return weeks;
}

std::string HoursText(int64_t minutes) {
  const int64_t hours = minutes / 60;
  const int64_t rest = minutes % 60;
  if (rest == 0) return absl::StrCat(hours, " uur");
  if (rest == 30) return absl::StrCat(hours, ",5 uur");
  return absl::StrCat(hours, " uur en ", rest, rest == 1 ? " minuut" : " minuten");
}

}  // namespace services::domain
