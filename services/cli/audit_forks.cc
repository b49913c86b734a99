#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "eventstore/base/errors.h"
#include "poolcirkel/api/v1/audit_service.grpc.pb.h"
#include "services/cli/nouns.h"
#include "services/cli/table.h"
#include "services/cli/text.h"

namespace services::cli {
namespace {

namespace api = poolcirkel::api::v1;

void PrintNote(Tool& tool, const std::string& note) {
  const std::vector<std::string> lines = absl::StrSplit(note, '\n', absl::SkipEmpty());
  for (const std::string& line : lines) tool.out() << "  " << Clean(line) << "\n";
}

void Print(Tool& tool, const api::AuditForksResponse& answer) {
  if (answer.forks().empty()) {
    tool.out() << "Dit knooppunt vond geen lid dat twee geschiedenissen liet zien.\n";
    return;
  }
  Table table({{"lid"}, {"tijdvak"}, {"gevonden"}, {"stand"}});
  for (const auto& fork : answer.forks()) {
    table.Add({fork.member().short_name(), std::to_string(fork.feed().epoch()),
               TimeText(fork.found_at_microseconds()),
               fork.closed() ? "tijdvak afgesloten" : "bevroren"});
  }
  table.Print(tool.color(), tool.out());
  tool.out() << "\nDe ondertekende standen die elkaar tegenspreken:\n";
  for (const auto& fork : answer.forks()) {
    tool.out() << "\n" << Clean(fork.member().short_name()) << ", zoals hier bewaard:\n";
    PrintNote(tool,
              fork.first_note().empty() ? "(nog geen ondertekende stand)" : fork.first_note());
    tool.out() << "en daartegenover:\n";
    PrintNote(tool, fork.second_note());
  }
}

}  // namespace

void AddAuditForks(CLI::App* audit, Tool& tool) {
  CLI::App* verb = AddVerb(audit, "forks", "Toon wie twee geschiedenissen liet zien, met bewijs",
                           "poolcirkel audit forks");
  OnChosen(tool, verb, [&tool]() -> absl::Status {
    api::AuditForksRequest request;
    ASSIGN_OR_RETURN(*request.mutable_header(), tool.Query());
    ASSIGN_OR_RETURN(const auto answer, tool.Ask(&api::AuditService::Stub::Forks, request));
    return tool.Show(answer, [&] { Print(tool, answer); });
  });
}

}  // namespace services::cli
