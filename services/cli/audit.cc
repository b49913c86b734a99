#include <memory>
#include <string>

#include "eventstore/base/errors.h"
#include "poolcirkel/api/v1/audit_service.grpc.pb.h"
#include "services/cli/exchange_text.h"
#include "services/cli/input.h"
#include "services/cli/nouns.h"
#include "services/cli/table.h"
#include "services/cli/text.h"

namespace services::cli {
namespace {

namespace api = poolcirkel::api::v1;

void PrintBalance(Tool& tool, const api::AuditExchangesResponse& answer) {
  using enum Table::Align;
  Table table(
      {{"uitlener"}, {"inlener"}, {"uitwisselingen", kRight}, {"uur", kRight}, {"€", kRight}});
  for (const auto& row : answer.balance()) {
    table.Add({row.lender().short_name(), row.host().short_name(), std::to_string(row.exchanges()),
               HoursText(row.minutes()), EuroText(row.eurocents())});
  }
  if (table.empty()) return;
  tool.out() << "\nWie leende aan wie\n";
  table.Print(tool.color(), tool.out());
}

void AddExchanges(CLI::App* noun, Tool& tool) {
  CLI::App* verb = AddVerb(noun, "exchanges", "Wie leende aan wie, hoeveel uur, waarvoor",
                           "poolcirkel audit exchanges --from 1-1-2027 --to 31-12-2027");
  const auto from = std::make_shared<std::string>();
  const auto to = std::make_shared<std::string>();
  verb->add_option("--from", *from, "Alleen met een termijn vanaf deze dag");
  verb->add_option("--to", *to, "Alleen met een termijn tot en met deze dag");
  OnChosen(tool, verb, [&tool, from, to]() -> absl::Status {
    api::AuditExchangesRequest request;
    ASSIGN_OR_RETURN(*request.mutable_header(), tool.Query());
    ASSIGN_OR_RETURN(*request.mutable_from_date(), ReadDate("--from", *from));
    ASSIGN_OR_RETURN(*request.mutable_to_date(), ReadDate("--to", *to));
    ASSIGN_OR_RETURN(const auto answer, tool.Ask(&api::AuditService::Stub::Exchanges, request));
    return tool.Show(answer, [&] {
      if (answer.exchanges().empty()) {
        tool.out() << "Geen uitwisselingen in deze periode.\n";
        return;
      }
      ExchangeTable(answer.exchanges()).Print(tool.color(), tool.out());
      PrintBalance(tool, answer);
    });
  });
}

}  // namespace

void AddAudit(CLI::App* root, Tool& tool) {
  CLI::App* noun = AddNoun(root, "audit", "Toezicht: wie leende aan wie, en het bewijs");
  AddExchanges(noun, tool);
  AddAuditExport(noun, tool);
  AddAuditVerify(noun, tool);
  AddAuditForks(noun, tool);
  AddAuditKeys(noun, tool);
}

}  // namespace services::cli
