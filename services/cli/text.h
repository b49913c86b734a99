#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "poolcirkel/event/v1/circle.pb.h"
#include "poolcirkel/event/v1/common.pb.h"
#include "poolcirkel/event/v1/session.pb.h"

// How values look for people: Dutch, units in the names. Pure, thread-safe.
namespace services::cli {

// Text of others without control characters, so that it cannot steer a terminal.
// Line ends become spaces.
std::string Clean(std::string_view text);

// How many columns UTF-8 text takes on a terminal.
size_t DisplayWidth(std::string_view text);
// At most `columns` wide; what was cut off is shown as "…".
std::string Shorten(std::string_view text, size_t columns);

// "1 dec 2026" of "2026-12-01"; other text as it is.
std::string DateText(const std::string& business_date);
// "20 nov 2026 23:35" in Amsterdam; "" for 0.
std::string TimeText(int64_t microseconds);
// "24", "24,5", "24,25".
std::string HoursText(int64_t minutes);
// "1.234,50".
std::string EuroText(int64_t eurocents);
// The last eight characters of an id; the first ones are a time and look alike.
std::string ShortId(std::string_view id);
std::string KilometresText(int32_t kilometres);
// "213 KiB", "1,5 MiB", "24 GiB": at least two digits, rounded down.
std::string BytesText(int64_t bytes);

std::string LevelText(poolcirkel::event::v1::Level level);
std::string TariffText(const poolcirkel::event::v1::Tariff& tariff);
std::string SessionKindText(poolcirkel::event::v1::SessionKind kind);
std::string ConsentText(poolcirkel::event::v1::Consent consent);
// "week 49 van 2026 t/m week 8 van 2027: 24 uur", weeks with equal hours together.
std::string WeeksText(
    const google::protobuf::RepeatedPtrField<poolcirkel::event::v1::WeekMinutes>& weeks);
// "een team leiden, budgetten beheren".
std::string ConceptsText(
    const google::protobuf::RepeatedPtrField<poolcirkel::event::v1::Concept>& concepts);

}  // namespace services::cli
