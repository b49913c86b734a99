#pragma once

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "poolcirkel/event/v1/circle.pb.h"
#include "poolcirkel/event/v1/common.pb.h"
#include "services/domain/validation.h"

namespace services::domain {

// TARIFF_FIXED unless `tariff` is the circle's one hourly tariff, when it has one. An
// amount of 0 and no kind are filled in.
absl::Status ApplyFixedTariff(std::string_view field, poolcirkel::event::v1::Tariff& tariff,
                              const poolcirkel::event::v1::Charter& charter);

// Everything that terms must be, whoever wrote them: dates, complete weeks inside the
// term, tariff, texts, salt, the charter's longest term (TERM_TOO_LONG). All together;
// field paths under `field`.
absl::Status CheckTerms(std::string_view field, const poolcirkel::event::v1::Terms& terms,
                        const poolcirkel::event::v1::Charter& charter, absl::CivilDay today);

}  // namespace services::domain
