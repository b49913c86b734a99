#include <memory>
#include <string>
#include <vector>

#include "eventstore/base/errors.h"
#include "poolcirkel/api/v1/secondment_service.grpc.pb.h"
#include "services/cli/exchange_text.h"
#include "services/cli/input.h"
#include "services/cli/lookup.h"
#include "services/cli/nouns.h"
#include "services/cli/table.h"
#include "services/cli/text.h"

namespace services::cli {
namespace {

namespace api = poolcirkel::api::v1;

struct ListOptions {
  std::vector<std::string> statuses;
  std::string assignment;
};

absl::Status List(Tool& tool, const ListOptions& options) {
  api::ListExchangesRequest request;
  ASSIGN_OR_RETURN(*request.mutable_header(), tool.Query());
  std::string known;
  for (int i = api::EXCHANGE_STATUS_PROPOSED; i <= api::EXCHANGE_STATUS_CONFLICT; ++i) {
    const auto status = static_cast<api::ExchangeStatus>(i);
    const std::string name = Lower(ExchangeStatusText(status));
    known += (known.empty() ? "" : ", ") + name;
    for (const std::string& asked : options.statuses) {
      if (Lower(asked) == name) request.add_statuses(status);
    }
  }
  if (request.statuses_size() < static_cast<int>(options.statuses.size())) {
    return eventstore::base::InvalidField("--status", "een van: " + known);
  }
  if (!options.assignment.empty()) {
    ASSIGN_OR_RETURN(*request.mutable_assignment_id(), FindAssignment(tool, options.assignment));
  }
  ASSIGN_OR_RETURN(const auto answer, tool.Ask(&api::SecondmentService::Stub::List, request));
  return tool.Show(answer, [&] {
    if (answer.exchanges().empty()) {
      tool.out() << "Geen uitwisselingen.\n";
    } else {
      ExchangeTable(answer.exchanges()).Print(tool.color(), tool.out());
    }
  });
}

void PrintOne(Tool& tool, const api::ExchangeRow& row) {
  Facts facts;
  facts.Add("uitwisseling", row.exchange_id());
  facts.Add("stand", ExchangeStatusText(row.status()));
  facts.Add("wacht op", row.waiting_for());
  facts.Add("opdracht", row.assignment_title());
  facts.Add("opdracht-id", row.assignment_id());
  facts.Add("uitlener", row.lender().name());
  facts.Add("inlener", row.host().name());
  facts.Add("wie", row.pseudonym().empty() ? "(verzegeld of gewist)" : row.pseudonym());
  if (row.seat() != 0) {
    facts.Add("plaats en keuze",
              std::to_string(row.seat()) + ", keuze " + std::to_string(row.selection()));
  }
  facts.Add("bevestigen voor", TimeText(row.confirm_by_microseconds()));
  if (row.terms_readable()) {
    facts.Add("termijn",
              DateText(row.terms().start_date()) + " t/m " + DateText(row.terms().end_date()));
    facts.Add("uren", WeeksText(row.terms().weeks()));
    facts.Add("uren samen", HoursText(row.total_minutes()) + " uur");
    facts.Add("tarief", TariffText(row.terms().tariff()));
    facts.Add("doelen", row.terms().goals());
    facts.Add("beslist door", row.terms().decided_by());
  } else if (row.selection() != 0) {
    facts.Add("voorwaarden", "verzegeld voor uitlener, inlener en coördinatoren");
  }
  for (const auto& attestation : row.attestations()) {
    facts.Add("akkoord", ConsentText(attestation.consent()) + " op " +
                             DateText(attestation.date()) + ", volgens de uitlener");
  }
  facts.Add("medeondertekend", std::to_string(row.cosignatures()) + " van de nodige " +
                                   std::to_string(row.cosignatures_needed()));
  facts.Add("van kracht sinds", TimeText(row.effective_at_microseconds()));
  if (!row.ended_last_day().empty()) facts.Add("laatste dag", DateText(row.ended_last_day()));
  facts.Add("reden", row.reason());
  facts.Print(tool.out());
}

}  // namespace

void AddSecondmentList(CLI::App* noun, Tool& tool) {
  CLI::App* list = AddVerb(noun, "list", "Toon de uitwisselingen van de poolcirkel",
                           "poolcirkel secondment list --status \"van kracht\"");
  const auto options = std::make_shared<ListOptions>();
  AddList(list, "--status", options->statuses, "Alleen met deze stand; mag vaker");
  list->add_option("--assignment", options->assignment, "Alleen van deze opdracht");
  OnChosen(tool, list, [&tool, options] { return List(tool, *options); });

  CLI::App* show = AddVerb(noun, "show", "Toon alles van één uitwisseling",
                           "poolcirkel secondment show 1a2b3c4d");
  const auto text = std::make_shared<std::string>();
  show->add_option("uitwisseling", *text, "Id, of begin of einde ervan")->required();
  OnChosen(tool, show, [&tool, text]() -> absl::Status {
    api::ListExchangesRequest request;
    ASSIGN_OR_RETURN(*request.mutable_header(), tool.Query());
    ASSIGN_OR_RETURN(*request.mutable_exchange_id(), FindExchange(tool, *text));
    ASSIGN_OR_RETURN(const auto answer, tool.Ask(&api::SecondmentService::Stub::List, request));
    if (answer.exchanges().empty()) return Pick("uitwisseling", "uitwisseling", *text, {}).status();
    return tool.Show(answer, [&] { PrintOne(tool, answer.exchanges(0)); });
  });
}

}  // namespace services::cli
