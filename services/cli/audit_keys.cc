#include <memory>
#include <string>

#include "eventstore/base/errors.h"
#include "poolcirkel/api/v1/circle_service.grpc.pb.h"
#include "services/cli/log_keys.h"
#include "services/cli/nouns.h"
#include "services/cli/text.h"

namespace services::cli {
namespace {

namespace api = poolcirkel::api::v1;

// No message of the API: made from the charter.
void PrintJson(Tool& tool, const std::vector<LogKeys>& keys) {
  tool.out() << R"({"keys":[)";
  for (size_t i = 0; i < keys.size(); ++i) {
    tool.out() << (i == 0 ? "" : ",") << R"({"member":)" << JsonString(keys[i].member)
               << R"(,"epoch":)" << keys[i].epoch << R"(,"log":)"
               << JsonString(keys[i].log.ToVkey()) << R"(,"witness":)"
               << JsonString(keys[i].witness.ToVkey()) << "}";
  }
  tool.out() << "]}\n";
}

absl::Status ShowKeys(Tool& tool, const std::string& member) {
  api::ShowCircleRequest request;
  ASSIGN_OR_RETURN(*request.mutable_circle(), tool.Circle());
  ASSIGN_OR_RETURN(const auto answer, tool.Ask(&api::CircleService::Stub::Show, request));
  ASSIGN_OR_RETURN(const auto keys, LogKeysOf(answer, member));
  if (tool.progress != nullptr) tool.progress->Stop();
  if (tool.globals.json) {
    PrintJson(tool, keys);
    return absl::OkStatus();
  }
  for (const LogKeys& one : keys) {
    tool.out() << Clean(one.member) << ", tijdvak " << one.epoch << "\n  log      "
               << one.log.ToVkey() << "\n  getuige  " << one.witness.ToVkey() << "\n";
  }
  tool.out() << "Zoals het knooppunt de afspraken toont; een bundel van audit export heeft daar "
                "zelf het bewijs van.\n";
  return absl::OkStatus();
}

}  // namespace

void AddAuditKeys(CLI::App* audit, Tool& tool) {
  CLI::App* verb = AddVerb(audit, "keys", "Toon de sleutels waarmee een bewijs getoetst wordt",
                           "poolcirkel audit keys --member rotterdam");
  const auto member = std::make_shared<std::string>();
  verb->add_option("--member", *member, "Korte naam; anders van alle leden");
  OnChosen(tool, verb, [&tool, member] { return ShowKeys(tool, *member); });
}

}  // namespace services::cli
