#include <memory>
#include <optional>
#include <string>

#include "eventstore/base/errors.h"
#include "eventstore/base/file.h"
#include "poolcirkel/api/v1/node_service.grpc.pb.h"
#include "services/cli/nouns.h"
#include "services/cli/table.h"
#include "services/cli/text.h"

namespace services::cli {
namespace {

namespace api = poolcirkel::api::v1;
namespace base = eventstore::base;
using enum Table::Align;

constexpr int64_t kMicrosecondsPerMillisecond = 1000;

std::string FeedStateText(api::FeedState state) {
  switch (state) {
    case api::FEED_STATE_CATCHING_UP:
      return "haalt in";
    case api::FEED_STATE_LIVE:
      return "bij";
    case api::FEED_STATE_STALE:
      return "loopt achter";
    case api::FEED_STATE_FROZEN:
      return "BEVROREN";
    case api::FEED_STATE_OWN:
      return "eigen, bevestigd";
    case api::FEED_STATE_OWN_UNCONFIRMED:
      return "eigen, wacht op bevestiging";
    default:
      return "onbekend";
  }
}

void PrintCircle(Tool& tool, const api::NodeStatusResponse::Circle& circle) {
  tool.out() << "\nPoolcirkel " << Clean(circle.short_name()) << ", afspraken versie "
             << circle.charter_version() << "\n";
  Table feeds(
      {{"log van"}, {"stand"}, {"gebeurtenissen", kRight}, {"bekend", kRight}, {"", kLeft, 60}});
  for (const auto& feed : circle.feeds()) {
    feeds.Add({feed.member(), FeedStateText(feed.state()), std::to_string(feed.size()),
               std::to_string(feed.known_size()), feed.detail()});
  }
  feeds.Print(tool.color(), tool.out());
  tool.out() << "\n";
  Table peers({{"lid"}, {"verbinding"}, {"adres"}, {"laatste fout", kLeft, 60}});
  for (const auto& peer : circle.peers()) {
    peers.Add({peer.member(), peer.connected() ? "ja" : "nee", peer.address(), peer.last_error()});
  }
  peers.Print(tool.color(), tool.out());
  tool.out() << "\n";
  Table views({{"overzicht"},
               {"versie", kRight},
               {"achter", kRight},
               {"onbekend", kRight},
               {"vingerafdruk", kLeft, 17}});
  for (const auto& view : circle.views()) {
    views.Add({view.name(), std::to_string(view.version()), std::to_string(view.lag()),
               std::to_string(view.unknown_events()), view.digest()});
  }
  views.Print(tool.color(), tool.out());
}

void AddStatus(CLI::App* noun, Tool& tool) {
  CLI::App* verb = AddVerb(noun, "status", "Toon hoe het knooppunt eraan toe is",
                           "poolcirkel node status --profile rotterdam");
  OnChosen(tool, verb, [&tool]() -> absl::Status {
    ASSIGN_OR_RETURN(const auto answer,
                     tool.Ask(&api::NodeService::Stub::Status, api::NodeStatusRequest()));
    return tool.Show(answer, [&] {
      Facts facts;
      facts.Add("lid", answer.organisation() + " (" + answer.member() + ")");
      facts.Add("dienst", answer.serving() ? "in bedrijf" : "NIET in bedrijf");
      facts.Add("versie", answer.version());
      facts.Add("gestart", TimeText(answer.started_at_microseconds()));
      for (const std::string& problem : answer.problems()) facts.Add("let op", problem);
      facts.Print(tool.out());
      for (const auto& circle : answer.circles()) PrintCircle(tool, circle);
    });
  });
}

void AddOverride(CLI::App* noun, Tool& tool) {
  CLI::App* verb = AddVerb(
      noun, "override-head", "Laat het eigen log schrijven zonder bevestiging van de anderen",
      "poolcirkel node override-head --reason \"alle anderen zijn opgeheven\"");
  const auto reason = std::make_shared<std::string>();
  verb->add_option("--reason", *reason, "Waarom; komt in het log van de poolcirkel")->required();
  OnChosen(tool, verb, [&tool, reason]() -> absl::Status {
    api::OverrideHeadRequest request;
    ASSIGN_OR_RETURN(*request.mutable_circle(), tool.Circle());
    request.set_reason(*reason);
    ASSIGN_OR_RETURN(const auto answer, tool.Ask(&api::NodeService::Stub::OverrideHead, request));
    return tool.Show(answer, [&] { tool.out() << "Het log kan weer geschreven worden.\n"; });
  });
}

void AddRestate(CLI::App* noun, Tool& tool) {
  CLI::App* verb = AddVerb(
      noun, "restate-capacity", "Sta in voor de capaciteit na verlies van het besloten logboek",
      "poolcirkel node restate-capacity --reason \"uren van lopende detacheringen afgetrokken\"");
  const auto reason = std::make_shared<std::string>();
  verb->add_option("--reason", *reason, "Waarom; komt in het log van de poolcirkel")->required();
  OnChosen(tool, verb, [&tool, reason]() -> absl::Status {
    api::RestateCapacityRequest request;
    ASSIGN_OR_RETURN(*request.mutable_circle(), tool.Circle());
    request.set_reason(*reason);
    ASSIGN_OR_RETURN(const auto answer,
                     tool.Ask(&api::NodeService::Stub::RestateCapacity, request));
    return tool.Show(answer, [&] {
      tool.out() << "De capaciteit is opnieuw vastgesteld; bevestigen kan weer, per professional "
                    "in de weken waarvan de capaciteit opnieuw is opgegeven.\n";
    });
  });
}

struct IssueOptions {
  std::string user;
  std::string role;
  std::optional<int> days;
  std::string out;
  bool whole_node = false;
};

absl::Status Issue(Tool& tool, const IssueOptions& options) {
  api::IssueTokenRequest request;
  request.set_user(options.user);
  request.set_role(options.role);
  // A request of 0 days asks for the usual number of them.
  if (options.days.has_value() && *options.days < 1) {
    return base::InvalidField("--days", "ligt tussen 1 en 3650 dagen");
  }
  request.set_valid_days(options.days.value_or(0));
  // The token is told once.
  if (!options.out.empty()) RETURN_IF_ERROR(CheckOutput("--out", options.out));
  if (!options.whole_node) {
    ASSIGN_OR_RETURN(*request.mutable_circle(), tool.Circle());
  }
  ASSIGN_OR_RETURN(const auto answer, tool.Ask(&api::NodeService::Stub::IssueToken, request));
  if (!options.out.empty()) {
    RETURN_IF_ERROR(
        WriteOutput("--out", options.out, answer.token() + "\n", base::FileAccess::kOwnerOnly));
  }
  return tool.Show(answer, [&] {
    tool.out() << "Token van " << Clean(answer.row().user()) << " (" << Clean(answer.row().role())
               << "), id " << Clean(answer.row().token_id()) << "\n";
    if (options.out.empty()) {
      tool.out() << Clean(answer.token()) << "\nDit wordt één keer getoond; bewaar het goed.\n";
    } else {
      tool.out() << "staat in " << options.out << ".\n";
    }
  });
}

void AddIssue(CLI::App* noun, Tool& tool) {
  CLI::App* verb = AddVerb(noun, "issue", "Maak een token voor een gebruiker",
                           "poolcirkel token issue --user a.jansen --role pool_coordinator \\\n"
                           "    --out a.jansen.token");
  const auto options = std::make_shared<IssueOptions>();
  verb->add_option("--user", options->user, "Voor wie")->required();
  verb->add_option("--role", options->role,
                   "professional, pool_coordinator, network_coordinator, auditor of admin")
      ->required();
  verb->add_option("--days", options->days, "Hoeveel dagen geldig (365)");
  verb->add_flag("--whole-node", options->whole_node, "Niet voor één poolcirkel; alleen admin");
  verb->add_option("--out", options->out, "Bestand, alleen leesbaar voor jou");
  OnChosen(tool, verb, [&tool, options] { return Issue(tool, *options); });
}

void AddRevoke(CLI::App* noun, Tool& tool) {
  CLI::App* verb = AddVerb(noun, "revoke", "Trek een token in", "poolcirkel token revoke 1a2b3c4d");
  const auto request = std::make_shared<api::RevokeTokenRequest>();
  verb->add_option("token", *request->mutable_token_id(), "Id van het token")->required();
  OnChosen(tool, verb, [&tool, request]() -> absl::Status {
    ASSIGN_OR_RETURN(const auto answer, tool.Ask(&api::NodeService::Stub::RevokeToken, *request));
    return tool.Show(answer, [&] { tool.out() << "Het token is ingetrokken.\n"; });
  });
}

void AddTokenList(CLI::App* noun, Tool& tool) {
  CLI::App* verb = AddVerb(noun, "list", "Toon wie er een token heeft", "poolcirkel token list");
  OnChosen(tool, verb, [&tool]() -> absl::Status {
    ASSIGN_OR_RETURN(const auto answer,
                     tool.Ask(&api::NodeService::Stub::ListTokens, api::ListTokensRequest()));
    return tool.Show(answer, [&] {
      Table table(
          {{"id"}, {"gebruiker"}, {"rol"}, {"poolcirkel"}, {"gemaakt"}, {"geldig tot"}, {"stand"}});
      for (const auto& row : answer.tokens()) {
        table.Add({row.token_id(), row.user(), row.role(), row.circle(),
                   TimeText(row.created_at_milliseconds() * kMicrosecondsPerMillisecond),
                   TimeText(row.expires_at_milliseconds() * kMicrosecondsPerMillisecond),
                   row.revoked() ? "ingetrokken" : ""});
      }
      table.Print(tool.color(), tool.out());
    });
  });
}

}  // namespace

void AddNode(CLI::App* root, Tool& tool) {
  CLI::App* node = AddNoun(root, "node", "Het knooppunt");
  AddStatus(node, tool);
  AddOverride(node, tool);
  AddBackup(node, tool);
  AddRestate(node, tool);
  CLI::App* token = AddNoun(root, "token", "Wie dit knooppunt mag gebruiken");
  AddIssue(token, tool);
  AddRevoke(token, tool);
  AddTokenList(token, tool);
}

}  // namespace services::cli
