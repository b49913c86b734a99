#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "poolcirkel/event/v1/common.pb.h"
#include "poolcirkel/event/v1/professional.pb.h"
#include "poolcirkel/event/v1/secondment.pb.h"
#include "services/domain/bytes.h"
#include "services/domain/weeks.h"

// Checks of what a user sends. All broken rules of one request are collected and
// told together; fields are paths of the api request ("assignment.title"), rules
// are Dutch. Sizes are in bytes, as in the comments of the event protos.
namespace services::domain {

// At most so far into the future may a date or week lie.
inline constexpr int kMaximumYearsAhead = 5;

enum class TextKind {
  kLine,       // no control characters at all
  kParagraph,  // newline and tab are allowed
};

// Collects broken rules. Not thread-safe.
class Violations {
 public:
  void Add(std::string_view field, std::string_view rule);
  void Add(absl::Status status);
  // OK, or everything that was added, with base::Join.
  absl::Status Status() const;
  bool empty() const { return statuses_.empty(); }

  // Valid UTF-8 of minimum..maximum bytes without control characters.
  void CheckText(std::string_view field, const std::string& value, size_t minimum, size_t maximum,
                 TextKind kind = TextKind::kLine);
  void CheckRange(std::string_view field, int64_t value, int64_t minimum, int64_t maximum);
  // nullopt when it is no date, or lies more than five years from `today`.
  std::optional<absl::CivilDay> CheckDate(std::string_view field, const std::string& value,
                                          absl::CivilDay today);
  // The two dates and their order; at most five years apart.
  void CheckPeriod(std::string_view start_field, const std::string& start,
                   std::string_view end_field, const std::string& end, absl::CivilDay today);
  // Exists, sorted, no week twice, 0..10,080 minutes, at most five years from `today`.
  void CheckWeeks(std::string_view field, const WeekList& weeks, absl::CivilDay today);
  void CheckLocation(std::string_view field, const poolcirkel::event::v1::Location& value);
  void CheckConcept(std::string_view field, const poolcirkel::event::v1::Concept& value);
  using ConceptList = google::protobuf::RepeatedPtrField<poolcirkel::event::v1::Concept>;
  void CheckConcepts(std::string_view field, const ConceptList& values);
  // A known kind, an amount of 0..10,000,000 eurocents, 0 for pro bono.
  void CheckTariff(std::string_view field, const poolcirkel::event::v1::Tariff& value);
  void CheckLevel(std::string_view field, poolcirkel::event::v1::Level value, bool required);
  // At most 50 statements, known consents, dates that are not in the future.
  using AttestationList = std::vector<poolcirkel::event::v1::Attestation>;
  void CheckAttestations(std::string_view field, const AttestationList& values,
                         absl::CivilDay today);
  void CheckProfile(std::string_view field, const poolcirkel::event::v1::Profile& value);
  void CheckIdentity(std::string_view field, const poolcirkel::event::v1::Identity& value);

 private:
  std::vector<absl::Status> statuses_;
};

}  // namespace services::domain
