#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "poolcirkel/api/v1/audit_service.pb.h"
#include "poolcirkel/api/v1/secondment_service.pb.h"
#include "poolcirkel/event/v1/common.pb.h"

// Hours and money of exchanges. Pure.
namespace services::audit {

// Business dates, both included; unset: open.
struct Period {
  std::optional<absl::CivilDay> from;
  std::optional<absl::CivilDay> to;
};

// The minutes of the terms that fall in `period` and not after an early end. A week
// belongs to the day of its Monday, so that neighbouring periods add up; the week of the
// last day counts in full, as its hours are released from the week after it.
int64_t MinutesOf(const poolcirkel::event::v1::Terms& terms, const std::string& ended_last_day,
                  const Period& period);

// minutes × rate, rounded half up to whole eurocents; nothing for pro bono.
int64_t EurocentsOf(int64_t minutes, const poolcirkel::event::v1::Tariff& tariff);

// False when readable terms do not touch the period, or when there are no terms yet.
bool Touches(const poolcirkel::api::v1::ExchangeRow& exchange, const Period& period);

// One row for every pair of lender and host with an effective or ended exchange, by
// their short names. `exchanges` counts all of these; minutes and eurocents those with
// readable terms.
std::vector<poolcirkel::api::v1::BalanceRow> BalanceOf(
    const google::protobuf::RepeatedPtrField<poolcirkel::api::v1::ExchangeRow>& exchanges,
    const Period& period);

}  // namespace services::audit
