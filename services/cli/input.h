#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "poolcirkel/event/v1/common.pb.h"
#include "poolcirkel/event/v1/secondment.pb.h"
#include "poolcirkel/event/v1/session.pb.h"

// Reads what people write on a command line. Pure, thread-safe. Errors are
// INVALID_ARGUMENT on the field `name`, which is the option's name ("--start"),
// with the rule in Dutch.
namespace services::cli {

// "2026-12-01", "1-12-2026", "1 dec 2026" -> "2026-12-01". Empty stays empty.
absl::StatusOr<std::string> ReadDate(const std::string& name, const std::string& text);

// "24", "24u", "24,5 uur", "24:30" -> minutes; at most 168 hours.
absl::StatusOr<int32_t> ReadHours(const std::string& name, const std::string& text);

// "87,50", "€ 87,50", "1.250,00", "92" -> eurocents.
absl::StatusOr<int64_t> ReadEuro(const std::string& name, const std::string& text);

// Each text "2026-W49=24u" or "2026-W49..2027-W08=24u". A week named twice is refused.
absl::StatusOr<std::vector<poolcirkel::event::v1::WeekMinutes>> ReadWeeks(
    const std::string& name, const std::vector<std::string>& texts);

// "tactisch" or "tactical".
absl::StatusOr<poolcirkel::event::v1::Level> ReadLevel(const std::string& name,
                                                       const std::string& text);
// "uurtarief", "jaartabel", "kostenplaats", "factuur", "strippen", "pro-bono", and the
// names of the proto file in lower case.
absl::StatusOr<poolcirkel::event::v1::TariffKind> ReadTariffKind(const std::string& name,
                                                                 const std::string& text);
// "lezing", "lunch", "intervisie", "training", "boekenclub", "cafe".
absl::StatusOr<poolcirkel::event::v1::SessionKind> ReadSessionKind(const std::string& name,
                                                                   const std::string& text);
// "professional=2026-11-20", "leidinggevende=20-11-2026".
absl::StatusOr<poolcirkel::event::v1::Attestation> ReadAttestation(const std::string& name,
                                                                   const std::string& text);
// "Rotterdam@51.9268,4.3045" in degrees.
absl::StatusOr<poolcirkel::event::v1::Location> ReadLocation(const std::string& name,
                                                             const std::string& text);
// A URI, a label, or "label=URI".
poolcirkel::event::v1::Concept ReadConcept(const std::string& text);

// ASCII letters in lower case.
std::string Lower(std::string_view text);

}  // namespace services::cli
