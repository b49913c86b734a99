#pragma once

#include <map>
#include <string>

#include "absl/time/civil_time.h"
#include "eventstore/base/clock.h"
#include "google/protobuf/repeated_field.h"
#include "poolcirkel/event/v1/common.pb.h"

// Minutes per ISO week, as deciders calculate with them.
namespace services::domain {

using eventstore::base::IsoWeek;
// 64 bits, so that sums of hostile statements cannot overflow.
using WeekMap = std::map<IsoWeek, int64_t>;
using WeekList = google::protobuf::RepeatedPtrField<poolcirkel::event::v1::WeekMinutes>;

inline constexpr int32_t kMinutesPerWeek = 10'080;

// The last entry of a week wins; weeks that do not exist and minutes outside
// 0..10,080 are left out.
WeekMap ToWeekMap(const WeekList& weeks);
// Ordered; minutes below 0 become 0, above 10,080 become 10,080.
WeekList ToWeekList(const WeekMap& weeks);

// False for a week 53 in a year of 52, week 0, or a year outside 1970..2199.
bool WeekExists(int iso_year, int iso_week);

// `minutes` in each week that a day of [first, last] falls in.
WeekMap EveryWeek(absl::CivilDay first, absl::CivilDay last, int64_t minutes);

// "24 uur", "7,5 uur", "7 uur en 20 minuten": minutes as Dutch messages show them.
std::string HoursText(int64_t minutes);

}  // namespace services::domain
