#include "services/cli/exchange_text.h"

#include "services/cli/text.h"

namespace services::cli {

namespace api = poolcirkel::api::v1;

std::string ExchangeStatusText(api::ExchangeStatus status) {
  switch (status) {
    case api::EXCHANGE_STATUS_PROPOSED:
      return "voorgedragen";
    case api::EXCHANGE_STATUS_SELECTED:
      return "gekozen";
    case api::EXCHANGE_STATUS_CONFIRMED:
      return "bevestigd";
    case api::EXCHANGE_STATUS_ACCEPTED:
      return "aangenomen";
    case api::EXCHANGE_STATUS_EFFECTIVE:
      return "van kracht";
    case api::EXCHANGE_STATUS_ENDED:
      return "beëindigd";
    case api::EXCHANGE_STATUS_DECLINED:
      return "afgewezen";
    case api::EXCHANGE_STATUS_EXPIRED:
      return "verlopen";
    case api::EXCHANGE_STATUS_WITHDRAWN:
      return "ingetrokken";
    case api::EXCHANGE_STATUS_CONFLICT:
      return "TEGENSTRIJDIG";
    default:
      return "";
  }
}

Table ExchangeTable(const google::protobuf::RepeatedPtrField<api::ExchangeRow>& rows) {
  using enum Table::Align;
  Table table({{"id"},
               {"uitlener"},
               {"inlener"},
               {"opdracht", kLeft, 40},
               {"wie", kLeft, 30},
               {"stand"},
               {"van"},
               {"t/m"},
               {"uur", kRight},
               {"tarief"},
               {"wacht op", kLeft, 60}});
  for (const auto& row : rows) {
    const std::string end =
        row.ended_last_day().empty() ? row.terms().end_date() : row.ended_last_day();
    const bool readable = row.terms_readable();
    table.Add({ShortId(row.exchange_id()), row.lender().short_name(), row.host().short_name(),
               row.assignment_title(), row.pseudonym(), ExchangeStatusText(row.status()),
               DateText(row.terms().start_date()), DateText(end),
               readable ? HoursText(row.total_minutes()) : "",
               readable || row.selection() == 0 ? TariffText(row.terms().tariff()) : "(verzegeld)",
               row.waiting_for()});
  }
  return table;
}

}  // namespace services::cli
