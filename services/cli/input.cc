#include "services/cli/input.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <set>

#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "eventstore/base/clock.h"
#include "eventstore/base/errors.h"

namespace services::cli {
namespace {

namespace base = eventstore::base;
namespace event = poolcirkel::event::v1;

constexpr std::array<std::string_view, 12> kMonths = {"jan", "feb", "mrt", "apr", "mei", "jun",
                                                      "jul", "aug", "sep", "okt", "nov", "dec"};
constexpr int kLongestWeekHours = 168;
constexpr double kDegreeParts = 10'000;

bool IsDigits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::string Trim(std::string_view text) {
  const size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return "";
  return std::string(text.substr(first, text.find_last_not_of(' ') - first + 1));
}

// The number of a month: "12" or "dec" or "december"; 0 when it is none.
int MonthOf(const std::string& text) {
  if (IsDigits(text) && text.size() <= 2) return std::atoi(text.c_str());
  for (size_t i = 0; i < kMonths.size(); ++i) {
    if (text.starts_with(kMonths[i])) return static_cast<int>(i) + 1;
  }
  return text.starts_with("maart") ? 3 : 0;
}

// A decimal number with a comma or a point, without thousands.
std::optional<double> Decimal(std::string text) {
  std::replace(text.begin(), text.end(), ',', '.');
  if (text.find_first_not_of("0123456789.-") != std::string::npos) return std::nullopt;
  double value = 0;
  return absl::SimpleAtod(text, &value) ? std::optional<double>(value) : std::nullopt;
}

template <typename Value>
absl::StatusOr<Value> OneOf(const std::string& name, const std::string& text,
                            const std::vector<std::pair<std::string, Value>>& values,
                            const std::string& rule) {
  const std::string word = Lower(Trim(text));
  for (const auto& [known, value] : values) {
    if (word == known) return value;
  }
  return base::InvalidField(name, rule + ", niet '" + text + "'");
}

absl::StatusOr<base::IsoWeek> ReadWeek(const std::string& name, const std::string& text) {
  auto week = base::ParseWeek(Trim(text));
  if (!week.ok()) {
    return base::InvalidField(name, "een week schrijf je als 2026-W49, niet '" + text + "'");
  }
  return week;
}

}  // namespace

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

absl::StatusOr<std::string> ReadDate(const std::string& name, const std::string& text) {
  if (text.empty()) return std::string();
  const std::string trimmed = Lower(Trim(text));
  if (base::ParseDate(trimmed).ok()) return trimmed;
  const std::vector<std::string> parts =
      absl::StrSplit(trimmed, absl::ByAnyChar("-/ "), absl::SkipEmpty());
  if (parts.size() == 3 && IsDigits(parts[0]) && parts[0].size() <= 2 && IsDigits(parts[2]) &&
      parts[2].size() == 4) {
    const std::string written =
        absl::StrFormat("%s-%02d-%02d", parts[2], MonthOf(parts[1]), std::atoi(parts[0].c_str()));
    if (base::ParseDate(written).ok()) return written;
  }
  return base::InvalidField(name,
                            "een bestaande datum als 2026-12-01 of 1-12-2026, niet '" + text + "'");
}

absl::StatusOr<int32_t> ReadHours(const std::string& name, const std::string& text) {
  std::string number = Lower(Trim(text));
  for (const std::string_view unit : {"uren", "uur", "u", "h"}) {
    if (number.ends_with(unit)) {
      number = Trim(std::string_view(number).substr(0, number.size() - unit.size()));
      break;
    }
  }
  std::optional<double> hours;
  const std::vector<std::string> parts = absl::StrSplit(number, ':');
  if (parts.size() == 2 && IsDigits(parts[0]) && parts[0].size() <= 3 && IsDigits(parts[1]) &&
      parts[1].size() == 2 && parts[1] < "60") {
    hours = std::atoi(parts[0].c_str()) + std::atoi(parts[1].c_str()) / 60.0;
  } else {
    hours = Decimal(number);
  }
  if (!hours.has_value() || *hours < 0 || *hours > kLongestWeekHours) {
    return base::InvalidField(
        name, "uren van 0 tot en met 168, als 24 of 24u of 24,5, niet '" + text + "'");
  }
  return static_cast<int32_t>(std::lround(*hours * 60));
}

absl::StatusOr<int64_t> ReadEuro(const std::string& name, const std::string& text) {
  std::string number = Trim(text);
  if (number.starts_with("€")) number = Trim(number.substr(std::string_view("€").size()));
  const absl::Status refusal =
      base::InvalidField(name, "een bedrag in euro als 87,50, niet '" + text + "'");
  // A comma, or a point with two digits behind it, divides euro and cents.
  size_t divider = number.find(',');
  if (divider == std::string::npos && number.size() > 3 && number[number.size() - 3] == '.') {
    divider = number.size() - 3;
  }
  std::string euro = number.substr(0, divider);
  std::string cents = divider == std::string::npos ? "00" : number.substr(divider + 1);
  if (cents == "-") cents = "00";
  euro.erase(std::remove(euro.begin(), euro.end(), '.'), euro.end());
  if (!IsDigits(euro) || euro.size() > 12 || !IsDigits(cents) || cents.size() != 2) return refusal;
  return std::atoll(euro.c_str()) * 100 + std::atoll(cents.c_str());
}

absl::StatusOr<std::vector<event::WeekMinutes>> ReadWeeks(const std::string& name,
                                                          const std::vector<std::string>& texts) {
  constexpr size_t kMostWeeks = 600;
  std::vector<event::WeekMinutes> weeks;
  std::set<base::IsoWeek> seen;
  for (const std::string& text : texts) {
    const std::vector<std::string> sides = absl::StrSplit(text, '=');
    if (sides.size() != 2) {
      return base::InvalidField(
          name, "weken en uren als 2026-W49=24u of 2026-W49..2027-W08=24u, niet '" + text + "'");
    }
    ASSIGN_OR_RETURN(const int32_t minutes, ReadHours(name, sides[1]));
    const std::vector<std::string> ends = absl::StrSplit(sides[0], absl::MaxSplits("..", 1));
    ASSIGN_OR_RETURN(base::IsoWeek week, ReadWeek(name, ends.front()));
    ASSIGN_OR_RETURN(const base::IsoWeek last, ReadWeek(name, ends.back()));
    if (last < week) return base::InvalidField(name, "'" + text + "' eindigt voor het begin");
    for (; week <= last; week = base::NextWeek(week)) {
      if (!seen.insert(week).second || weeks.size() == kMostWeeks) {
        return base::InvalidField(name, base::FormatWeek(week) +
                                            " staat er twee keer, of het zijn "
                                            "meer dan 600 weken");
      }
      event::WeekMinutes& added = weeks.emplace_back();
      added.set_iso_year(week.year);
      added.set_iso_week(week.week);
      added.set_minutes(minutes);
    }
  }
  return weeks;
}

absl::StatusOr<event::Level> ReadLevel(const std::string& name, const std::string& text) {
  if (text.empty()) return event::LEVEL_UNSPECIFIED;
  return OneOf<event::Level>(name, text,
                             {{"strategisch", event::LEVEL_STRATEGIC},
                              {"strategic", event::LEVEL_STRATEGIC},
                              {"tactisch", event::LEVEL_TACTICAL},
                              {"tactical", event::LEVEL_TACTICAL},
                              {"operationeel", event::LEVEL_OPERATIONAL},
                              {"operational", event::LEVEL_OPERATIONAL}},
                             "strategisch, tactisch of operationeel");
}

absl::StatusOr<event::TariffKind> ReadTariffKind(const std::string& name, const std::string& text) {
  return OneOf<event::TariffKind>(name, text,
                                  {{"uurtarief", event::TARIFF_KIND_HOURLY},
                                   {"hourly", event::TARIFF_KIND_HOURLY},
                                   {"jaartabel", event::TARIFF_KIND_YEARLY_TABLE},
                                   {"yearly_table", event::TARIFF_KIND_YEARLY_TABLE},
                                   {"kostenplaats", event::TARIFF_KIND_COST_CENTRE},
                                   {"cost_centre", event::TARIFF_KIND_COST_CENTRE},
                                   {"factuur", event::TARIFF_KIND_INVOICE},
                                   {"invoice", event::TARIFF_KIND_INVOICE},
                                   {"strippen", event::TARIFF_KIND_STRIPS},
                                   {"strips", event::TARIFF_KIND_STRIPS},
                                   {"pro-bono", event::TARIFF_KIND_PRO_BONO},
                                   {"pro_bono", event::TARIFF_KIND_PRO_BONO}},
                                  "uurtarief, jaartabel, kostenplaats, factuur, strippen of "
                                  "pro-bono");
}

absl::StatusOr<event::SessionKind> ReadSessionKind(const std::string& name,
                                                   const std::string& text) {
  return OneOf<event::SessionKind>(name, text,
                                   {{"lezing", event::SESSION_KIND_TALK},
                                    {"talk", event::SESSION_KIND_TALK},
                                    {"lunch", event::SESSION_KIND_LUNCH},
                                    {"intervisie", event::SESSION_KIND_PEER_SUPERVISION},
                                    {"peer_supervision", event::SESSION_KIND_PEER_SUPERVISION},
                                    {"training", event::SESSION_KIND_TRAINING},
                                    {"boekenclub", event::SESSION_KIND_BOOK_CLUB},
                                    {"book_club", event::SESSION_KIND_BOOK_CLUB},
                                    {"cafe", event::SESSION_KIND_CAFE},
                                    {"café", event::SESSION_KIND_CAFE}},
                                   "lezing, lunch, intervisie, training, boekenclub of cafe");
}

absl::StatusOr<event::Attestation> ReadAttestation(const std::string& name,
                                                   const std::string& text) {
  const std::vector<std::string> sides = absl::StrSplit(text, absl::MaxSplits('=', 1));
  if (sides.size() != 2) {
    return base::InvalidField(
        name, "wie akkoord is en wanneer, als professional=2026-11-20, niet '" + text + "'");
  }
  ASSIGN_OR_RETURN(const event::Consent consent,
                   OneOf<event::Consent>(name, sides[0],
                                         {{"professional", event::CONSENT_PROFESSIONAL},
                                          {"leidinggevende", event::CONSENT_LINE_MANAGER},
                                          {"line_manager", event::CONSENT_LINE_MANAGER},
                                          {"line-manager", event::CONSENT_LINE_MANAGER}},
                                         "professional of leidinggevende"));
  ASSIGN_OR_RETURN(const std::string date, ReadDate(name, sides[1]));
  event::Attestation attestation;
  attestation.set_consent(consent);
  attestation.set_date(date);
  return attestation;
}

absl::StatusOr<event::Location> ReadLocation(const std::string& name, const std::string& text) {
  const std::vector<std::string> sides = absl::StrSplit(text, absl::MaxSplits('@', 1));
  const std::vector<std::string> degrees = absl::StrSplit(sides.size() == 2 ? sides[1] : "", ',');
  if (degrees.size() == 2) {
    const auto latitude = Decimal(Trim(degrees[0]));
    const auto longitude = Decimal(Trim(degrees[1]));
    if (latitude.has_value() && longitude.has_value() && std::abs(*latitude) <= 90 &&
        std::abs(*longitude) <= 180) {
      event::Location location;
      location.set_name(Trim(sides[0]));
      location.set_latitude_e4(static_cast<int32_t>(std::lround(*latitude * kDegreeParts)));
      location.set_longitude_e4(static_cast<int32_t>(std::lround(*longitude * kDegreeParts)));
      return location;
    }
  }
  return base::InvalidField(
      name,
      "de korte naam van een lid, of een plaats als Rotterdam@51.9268,4.3045, niet '" + text + "'");
}

event::Concept ReadConcept(const std::string& text) {
  event::Concept concept_;
  const size_t scheme = text.find("://");
  const size_t equals = text.find('=');
  if (scheme == std::string::npos) {
    concept_.set_label(Trim(text));
  } else if (equals < scheme) {
    concept_.set_label(Trim(text.substr(0, equals)));
    concept_.set_uri(Trim(text.substr(equals + 1)));
  } else {
    concept_.set_uri(Trim(text));
  }
  return concept_;
}

}  // namespace services::cli
