#include "services/domain/validation.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "eventstore/base/clock.h"
#include "eventstore/base/errors.h"

namespace services::domain {
namespace {

using eventstore::base::IsoWeek;

constexpr size_t kMaximumWeeks = 600;  // five years back and five ahead, and some
constexpr int kMaximumConcepts = 40;
constexpr size_t kMaximumAttestations = 50;
constexpr int64_t kMaximumEurocentsPerHour = 10'000'000;
// Only the first of many broken weeks are told; the answer must stay small.
constexpr int kMaximumWeekViolations = 10;

bool HasControlCharacter(std::string_view text, TextKind kind) {
  for (size_t at = 0; at < text.size(); ++at) {
    const auto byte = static_cast<uint8_t>(text[at]);
    if (kind == TextKind::kParagraph && (byte == '\n' || byte == '\t')) continue;
    if (byte < 0x20 || byte == 0x7F) return true;
    // U+0080 to U+009F, in two bytes.
    if (byte == 0xC2 && at + 1 < text.size() && static_cast<uint8_t>(text[at + 1]) < 0xA0) {
      return true;
    }
  }
  return false;
}

std::string Path(std::string_view field, std::string_view part) {
  return absl::StrCat(std::string(field), ".", std::string(part));
}

std::string Path(std::string_view field, int index) {
  return absl::StrCat(std::string(field), "[", index, "]");
}

bool TooFar(absl::CivilDay day, absl::CivilDay today) {
  const absl::CivilDay ahead(today.year() + kMaximumYearsAhead, today.month(), today.day());
  const absl::CivilDay back(today.year() - kMaximumYearsAhead, today.month(), today.day());
  return day > ahead || day < back;
}

// Why an entry of a list of weeks is refused; empty when it is not.
std::string WeekRule(const poolcirkel::event::v1::WeekMinutes& week, absl::CivilDay today) {
  if (!WeekExists(week.iso_year(), week.iso_week())) {
    return absl::StrCat("week ", week.iso_week(), " van ", week.iso_year(), " bestaat niet");
  }
  const IsoWeek iso{week.iso_year(), week.iso_week()};
  if (TooFar(eventstore::base::MondayOf(iso), today)) {
    return absl::StrCat(eventstore::base::FormatWeek(iso), " ligt meer dan ", kMaximumYearsAhead,
                        " jaar van vandaag");
  }
  if (week.minutes() < 0 || week.minutes() > kMinutesPerWeek) {
    return absl::StrCat("heeft ", week.minutes(), " minuten in ", eventstore::base::FormatWeek(iso),
                        "; een week heeft 0 tot en met ", kMinutesPerWeek, " minuten");
  }
  return "";
}

}  // namespace

void Violations::Add(std::string_view field, std::string_view rule) {
  statuses_.push_back(eventstore::base::InvalidField(field, rule));
}

void Violations::Add(absl::Status status) {
  if (!status.ok()) statuses_.push_back(std::move(status));
}

absl::Status Violations::Status() const { return eventstore::base::Join(statuses_); }

void Violations::CheckText(std::string_view field, const std::string& value, size_t minimum,
                           size_t maximum, TextKind kind) {
  if (value.size() > maximum) {
    return Add(field, absl::StrCat("is te lang: ", value.size(), " bytes, ten hoogste ", maximum));
  }
  if (!IsUtf8(value)) return Add(field, "is geen geldige UTF-8");
  if (HasControlCharacter(value, kind)) return Add(field, "bevat stuurtekens");
  const bool blank = value.find_first_not_of(" \t\n") == std::string::npos;
  if (minimum > 0 && blank) return Add(field, "is verplicht");
  if (value.size() < minimum) {
    Add(field, absl::StrCat("is te kort: ", value.size(), " bytes, ten minste ", minimum));
  }
}

void Violations::CheckRange(std::string_view field, int64_t value, int64_t minimum,
                            int64_t maximum) {
  if (value >= minimum && value <= maximum) return;
  Add(field, absl::StrCat("is ", value, "; mag ", minimum, " tot en met ", maximum, " zijn"));
}

std::optional<absl::CivilDay> Violations::CheckDate(std::string_view field,
                                                    const std::string& value,
                                                    absl::CivilDay today) {
  if (value.empty()) {
    Add(field, "is verplicht: een datum, geschreven als 2026-12-31");
    return std::nullopt;
  }
  const auto day = eventstore::base::ParseDate(value);
  if (!day.ok()) {
    Add(field, "is geen bestaande datum, geschreven als 2026-12-31");
    return std::nullopt;
  }
  if (TooFar(*day, today)) {
    Add(field, absl::StrCat("ligt meer dan ", kMaximumYearsAhead, " jaar van vandaag"));
    return std::nullopt;
  }
  return *day;
}

void Violations::CheckPeriod(std::string_view start_field, const std::string& start,
                             std::string_view end_field, const std::string& end,
                             absl::CivilDay today) {
  const auto first = CheckDate(start_field, start, today);
  const auto last = CheckDate(end_field, end, today);
  if (!first || !last) return;
  if (*last < *first) return Add(end_field, absl::StrCat("ligt voor de begindatum ", start));
  if (*last > absl::CivilDay(first->year() + kMaximumYearsAhead, first->month(), first->day())) {
    Add(end_field, absl::StrCat("ligt meer dan ", kMaximumYearsAhead, " jaar na de begindatum"));
  }
}

void Violations::CheckWeeks(std::string_view field, const WeekList& weeks, absl::CivilDay today) {
  if (static_cast<size_t>(weeks.size()) > kMaximumWeeks) {
    return Add(field, absl::StrCat("heeft ", weeks.size(), " weken, ten hoogste ", kMaximumWeeks));
  }
  std::optional<IsoWeek> previous;
  int broken = 0;
  for (int i = 0; i < weeks.size() && broken < kMaximumWeekViolations; ++i) {
    std::string rule = WeekRule(weeks[i], today);
    const IsoWeek week{weeks[i].iso_year(), weeks[i].iso_week()};
    if (rule.empty() && previous && week == *previous) rule = "komt twee keer voor";
    if (rule.empty() && previous && week < *previous) rule = "staat niet op volgorde";
    if (rule.empty()) {
      previous = week;
    } else {
      Add(Path(field, i), rule);
      ++broken;
    }
  }
}

void Violations::CheckLocation(std::string_view field,
                               const poolcirkel::event::v1::Location& value) {
  CheckText(Path(field, "name"), value.name(), 0, 200);
  CheckRange(Path(field, "latitude_e4"), value.latitude_e4(), -900'000, 900'000);
  CheckRange(Path(field, "longitude_e4"), value.longitude_e4(), -1'800'000, 1'800'000);
}

void Violations::CheckConcept(std::string_view field, const poolcirkel::event::v1::Concept& value) {
  CheckText(Path(field, "uri"), value.uri(), 0, 300);
  CheckText(Path(field, "label"), value.label(), 0, 200);
}

void Violations::CheckConcepts(std::string_view field, const ConceptList& values) {
  if (values.size() > kMaximumConcepts) {
    return Add(field,
               absl::StrCat("heeft ", values.size(), " begrippen, ten hoogste ", kMaximumConcepts));
  }
  for (int i = 0; i < values.size(); ++i) {
    CheckConcept(Path(field, i), values[i]);
    if (values[i].uri().empty() && values[i].label().empty()) {
      Add(Path(field, i), "heeft een uri of een label nodig");
    }
  }
}

void Violations::CheckTariff(std::string_view field, const poolcirkel::event::v1::Tariff& value) {
  using poolcirkel::event::v1::TARIFF_KIND_PRO_BONO;
  using poolcirkel::event::v1::TARIFF_KIND_UNSPECIFIED;
  if (!poolcirkel::event::v1::TariffKind_IsValid(value.kind()) ||
      value.kind() == TARIFF_KIND_UNSPECIFIED) {
    Add(Path(field, "kind"), "is verplicht: een bekend soort tarief");
  }
  const bool free = value.kind() == TARIFF_KIND_PRO_BONO;
  CheckRange(Path(field, "eurocents_per_hour"), value.eurocents_per_hour(), 0,
             free ? 0 : kMaximumEurocentsPerHour);
}

void Violations::CheckLevel(std::string_view field, poolcirkel::event::v1::Level value,
                            bool required) {
  if (!poolcirkel::event::v1::Level_IsValid(value)) {
    Add(field, "is geen bekend niveau");
  } else if (required && value == poolcirkel::event::v1::LEVEL_UNSPECIFIED) {
    Add(field, "is verplicht: strategisch, tactisch of operationeel");
  }
}

void Violations::CheckAttestations(std::string_view field, const AttestationList& values,
                                   absl::CivilDay today) {
  if (values.size() > kMaximumAttestations) {
    return Add(field, absl::StrCat("heeft ", values.size(), " verklaringen, ten hoogste ",
                                   kMaximumAttestations));
  }
  for (size_t i = 0; i < values.size(); ++i) {
    const std::string path = Path(field, static_cast<int>(i));
    if (!poolcirkel::event::v1::Consent_IsValid(values[i].consent()) ||
        values[i].consent() == poolcirkel::event::v1::CONSENT_UNSPECIFIED) {
      Add(Path(path, "consent"), "is verplicht: wie heeft ingestemd");
    }
    const auto day = CheckDate(Path(path, "date"), values[i].date(), today);
    if (day && *day > today) Add(Path(path, "date"), "ligt in de toekomst");
  }
}

void Violations::CheckProfile(std::string_view field, const poolcirkel::event::v1::Profile& value) {
  CheckText(Path(field, "pseudonym"), value.pseudonym(), 1, 80);
  CheckText(Path(field, "role"), value.role(), 0, 100);
  CheckConcept(Path(field, "occupation"), value.occupation());
  CheckLevel(Path(field, "level"), value.level(), false);
  CheckConcepts(Path(field, "skills"), value.skills());
  CheckLocation(Path(field, "location"), value.location());
  CheckRange(Path(field, "maximum_distance_kilometres"), value.maximum_distance_kilometres(), 0,
             1'000);
  CheckText(Path(field, "summary"), value.summary(), 0, 8'000, TextKind::kParagraph);
}

void Violations::CheckIdentity(std::string_view field,
                               const poolcirkel::event::v1::Identity& value) {
  CheckText(Path(field, "name"), value.name(), 1, 200);
  CheckText(Path(field, "email"), value.email(), 0, 254);
  if (!value.email().empty() && value.email().find('@') == std::string::npos) {
    Add(Path(field, "email"), "is geen e-mailadres");
  }
  CheckText(Path(field, "telephone"), value.telephone(), 0, 40);
}

}  // namespace services::domain
