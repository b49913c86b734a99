#include "services/domain/terms.h"

#include "absl/strings/str_cat.h"
#include "eventstore/base/clock.h"
#include "eventstore/base/errors.h"

namespace services::domain {
namespace {

using eventstore::base::IsoWeekOf;
using eventstore::base::ParseDate;
using eventstore::base::Refusal;
using poolcirkel::event::v1::Charter;
using poolcirkel::event::v1::Tariff;
using poolcirkel::event::v1::Terms;

constexpr size_t kSaltSize = 16;

std::string Path(std::string_view field, std::string_view part) {
  return absl::StrCat(std::string(field), ".", std::string(part));
}

// "92,50"
std::string EurosText(int64_t eurocents) {
  const int64_t cents = eurocents % 100;
  return absl::StrCat(eurocents / 100, ",", cents < 10 ? "0" : "", cents);
}

absl::Status CheckLength(std::string_view field, absl::CivilDay first, absl::CivilDay last,
                         const Charter& charter) {
  const int64_t maximum = charter.rules().maximum_term_days();
  const int64_t days = last - first + 1;
  if (maximum <= 0 || days <= maximum) return absl::OkStatus();
  return Refusal(absl::StatusCode::kFailedPrecondition, "TERM_TOO_LONG",
                 absl::StrCat("de termijn is ", days, " dagen; de samenwerkingsafspraken staan ",
                              maximum, " dagen toe"))
      .Field(Path(field, "end_date"), absl::StrCat("ten hoogste ", maximum, " dagen"))
      .Metadata("days", absl::StrCat(days))
      .Metadata("maximum_days", absl::StrCat(maximum))
      .Remedy("kies een eerdere einddatum");
}

void CheckWeeksOfTerm(std::string_view field, const Terms& terms, Violations& violations) {
  if (terms.weeks().empty()) {
    return violations.Add(Path(field, "weeks"), "is verplicht: de uren van iedere week");
  }
  const auto first = ParseDate(terms.start_date());
  const auto last = ParseDate(terms.end_date());
  if (!first.ok() || !last.ok()) return;
  for (int i = 0; i < terms.weeks_size(); ++i) {
    const IsoWeek week{terms.weeks(i).iso_year(), terms.weeks(i).iso_week()};
    if (week < IsoWeekOf(*first) || week > IsoWeekOf(*last)) {
      return violations.Add(absl::StrCat(std::string(field), ".weeks[", i, "]"),
                            "valt buiten de termijn");
    }
    if (terms.weeks(i).minutes() == 0) {
      return violations.Add(absl::StrCat(std::string(field), ".weeks[", i, "]"), "heeft geen uren");
    }
  }
}

}  // namespace

absl::Status ApplyFixedTariff(std::string_view field, Tariff& tariff, const Charter& charter) {
  const int64_t fixed = charter.rules().fixed_eurocents_per_hour();
  if (fixed <= 0) return absl::OkStatus();
  if (tariff.kind() == poolcirkel::event::v1::TARIFF_KIND_UNSPECIFIED) {
    tariff.set_kind(poolcirkel::event::v1::TARIFF_KIND_HOURLY);
  }
  const bool by_the_hour = tariff.kind() != poolcirkel::event::v1::TARIFF_KIND_PRO_BONO &&
                           tariff.kind() != poolcirkel::event::v1::TARIFF_KIND_STRIPS;
  if (by_the_hour && tariff.eurocents_per_hour() == 0) tariff.set_eurocents_per_hour(fixed);
  if (by_the_hour && tariff.eurocents_per_hour() == fixed) return absl::OkStatus();
  return Refusal(absl::StatusCode::kFailedPrecondition, "TARIFF_FIXED",
                 absl::StrCat("deze poolcirkel heeft één vast uurtarief: ", EurosText(fixed), " euro"))
      .Field(Path(field, by_the_hour ? "eurocents_per_hour" : "kind"),
             absl::StrCat("is ", EurosText(fixed), " euro per uur"))
      .Metadata("eurocents_per_hour", absl::StrCat(fixed))
      .Remedy("laat het tarief weg of vul het vaste tarief in");
}

absl::Status CheckTerms(std::string_view field, const Terms& terms, const Charter& charter,
                        absl::CivilDay today) {
  Violations violations;
  violations.CheckPeriod(Path(field, "start_date"), terms.start_date(), Path(field, "end_date"),
                         terms.end_date(), today);
  violations.CheckWeeks(Path(field, "weeks"), terms.weeks(), today);
  if (violations.empty()) CheckWeeksOfTerm(field, terms, violations);
  violations.CheckTariff(Path(field, "tariff"), terms.tariff());
  violations.CheckText(Path(field, "goals"), terms.goals(), 0, 4'000, TextKind::kParagraph);
  violations.CheckText(Path(field, "decided_by"), terms.decided_by(), 0, 200);
  if (terms.salt().size() != kSaltSize) violations.Add(Path(field, "salt"), "heeft 16 bytes");
  Tariff tariff = terms.tariff();
  violations.Add(ApplyFixedTariff(Path(field, "tariff"), tariff, charter));
  // The other side may have left open what this side would fill in.
  if (tariff.eurocents_per_hour() != terms.tariff().eurocents_per_hour()) {
    violations.Add(Path(field, "tariff.eurocents_per_hour"), "is niet het vaste tarief");
  }
  const auto first = ParseDate(terms.start_date());
  const auto last = ParseDate(terms.end_date());
  if (first.ok() && last.ok()) violations.Add(CheckLength(field, *first, *last, charter));
  return violations.Status();
}

}  // namespace services::domain
