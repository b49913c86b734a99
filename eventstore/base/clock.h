#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace eventstore::base {

// Where time comes from; one of the seams for testing. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;

  // Wall time. May jump; nothing may rely on its order except through
  // log::Writer, which makes recorded times strictly increase per feed.
  virtual absl::Time Now() const = 0;
};

// The clock of the operating system. The only caller of absl::Now().
class SystemClock final : public Clock {
 public:
  absl::Time Now() const override;
};

// Europe/Amsterdam: business dates of the whole network are read in it.
absl::TimeZone BusinessZone();

// The business date at `time`.
absl::CivilDay BusinessDate(absl::Time time);

// Reads a business date as "2026-12-31". INVALID_ARGUMENT when it is written
// otherwise or does not exist ("2026-02-30").
absl::StatusOr<absl::CivilDay> ParseDate(const std::string& text);

// "2026-12-31".
std::string FormatDate(absl::CivilDay day);

// An ISO 8601 week. Ordered; 1970..2199.
struct IsoWeek {
  int year = 0;
  int week = 0;  // 1..53

  friend auto operator<=>(const IsoWeek&, const IsoWeek&) = default;
};

// The week that `day` falls in.
IsoWeek IsoWeekOf(absl::CivilDay day);

// The Monday of `week`.
absl::CivilDay MondayOf(IsoWeek week);

// The week after `week`.
IsoWeek NextWeek(IsoWeek week);

// "2026-W49".
std::string FormatWeek(IsoWeek week);

// Reads "2026-W49". INVALID_ARGUMENT when it is written otherwise or does not exist.
absl::StatusOr<IsoWeek> ParseWeek(const std::string& text);

}  // namespace eventstore::base
