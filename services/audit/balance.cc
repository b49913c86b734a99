#include "services/audit/balance.h"

#include <algorithm>
#include <map>
#include <utility>

#include "eventstore/base/clock.h"

namespace services::audit {

namespace v1 = poolcirkel::api::v1;
using poolcirkel::event::v1::Tariff;
using poolcirkel::event::v1::Terms;

namespace {

constexpr int64_t kMinutesPerWeek = 7 * 24 * 60;
// Far above any tariff; keeps foreign numbers from overflowing.
constexpr int64_t kMaximumRate = 1'000'000'000;

bool CountsInBalance(const v1::ExchangeRow& exchange) {
  return exchange.status() == v1::EXCHANGE_STATUS_EFFECTIVE ||
         exchange.status() == v1::EXCHANGE_STATUS_ENDED;
}

}  // namespace

int64_t MinutesOf(const Terms& terms, const std::string& ended_last_day, const Period& period) {
  std::optional<absl::CivilDay> last = period.to;
  if (const auto ended = eventstore::base::ParseDate(ended_last_day); ended.ok()) {
    last = last.has_value() ? std::min(*last, *ended) : *ended;
  }
  int64_t sum = 0;
  for (const auto& week : terms.weeks()) {
    if (week.iso_year() < 1970 || week.iso_year() > 2199) continue;
    if (week.iso_week() < 1 || week.iso_week() > 53) continue;
    const absl::CivilDay monday = eventstore::base::MondayOf({week.iso_year(), week.iso_week()});
    if (period.from.has_value() && monday < *period.from) continue;
    if (last.has_value() && monday > *last) continue;
    sum += std::clamp<int64_t>(week.minutes(), 0, kMinutesPerWeek);
  }
  return sum;
}

int64_t EurocentsOf(int64_t minutes, const Tariff& tariff) {
  if (tariff.kind() == poolcirkel::event::v1::TARIFF_KIND_PRO_BONO) return 0;
  const int64_t rate = std::clamp<int64_t>(tariff.eurocents_per_hour(), 0, kMaximumRate);
  return (minutes * rate + 30) / 60;
}

bool Touches(const v1::ExchangeRow& exchange, const Period& period) {
  if (!period.from.has_value() && !period.to.has_value()) return true;
  // Without the key nobody can say that it does not.
  if (!exchange.terms_readable()) return exchange.selection() != 0;
  const auto start = eventstore::base::ParseDate(exchange.terms().start_date());
  auto end = eventstore::base::ParseDate(exchange.terms().end_date());
  if (!start.ok() || !end.ok()) return true;
  if (const auto ended = eventstore::base::ParseDate(exchange.ended_last_day()); ended.ok()) {
    *end = std::min(*end, *ended);
  }
  return (!period.to.has_value() || *start <= *period.to) &&
         (!period.from.has_value() || *end >= *period.from);
}

std::vector<v1::BalanceRow> BalanceOf(
    const google::protobuf::RepeatedPtrField<v1::ExchangeRow>& exchanges, const Period& period) {
  std::map<std::pair<std::string, std::string>, v1::BalanceRow> rows;
  for (const v1::ExchangeRow& exchange : exchanges) {
    if (!CountsInBalance(exchange)) continue;
    const auto key = std::pair(exchange.lender().short_name() + exchange.lender().member_id(),
                               exchange.host().short_name() + exchange.host().member_id());
    v1::BalanceRow& row = rows[key];
    *row.mutable_lender() = exchange.lender();
    *row.mutable_host() = exchange.host();
    row.set_exchanges(row.exchanges() + 1);
    if (!exchange.terms_readable()) continue;
    const int64_t minutes = MinutesOf(exchange.terms(), exchange.ended_last_day(), period);
    row.set_minutes(row.minutes() + minutes);
    row.set_eurocents(row.eurocents() + EurocentsOf(minutes, exchange.terms().tariff()));
  }
  std::vector<v1::BalanceRow> balance;
  for (auto& [key, row] : rows) balance.push_back(std::move(row));
  return balance;
}

}  // namespace services::audit
