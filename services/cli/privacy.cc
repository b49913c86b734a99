#include <istream>
#include <memory>
#include <string>

#include "eventstore/base/errors.h"
#include "poolcirkel/api/v1/privacy_service.grpc.pb.h"
#include "services/cli/disclosure_list.h"
#include "services/cli/lookup.h"
#include "services/cli/nouns.h"
#include "services/cli/table.h"
#include "services/cli/text.h"

namespace services::cli {
namespace {

namespace api = poolcirkel::api::v1;
namespace event = poolcirkel::event::v1;

constexpr char kConfirmation[] = "wissen";

struct EraseOptions {
  std::string professional;
  std::string ground;
  bool yes = false;
};

absl::StatusOr<event::ErasureGround> ReadGround(const std::string& text) {
  if (text == "verzoek") return event::ERASURE_GROUND_REQUEST;
  if (text == "bewaartermijn") return event::ERASURE_GROUND_RETENTION;
  if (text == "vergissing") return event::ERASURE_GROUND_MISTAKE;
  return eventstore::base::InvalidField("--ground", "is verzoek, bewaartermijn of vergissing");
}

std::string GroundText(event::ErasureGround ground) {
  switch (ground) {
    case event::ERASURE_GROUND_REQUEST:
      return "verzoek";
    case event::ERASURE_GROUND_RETENTION:
      return "bewaartermijn";
    case event::ERASURE_GROUND_MISTAKE:
      return "vergissing";
    default:
      return "onbekend";
  }
}

// Asks the person at the keyboard; without one, only --yes will do.
absl::Status Confirm(Tool& tool, const std::string& whom, EraseOptions& options) {
  if (options.yes) return absl::OkStatus();
  if (tool.environment.in != nullptr) {
    *tool.environment.err << "De gegevens van " << whom
                          << " worden bij alle leden onleesbaar gemaakt. Dit kan niet ongedaan "
                             "worden gemaakt.\nTyp \""
                          << kConfirmation << "\" om door te gaan: " << std::flush;
    std::string answer;
    if (!std::getline(*tool.environment.in, answer)) *tool.environment.err << "\n";
    options.yes = answer == kConfirmation;
  }
  if (options.yes) return absl::OkStatus();
  return eventstore::base::InvalidField("--yes", "er is niet bevestigd; er is niets gewist");
}

absl::Status Erase(Tool& tool, EraseOptions& options) {
  api::EraseRequest request;
  ASSIGN_OR_RETURN(const event::ErasureGround ground, ReadGround(options.ground));
  request.set_ground(ground);
  ASSIGN_OR_RETURN(*request.mutable_header(), tool.Command());
  ASSIGN_OR_RETURN(const Candidate found, FindWhom(tool, options.professional));
  request.set_professional_id(found.id);
  const std::string whom = found.name.empty() ? found.id : Clean(found.name);
  RETURN_IF_ERROR(Confirm(tool, whom, options));
  ASSIGN_OR_RETURN(const auto answer, tool.Ask(&api::PrivacyService::Stub::Erase, request));
  std::string circles;
  for (const std::string& circle : answer.circles()) {
    circles += (circles.empty() ? "" : ", ") + Clean(circle);
  }
  return tool.ShowReceipt(answer, answer.receipt(),
                          whom + " is gewist op dit knooppunt; gevraagd aan de leden van " +
                              circles + ". Wie het deed: poolcirkel privacy status.");
}

void AddErase(CLI::App* noun, Tool& tool) {
  CLI::App* verb =
      AddVerb(noun, "erase", "Maak de gegevens van een professional voorgoed onleesbaar, overal",
              "poolcirkel privacy erase reiger --ground verzoek");
  const auto options = std::make_shared<EraseOptions>();
  verb->add_option("professional", options->professional, "Id, of woorden van het pseudoniem")
      ->required();
  verb->add_option("--ground", options->ground, "verzoek, bewaartermijn of vergissing")->required();
  verb->add_flag("--yes", options->yes, "Vraag niet om bevestiging");
  OnChosen(tool, verb, [&tool, options] { return Erase(tool, *options); });
}

void PrintStatus(Tool& tool, const api::PrivacyStatusResponse& answer) {
  if (answer.erasures().empty()) {
    tool.out() << "In deze poolcirkel is nog niemand gewist.\n";
    return;
  }
  for (const auto& erasure : answer.erasures()) {
    tool.out() << "Professional " << ShortId(erasure.professional_id()) << " van "
               << Clean(erasure.home().short_name()) << ", gevraagd op "
               << TimeText(erasure.ordered_at_microseconds()) << " ("
               << GroundText(erasure.ground()) << ")\n";
    Table table({{"lid"}, {"vernietigd op"}, {"laatste reservekopie verloopt"}});
    for (const auto& member : erasure.members()) {
      table.Add({member.member().short_name(),
                 member.destroyed() ? TimeText(member.destroyed_online_at_microseconds())
                                    : "nog niet bevestigd",
                 DateText(member.last_backup_expires_on())});
    }
    table.Print(tool.color(), tool.out());
  }
}

void AddStatus(CLI::App* noun, Tool& tool) {
  CLI::App* verb = AddVerb(noun, "status", "Toon welke leden iemand gewist hebben, en welke niet",
                           "poolcirkel privacy status");
  const auto id = std::make_shared<std::string>();
  verb->add_option("--professional", *id, "Alleen over dit id (UUID)");
  OnChosen(tool, verb, [&tool, id]() -> absl::Status {
    api::PrivacyStatusRequest request;
    ASSIGN_OR_RETURN(*request.mutable_header(), tool.Query());
    request.set_professional_id(*id);
    ASSIGN_OR_RETURN(const auto answer, tool.Ask(&api::PrivacyService::Stub::Status, request));
    return tool.Show(answer, [&] { PrintStatus(tool, answer); });
  });
}

void AddLogVerb(CLI::App* noun, Tool& tool) {
  CLI::App* verb = AddVerb(
      noun, "log", "Toon wie wanneer heeft gezien wie iemand is; een professional ziet zichzelf",
      "poolcirkel privacy log");
  const auto id = std::make_shared<std::string>();
  verb->add_option("--professional", *id, "Alleen over dit id (UUID)");
  OnChosen(tool, verb, [&tool, id] { return ShowDisclosures(tool, *id); });
}

}  // namespace

void AddPrivacy(CLI::App* root, Tool& tool) {
  CLI::App* noun = AddNoun(root, "privacy", "Wissen, en wie wie heeft gezien");
  AddErase(noun, tool);
  AddStatus(noun, tool);
  AddLogVerb(noun, tool);
}

}  // namespace services::cli
