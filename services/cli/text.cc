#include "services/cli/text.h"

#include <array>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "eventstore/base/clock.h"

namespace services::cli {
namespace {

namespace base = eventstore::base;
namespace event = poolcirkel::event::v1;

constexpr std::array<const char*, 12> kMonths = {"jan", "feb", "mrt", "apr", "mei", "jun",
                                                 "jul", "aug", "sep", "okt", "nov", "dec"};

// Reads the character at the front and how many bytes it takes; a byte that starts
// none counts as one character.
uint32_t Decode(std::string_view text, size_t& size) {
  const auto lead = static_cast<unsigned char>(text.front());
  size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  if (size > text.size()) size = 1;
  if (size == 1) return lead;
  uint32_t character = lead & (0xffu >> (size + 1));
  for (size_t i = 1; i < size; ++i) {
    character = character << 6 | (static_cast<unsigned char>(text[i]) & 0x3fu);
  }
  return character;
}

size_t WidthOf(uint32_t c) {
  const bool combines = (c >= 0x300 && c <= 0x36f) || (c >= 0x200b && c <= 0x200d) || c == 0xfe0f;
  if (combines) return 0;
  const bool wide = (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xa4cf) ||
                    (c >= 0xac00 && c <= 0xd7a3) || (c >= 0xf900 && c <= 0xfaff) ||
                    (c >= 0xff00 && c <= 0xff60) || (c >= 0x1f300 && c <= 0x1faff);
  return wide ? 2 : 1;
}

bool IsControl(uint32_t c) {
  // C0, delete, C1, and the marks that turn the direction of writing.
  return c < 0x20 || (c >= 0x7f && c <= 0x9f) || (c >= 0x202a && c <= 0x202e) ||
         (c >= 0x2066 && c <= 0x2069);
}

std::string DayText(absl::CivilDay day) {
  return absl::StrCat(day.day(), " ", kMonths[static_cast<size_t>(day.month() - 1)], " ",
                      day.year());
}

std::string GroupThousands(int64_t number) {
  std::string digits = std::to_string(number);
  for (int64_t at = static_cast<int64_t>(digits.size()) - 3; at > 0; at -= 3) {
    digits.insert(static_cast<size_t>(at), ".");
  }
  return digits;
}

}  // namespace

std::string Clean(std::string_view text) {
  std::string clean;
  while (!text.empty()) {
    size_t size = 1;
    const uint32_t character = Decode(text, size);
    if (character == '\n' || character == '\t') {
      clean += ' ';
    } else if (!IsControl(character)) {
      clean += text.substr(0, size);
    }
    text.remove_prefix(size);
  }
  return clean;
}

size_t DisplayWidth(std::string_view text) {
  size_t width = 0;
  while (!text.empty()) {
    size_t size = 1;
    width += WidthOf(Decode(text, size));
    text.remove_prefix(size);
  }
  return width;
}

std::string Shorten(std::string_view text, size_t columns) {
  if (columns == 0 || DisplayWidth(text) <= columns) return std::string(text);
  std::string kept;
  size_t width = 0;
  while (!text.empty()) {
    size_t size = 1;
    width += WidthOf(Decode(text, size));
    if (width > columns - 1) break;
    kept += text.substr(0, size);
    text.remove_prefix(size);
  }
  return kept + "…";
}

std::string DateText(const std::string& business_date) {
  const auto day = base::ParseDate(business_date);
  return day.ok() ? DayText(*day) : Clean(business_date);
}

std::string TimeText(int64_t microseconds) {
  if (microseconds == 0) return "";
  const auto civil = absl::ToCivilMinute(absl::FromUnixMicros(microseconds), base::BusinessZone());
  return absl::StrCat(DayText(absl::CivilDay(civil)), " ",
                      absl::StrFormat("%02d:%02d", civil.hour(), civil.minute()));
}

std::string HoursText(int64_t minutes) {
  const int64_t hundredths = (std::abs(minutes) % 60 * 100 + 30) / 60;
  std::string text = GroupThousands(std::abs(minutes) / 60);
  if (hundredths % 10 != 0) {
    text += absl::StrFormat(",%02d", hundredths);
  } else if (hundredths != 0) {
    text += absl::StrFormat(",%d", hundredths / 10);
  }
  return minutes < 0 ? "-" + text : text;
}

std::string EuroText(int64_t eurocents) {
  return absl::StrCat(eurocents < 0 ? "-" : "", GroupThousands(std::abs(eurocents) / 100), ",",
                      absl::StrFormat("%02d", std::abs(eurocents) % 100));
}

std::string ShortId(std::string_view id) {
  return Clean(id.size() > 8 ? id.substr(id.size() - 8) : id);
}

std::string KilometresText(int32_t kilometres) { return std::to_string(kilometres); }

std::string BytesText(int64_t bytes) {
  constexpr int64_t kStep = 1024;
  constexpr int64_t kTens = 10;
  if (bytes < kStep) return absl::StrCat(bytes, " bytes");
  int64_t tenths = bytes * kTens / kStep;
  const char* unit = "KiB";
  for (const char* larger : {"MiB", "GiB"}) {
    if (tenths < kStep * kTens) break;
    tenths /= kStep;
    unit = larger;
  }
  const std::string fraction =
      tenths < kTens * kTens ? absl::StrCat(",", tenths % kTens) : std::string();
  return absl::StrCat(tenths / kTens, fraction, " ", unit);
}

std::string LevelText(event::Level level) {
  switch (level) {
    case event::LEVEL_STRATEGIC:
      return "strategisch";
    case event::LEVEL_TACTICAL:
      return "tactisch";
    case event::LEVEL_OPERATIONAL:
      return "operationeel";
    default:
      return "";
  }
}

std::string TariffText(const event::Tariff& tariff) {
  const std::string rate = "€ " + EuroText(tariff.eurocents_per_hour()) + " per uur";
  switch (tariff.kind()) {
    case event::TARIFF_KIND_HOURLY:
      return rate;
    case event::TARIFF_KIND_YEARLY_TABLE:
      return rate + " (jaartabel)";
    case event::TARIFF_KIND_COST_CENTRE:
      return rate + " (kostenplaats)";
    case event::TARIFF_KIND_INVOICE:
      return rate + " (factuur)";
    case event::TARIFF_KIND_STRIPS:
      return "strippenkaart";
    case event::TARIFF_KIND_PRO_BONO:
      return "pro bono";
    default:
      return tariff.eurocents_per_hour() == 0 ? "" : rate;
  }
}

std::string SessionKindText(event::SessionKind kind) {
  switch (kind) {
    case event::SESSION_KIND_TALK:
      return "lezing";
    case event::SESSION_KIND_LUNCH:
      return "lunch";
    case event::SESSION_KIND_PEER_SUPERVISION:
      return "intervisie";
    case event::SESSION_KIND_TRAINING:
      return "training";
    case event::SESSION_KIND_BOOK_CLUB:
      return "boekenclub";
    case event::SESSION_KIND_CAFE:
      return "café";
    default:
      return "";
  }
}

std::string ConsentText(event::Consent consent) {
  switch (consent) {
    case event::CONSENT_PROFESSIONAL:
      return "professional";
    case event::CONSENT_LINE_MANAGER:
      return "leidinggevende";
    default:
      return "";
  }
}

std::string WeeksText(const google::protobuf::RepeatedPtrField<event::WeekMinutes>& weeks) {
  std::string text;
  for (int first = 0; first < weeks.size();) {
    int last = first;
    while (last + 1 < weeks.size() && weeks[last + 1].minutes() == weeks[first].minutes()) ++last;
    const auto week = [&](int index) {
      return base::FormatWeek({weeks[index].iso_year(), weeks[index].iso_week()});
    };
    absl::StrAppend(&text, text.empty() ? "" : "; ", week(first));
    if (last != first) absl::StrAppend(&text, " t/m ", week(last));
    absl::StrAppend(&text, ": ", HoursText(weeks[first].minutes()), " uur");
    first = last + 1;
  }
  return text;
}

std::string ConceptsText(const google::protobuf::RepeatedPtrField<event::Concept>& concepts) {
  std::string text;
  for (const auto& concept_ : concepts) {
    text += (text.empty() ? "" : ", ") + Clean(concept_.label());
  }
  return text;
}

}  // namespace services::cli
