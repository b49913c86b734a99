#include "services/audit/audit.h"

#include <optional>
#include <string>

#include "eventstore/base/clock.h"
#include "eventstore/base/errors.h"
#include "projections/views/availability/availability.h"
#include "projections/views/exchanges/exchanges.h"
#include "services/answers/answers.h"
#include "services/audit/balance.h"
#include "services/audit/export.h"

namespace services::audit {

namespace v1 = poolcirkel::api::v1;
namespace views = projections::views;

namespace {

absl::StatusOr<std::optional<absl::CivilDay>> ParseDay(std::string_view field,
                                                       const std::string& text) {
  if (text.empty()) return std::optional<absl::CivilDay>();
  const auto day = eventstore::base::ParseDate(text);
  if (!day.ok()) return eventstore::base::InvalidField(field, "is een datum als 2026-12-31");
  return std::optional(*day);
}

absl::StatusOr<Period> PeriodOf(const v1::AuditExchangesRequest& request) {
  Period period;
  ASSIGN_OR_RETURN(period.from, ParseDay("from_date", request.from_date()));
  ASSIGN_OR_RETURN(period.to, ParseDay("to_date", request.to_date()));
  if (period.from.has_value() && period.to.has_value() && *period.to < *period.from) {
    return eventstore::base::InvalidField("to_date", "ligt niet voor de begindatum");
  }
  return period;
}

class AuditViews final : public Audit {
 public:
  explicit AuditViews(const Options& options) : options_(options), professionals_(*options.keys) {}

  absl::StatusOr<v1::AuditExchangesResponse> Exchanges(const v1::AuditExchangesRequest& request,
                                                       absl::Time deadline) override {
    const std::vector<std::string> names{views::exchanges::kViewName,
                                         views::availability::kViewName};
    ASSIGN_OR_RETURN(const auto circle, answers::Prepare(*options_.circles, *options_.engine,
                                                         request.header(), deadline, names));
    ASSIGN_OR_RETURN(const Period period, PeriodOf(request));
    const auto snapshot = options_.engine->Read();
    ASSIGN_OR_RETURN(const auto* reader, snapshot->View(names[0]));
    ASSIGN_OR_RETURN(const auto* availability, snapshot->View(names[1]));
    ASSIGN_OR_RETURN(const auto exchanges, views::exchanges::Read(*reader, circle->id));
    v1::AuditExchangesResponse response;
    for (const auto& exchange : exchanges) {
      ASSIGN_OR_RETURN(auto row, answers::RowOf(*circle, exchange, *availability, *options_.keys,
                                                professionals_));
      if (Touches(row, period)) *response.add_exchanges() = std::move(row);
    }
    for (auto& row : BalanceOf(response.exchanges(), period)) {
      *response.add_balance() = std::move(row);
    }
    *response.mutable_footer() = answers::FooterOf(*snapshot, {reader, availability}, circle->id);
    return response;
  }

  absl::StatusOr<v1::AuditExportResponse> Export(const v1::AuditExportRequest& request,
                                                 absl::Time deadline) override {
    const std::string name = views::exchanges::kViewName;
    ASSIGN_OR_RETURN(const auto circle, answers::Prepare(*options_.circles, *options_.engine,
                                                         request.header(), deadline, {name}));
    ASSIGN_OR_RETURN(const auto id, answers::ParseId("exchange_id", request.exchange_id()));
    const auto snapshot = options_.engine->Read();
    ASSIGN_OR_RETURN(const auto* reader, snapshot->View(name));
    ASSIGN_OR_RETURN(const auto exchange, views::exchanges::Find(*reader, circle->id, id));
    if (!exchange.has_value()) {
      return eventstore::base::Refusal(absl::StatusCode::kNotFound, "EXCHANGE_UNKNOWN",
                                       "deze uitwisseling is hier niet bekend")
          .Metadata("exchange_id", request.exchange_id())
          .Remedy("kijk met `poolcirkel audit exchanges` welke er zijn")
          .Status();
    }
    std::string secret;
    if (!request.without_key()) {
      const auto key = options_.keys->Find(eventstore::privacy::KeyOf(id));
      if (key.has_value()) secret = key->secret;
    }
    v1::AuditExportResponse response;
    ASSIGN_OR_RETURN(*response.mutable_bundle(),
                     MakeBundle(*options_.log, *circle, *exchange, secret));
    return response;
  }

  absl::StatusOr<v1::AuditProofResponse> Proof(const v1::AuditProofRequest& request) override {
    ASSIGN_OR_RETURN(const auto feed, FeedOf(request));
    return ProveEvent(*options_.log, feed, request.sequence());
  }

  absl::Status Tiles(const v1::AuditTilesRequest& request, const TakeFile& take) override {
    ASSIGN_OR_RETURN(const auto feed, FeedOf(request));
    return ExportTiles(*options_.log, feed, take);
  }

 private:
  template <typename Request>
  absl::StatusOr<eventstore::log::FeedId> FeedOf(const Request& request) const {
    ASSIGN_OR_RETURN(const auto circle, options_.circles->Resolve(request.header().circle()));
    return circle->FindFeed(request.member(),
                            request.has_epoch() ? std::optional(request.epoch()) : std::nullopt);
  }

  const Options options_;
  views::exchanges::Professionals professionals_;
};

}  // namespace

std::unique_ptr<Audit> Audit::Create(const Options& options) {
  return std::make_unique<AuditViews>(options);
}

}  // namespace services::audit
