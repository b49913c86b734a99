#include <memory>
#include <string>
#include <vector>

#include "eventstore/base/errors.h"
#include "eventstore/base/file.h"
#include "eventstore/base/id.h"
#include "poolcirkel/api/v1/circle_service.grpc.pb.h"
#include "services/cli/nouns.h"
#include "services/cli/table.h"
#include "services/cli/text.h"

namespace services::cli {
namespace {

namespace api = poolcirkel::api::v1;
namespace base = eventstore::base;
namespace event = poolcirkel::event::v1;

std::string StandText(const api::CircleRow& row) {
  if (row.joining()) return "wacht op toelating";
  return row.suspended() ? "geschorst" : "lid";
}

void AddListVerb(CLI::App* noun, Tool& tool) {
  CLI::App* verb = AddVerb(noun, "list", "Toon de poolcirkels van dit knooppunt",
                           "poolcirkel circle list --profile rotterdam");
  OnChosen(tool, verb, [&tool]() -> absl::Status {
    ASSIGN_OR_RETURN(const auto answer,
                     tool.Ask(&api::CircleService::Stub::List, api::ListCirclesRequest()));
    return tool.Show(answer, [&] {
      using enum Table::Align;
      Table table({{"kort"}, {"naam"}, {"versie", kRight}, {"leden", kRight}, {"stand"}, {"id"}});
      for (const auto& row : answer.circles()) {
        table.Add({row.short_name(), row.name(), std::to_string(row.charter_version()),
                   std::to_string(row.members()), StandText(row), row.circle_id()});
      }
      if (table.empty()) {
        tool.out() << "Dit knooppunt zit nog in geen poolcirkel.\n";
      } else {
        table.Print(tool.color(), tool.out());
      }
    });
  });
}

void PrintMembers(Tool& tool, const event::Charter& charter) {
  Table table({{"kort"}, {"naam"}, {"OIN"}, {"rol"}, {"adres"}, {"tijdvak"}, {"sleutel"}});
  for (const auto& member : charter.members()) {
    constexpr size_t kShownKeyBytes = 8;
    table.Add({member.short_name(), member.name(), member.oin(),
               member.coordinator() ? "coördinator" : "lid",
               member.addresses().empty() ? "" : member.addresses(0),
               member.suspended() ? "geschorst" : std::to_string(member.epoch()),
               base::ToHex(member.log_key().substr(0, kShownKeyBytes)) + "…"});
  }
  table.Print(tool.color(), tool.out());
}

void PrintRules(Tool& tool, const event::CharterRules& rules) {
  constexpr int64_t kSecondsPerHour = 3600;
  Facts facts;
  const auto add = [&](const char* name, int64_t value, const std::string& text) {
    if (value != 0) facts.Add(name, text);
  };
  const auto hours = [](int64_t seconds) {
    return std::to_string(seconds / kSecondsPerHour) + " uur";
  };
  add("bevestigen binnen", rules.confirm_within_seconds(), hours(rules.confirm_within_seconds()));
  add("aannemen binnen", rules.accept_within_seconds(), hours(rules.accept_within_seconds()));
  add("opzegtermijn", rules.notice_days(), std::to_string(rules.notice_days()) + " dagen");
  add("langste termijn", rules.maximum_term_days(),
      std::to_string(rules.maximum_term_days()) + " dagen");
  add("langst in de pool", rules.maximum_pool_months(),
      std::to_string(rules.maximum_pool_months()) + " maanden");
  add("vast tarief", rules.fixed_eurocents_per_hour(),
      "€ " + EuroText(rules.fixed_eurocents_per_hour()) + " per uur");
  std::string consents;
  for (const int consent : rules.required_consents()) {
    consents += (consents.empty() ? "" : ", ") + ConsentText(static_cast<event::Consent>(consent));
  }
  facts.Add("akkoord nodig van", consents);
  add("professionals per lid", rules.minimum_professionals(),
      "minstens " + std::to_string(rules.minimum_professionals()));
  add("opdrachten per lid", rules.minimum_assignments(),
      "minstens " + std::to_string(rules.minimum_assignments()));
  facts.Print(tool.out());
}

void PrintCircle(Tool& tool, const api::ShowCircleResponse& answer) {
  Facts facts;
  facts.Add("poolcirkel", answer.circle().name());
  facts.Add("id", answer.circle().circle_id());
  facts.Add("versie", std::to_string(answer.circle().charter_version()));
  facts.Add("handtekeningen",
            std::to_string(answer.charter().quorum()) + " nodig voor een volgende versie");
  facts.Add("wij zijn", answer.self().name());
  facts.Print(tool.out());
  tool.out() << "\nLeden\n";
  PrintMembers(tool, answer.charter());
  tool.out() << "\nAfspraken\n";
  PrintRules(tool, answer.charter().rules());
  for (const auto& proposal : answer.proposals()) {
    tool.out() << "\nVoorstel voor versie " << proposal.version() << " van "
               << Clean(proposal.proposed_by().short_name()) << ": " << proposal.signed_by_size()
               << " van " << proposal.signatures_needed() << " handtekeningen, "
               << base::ToHex(proposal.charter_digest()) << "\n";
  }
}

void AddShow(CLI::App* noun, Tool& tool) {
  CLI::App* verb = AddVerb(noun, "show", "Toon leden, afspraken en voorstellen",
                           "poolcirkel circle show --circle randstad");
  const auto out = std::make_shared<std::string>();
  verb->add_option("--out", *out,
                   "Schrijf de afspraken, de bytes die getekend zijn, naar dit bestand");
  OnChosen(tool, verb, [&tool, out]() -> absl::Status {
    api::ShowCircleRequest request;
    ASSIGN_OR_RETURN(*request.mutable_circle(), tool.Circle());
    ASSIGN_OR_RETURN(const auto answer, tool.Ask(&api::CircleService::Stub::Show, request));
    if (!out->empty()) RETURN_IF_ERROR(WriteOutput("--out", *out, answer.charter_bytes()));
    return tool.Show(answer, [&] { PrintCircle(tool, answer); });
  });
}

// Writes a message as JSON, to --out or as the answer.
absl::Status Hand(Tool& tool, const google::protobuf::Message& message, const std::string& out,
                  const google::protobuf::Message& answer, const std::string& sentence) {
  ASSIGN_OR_RETURN(const std::string json, ToJson(message));
  if (!out.empty()) RETURN_IF_ERROR(WriteOutput("--out", out, json + "\n"));
  return tool.Show(answer, [&] {
    if (out.empty()) {
      tool.out() << json << "\n";
    } else {
      tool.out() << sentence << out << ".\n";
    }
  });
}

void AddInvite(CLI::App* noun, Tool& tool) {
  CLI::App* verb = AddVerb(noun, "invite", "Schrijf een uitnodiging, om buiten om te geven",
                           "poolcirkel circle invite --circle randstad --out uitnodiging.json");
  const auto out = std::make_shared<std::string>();
  verb->add_option("--out", *out, "Bestand; anders op het scherm");
  OnChosen(tool, verb, [&tool, out]() -> absl::Status {
    api::InviteRequest request;
    ASSIGN_OR_RETURN(*request.mutable_circle(), tool.Circle());
    ASSIGN_OR_RETURN(const auto answer, tool.Ask(&api::CircleService::Stub::Invite, request));
    return Hand(tool, answer.invitation(), *out, answer, "De uitnodiging staat in ");
  });
}

struct JoinOptions {
  std::string invitation;
  std::string short_name;
  std::string out;
};

void AddJoin(CLI::App* noun, Tool& tool) {
  CLI::App* verb = AddVerb(noun, "join", "Vraag toelating tot een poolcirkel",
                           "poolcirkel circle join --invitation uitnodiging.json \\\n"
                           "    --short-name leiden --out aanmelding.json");
  const auto options = std::make_shared<JoinOptions>();
  verb->add_option("--invitation", options->invitation, "Bestand van circle invite")->required();
  verb->add_option("--short-name", options->short_name, "Hoe dit lid in de poolcirkel heet")
      ->required();
  verb->add_option("--out", options->out, "Bestand met de aanmelding; anders op het scherm");
  OnChosen(tool, verb, [&tool, options]() -> absl::Status {
    api::JoinRequest request;
    RETURN_IF_ERROR(ReadRequest(options->invitation, *request.mutable_invitation()));
    request.set_short_name(options->short_name);
    ASSIGN_OR_RETURN(const auto answer, tool.Ask(&api::CircleService::Stub::Join, request));
    return Hand(tool, answer.application(), options->out, answer,
                "Geef dit aan een lid, dat het met 'circle admit' voorstelt: ");
  });
}

struct EntryOptions {
  std::string short_name;
  bool coordinator = false;
  std::string out;
};

void AddEntry(CLI::App* noun, Tool& tool) {
  CLI::App* verb = AddVerb(noun, "entry", "Maak de gegevens van dit lid voor nieuwe afspraken",
                           "poolcirkel circle entry --circle randstad --short-name rotterdam \\\n"
                           "    --out rotterdam.json");
  const auto options = std::make_shared<EntryOptions>();
  verb->add_option("--short-name", options->short_name, "Hoe dit lid in de poolcirkel heet")
      ->required();
  verb->add_flag("--coordinator", options->coordinator, "Dit lid coördineert");
  verb->add_option("--out", options->out, "Bestand; anders op het scherm");
  OnChosen(tool, verb, [&tool, options]() -> absl::Status {
    api::MakeMemberEntryRequest request;
    ASSIGN_OR_RETURN(*request.mutable_circle_short_name(), tool.Circle());
    request.set_short_name(options->short_name);
    request.set_coordinator(options->coordinator);
    ASSIGN_OR_RETURN(const auto answer,
                     tool.Ask(&api::CircleService::Stub::MakeMemberEntry, request));
    return Hand(tool, answer.member(), options->out, answer,
                "De gegevens van dit lid, om buiten om te geven, staan in ");
  });
}

}  // namespace

void AddCircle(CLI::App* root, Tool& tool) {
  CLI::App* noun = AddNoun(root, "circle", "Poolcirkels: oprichten, toetreden, afspraken");
  AddEntry(noun, tool);
  AddCharterVerbs(noun, tool);
  AddEpochVerbs(noun, tool);
  AddInvite(noun, tool);
  AddJoin(noun, tool);
  AddListVerb(noun, tool);
  AddShow(noun, tool);
}

}  // namespace services::cli
