#include <memory>
#include <string>
#include <vector>

#include "eventstore/base/errors.h"
#include "poolcirkel/api/v1/assignment_service.grpc.pb.h"
#include "services/cli/input.h"
#include "services/cli/lookup.h"
#include "services/cli/nouns.h"
#include "services/cli/table.h"
#include "services/cli/text.h"

namespace services::cli {
namespace {

namespace api = poolcirkel::api::v1;
namespace base = eventstore::base;
namespace event = poolcirkel::event::v1;

struct PublishOptions {
  std::string from;
  std::string title;
  std::string description;
  std::string role;
  std::string level;
  std::vector<std::string> skills;
  std::string place;
  std::string start;
  std::string end;
  std::string hours;
  int seats = 0;
  std::string rate;
  std::string tariff = "uurtarief";
  std::string client;
};

// Sets what was given; the rest comes from --from.
absl::Status Fill(Tool& tool, const PublishOptions& options, event::AssignmentPublished& to) {
  if (!options.title.empty()) to.set_title(options.title);
  if (!options.description.empty()) to.set_description(options.description);
  if (!options.role.empty()) to.set_role(Lower(options.role));
  if (!options.client.empty()) to.set_client(options.client);
  if (!options.level.empty()) {
    ASSIGN_OR_RETURN(const event::Level level, ReadLevel("--level", options.level));
    to.set_level(level);
  }
  for (const std::string& skill : options.skills) *to.add_skills() = ReadConcept(skill);
  if (!options.place.empty()) {
    ASSIGN_OR_RETURN(*to.mutable_location(), FindLocation(tool, "--place", options.place));
  }
  if (!options.start.empty()) {
    ASSIGN_OR_RETURN(*to.mutable_start_date(), ReadDate("--start", options.start));
  }
  if (!options.end.empty()) {
    ASSIGN_OR_RETURN(*to.mutable_end_date(), ReadDate("--end", options.end));
  }
  if (!options.hours.empty()) {
    ASSIGN_OR_RETURN(const int32_t minutes, ReadHours("--hours", options.hours));
    to.set_minutes_per_week(minutes);
  }
  if (options.seats != 0) to.set_seats(options.seats);
  if (to.seats() == 0) to.set_seats(1);
  if (!options.rate.empty() || !to.has_tariff()) {
    ASSIGN_OR_RETURN(const auto kind, ReadTariffKind("--tariff", options.tariff));
    to.mutable_tariff()->set_kind(kind);
  }
  if (!options.rate.empty()) {
    ASSIGN_OR_RETURN(const int64_t eurocents, ReadEuro("--rate", options.rate));
    to.mutable_tariff()->set_eurocents_per_hour(eurocents);
  }
  return absl::OkStatus();
}

absl::Status Publish(Tool& tool, const PublishOptions& options) {
  api::PublishAssignmentRequest request;
  RETURN_IF_ERROR(ReadRequest(options.from, request));
  ASSIGN_OR_RETURN(*request.mutable_header(), tool.Command());
  RETURN_IF_ERROR(Fill(tool, options, *request.mutable_assignment()));
  ASSIGN_OR_RETURN(const auto answer, tool.Ask(&api::AssignmentService::Stub::Publish, request));
  return tool.ShowReceipt(answer, answer.receipt(),
                          "Opdracht '" + request.assignment().title() + "' staat open in " +
                              request.header().circle() + ".");
}

void AddPublish(CLI::App* noun, Tool& tool) {
  CLI::App* verb =
      AddVerb(noun, "publish", "Zet een opdracht open in de poolcirkel",
              "poolcirkel assignment publish --title \"Interim teammanager facilitair\" \\\n"
              "    --role interim-manager --level tactisch --place rotterdam \\\n"
              "    --start 14-12-2026 --end 14-3-2027 --hours 36u --rate 92,50");
  const auto options = std::make_shared<PublishOptions>();
  verb->add_option("--title", options->title, "Titel, ten hoogste 200 bytes");
  verb->add_option("--description", options->description, "Wat er gedaan moet worden");
  verb->add_option("--role", options->role, "Rol, bijvoorbeeld interim-manager");
  verb->add_option("--level", options->level, "strategisch, tactisch of operationeel");
  AddList(verb, "--skill", options->skills, "Vaardigheid: naam, URI of naam=URI; mag vaker");
  verb->add_option("--place", options->place, "Kort lid (rotterdam) of plaats@breedte,lengte");
  verb->add_option("--start", options->start, "Eerste dag: 2026-12-14 of 14-12-2026");
  verb->add_option("--end", options->end, "Laatste dag");
  verb->add_option("--hours", options->hours, "Uren per week: 24 of 24u of 24,5");
  verb->add_option("--seats", options->seats, "Hoeveel mensen (1)");
  verb->add_option("--rate", options->rate, "Euro per uur: 92,50");
  verb->add_option("--tariff", options->tariff,
                   "uurtarief, jaartabel, kostenplaats, factuur, strippen of pro-bono");
  verb->add_option("--client", options->client, "Opdrachtgever: een afdeling, geen persoon");
  verb->add_option("--from", options->from, "Bestand met het verzoek als JSON");
  OnChosen(tool, verb, [&tool, options] { return Publish(tool, *options); });
}

void AddWithdraw(CLI::App* noun, Tool& tool) {
  CLI::App* verb = AddVerb(noun, "withdraw", "Trek een openstaande opdracht in",
                           "poolcirkel assignment withdraw 1a2b3c4d --reason \"budget vervallen\"");
  const auto request = std::make_shared<api::WithdrawAssignmentRequest>();
  verb->add_option("opdracht", *request->mutable_assignment_id(), "Id, of begin van de titel")
      ->required();
  verb->add_option("--reason", *request->mutable_reason(), "Waarom")->required();
  OnChosen(tool, verb, [&tool, request]() -> absl::Status {
    api::WithdrawAssignmentRequest whole = *request;
    ASSIGN_OR_RETURN(*whole.mutable_header(), tool.Command());
    ASSIGN_OR_RETURN(*whole.mutable_assignment_id(),
                     FindAssignment(tool, request->assignment_id()));
    ASSIGN_OR_RETURN(const auto answer, tool.Ask(&api::AssignmentService::Stub::Withdraw, whole));
    return tool.ShowReceipt(answer, answer.receipt(), "De opdracht is ingetrokken.");
  });
}

std::string StatusText(api::AssignmentStatus status) {
  switch (status) {
    case api::ASSIGNMENT_STATUS_OPEN:
      return "open";
    case api::ASSIGNMENT_STATUS_FILLED:
      return "vervuld";
    case api::ASSIGNMENT_STATUS_WITHDRAWN:
      return "ingetrokken";
    default:
      return "";
  }
}

void PrintList(Tool& tool, const api::ListAssignmentsResponse& answer) {
  if (answer.assignments().empty()) {
    tool.out() << "Geen opdrachten.\n";
    return;
  }
  using enum Table::Align;
  Table table({{"id"},
               {"lid"},
               {"titel", kLeft, 44},
               {"rol", kLeft, 20},
               {"van"},
               {"t/m"},
               {"uur/week", kRight},
               {"plaatsen vrij", kRight},
               {"€/uur", kRight},
               {"stand"}});
  for (const auto& row : answer.assignments()) {
    const auto& published = row.assignment();
    table.Add({ShortId(row.assignment_id()), row.host().short_name(), published.title(),
               published.role(), DateText(published.start_date()), DateText(published.end_date()),
               HoursText(published.minutes_per_week()),
               std::to_string(row.seats_free()) + "/" + std::to_string(published.seats()),
               EuroText(published.tariff().eurocents_per_hour()), StatusText(row.status())});
  }
  table.Print(tool.color(), tool.out());
}

struct ListOptions {
  bool all = false;
  std::string member;
  std::vector<std::string> statuses;
};

absl::Status List(Tool& tool, const ListOptions& options) {
  api::ListAssignmentsRequest request;
  ASSIGN_OR_RETURN(*request.mutable_header(), tool.Query());
  request.set_member(options.member);
  for (const auto status : {api::ASSIGNMENT_STATUS_OPEN, api::ASSIGNMENT_STATUS_FILLED,
                            api::ASSIGNMENT_STATUS_WITHDRAWN}) {
    bool asked = options.all;
    for (const std::string& text : options.statuses) asked |= Lower(text) == StatusText(status);
    if (asked) request.add_statuses(status);
  }
  if (!options.statuses.empty() && request.statuses().empty()) {
    return base::InvalidField("--status", "open, vervuld of ingetrokken");
  }
  ASSIGN_OR_RETURN(const auto answer, tool.Ask(&api::AssignmentService::Stub::List, request));
  return tool.Show(answer, [&] { PrintList(tool, answer); });
}

void AddListVerb(CLI::App* noun, Tool& tool) {
  CLI::App* verb = AddVerb(noun, "list", "Toon de opdrachten van alle leden",
                           "poolcirkel assignment list --member rotterdam");
  const auto options = std::make_shared<ListOptions>();
  verb->add_flag("--all", options->all, "Ook vervulde en ingetrokken opdrachten");
  verb->add_option("--member", options->member, "Alleen van dit lid");
  AddList(verb, "--status", options->statuses, "open, vervuld of ingetrokken; mag vaker");
  OnChosen(tool, verb, [&tool, options] { return List(tool, *options); });
}

void PrintOne(Tool& tool, const api::AssignmentRow& row) {
  const auto& published = row.assignment();
  Facts facts;
  facts.Add("opdracht", published.title());
  facts.Add("id", row.assignment_id());
  facts.Add("lid", row.host().name());
  facts.Add("opdrachtgever", published.client());
  facts.Add("stand", StatusText(row.status()));
  facts.Add("reden", row.withdrawn_reason());
  facts.Add("rol", published.role());
  facts.Add("niveau", LevelText(published.level()));
  facts.Add("vaardigheden", ConceptsText(published.skills()));
  facts.Add("plaats", published.location().name());
  facts.Add("termijn", DateText(published.start_date()) + " t/m " + DateText(published.end_date()));
  facts.Add("uur per week", HoursText(published.minutes_per_week()));
  facts.Add("tarief", TariffText(published.tariff()));
  facts.Add("plaatsen", std::to_string(row.seats_free()) + " vrij, " +
                            std::to_string(row.seats_held()) + " vastgehouden, " +
                            std::to_string(row.seats_filled()) + " vervuld");
  facts.Add("gepubliceerd", TimeText(row.published_at_microseconds()));
  facts.Add("revisie", std::to_string(row.revision()));
  facts.Print(tool.out());
  if (!published.description().empty())
    tool.out() << "\n" << Clean(published.description()) << "\n";
}

void AddShow(CLI::App* noun, Tool& tool) {
  CLI::App* verb = AddVerb(noun, "show", "Toon alles van één opdracht",
                           "poolcirkel assignment show \"Interim teammanager\"");
  const auto text = std::make_shared<std::string>();
  verb->add_option("opdracht", *text, "Id, of begin van de titel")->required();
  OnChosen(tool, verb, [&tool, text]() -> absl::Status {
    api::ListAssignmentsRequest request;
    ASSIGN_OR_RETURN(*request.mutable_header(), tool.Query());
    ASSIGN_OR_RETURN(*request.mutable_assignment_id(), FindAssignment(tool, *text));
    ASSIGN_OR_RETURN(const auto answer, tool.Ask(&api::AssignmentService::Stub::List, request));
    if (answer.assignments().empty()) return Pick("opdracht", "opdracht", *text, {}).status();
    return tool.Show(answer, [&] { PrintOne(tool, answer.assignments(0)); });
  });
}

}  // namespace

void AddAssignment(CLI::App* root, Tool& tool) {
  CLI::App* noun = AddNoun(root, "assignment", "Opdrachten: openzetten, intrekken, bekijken");
  AddPublish(noun, tool);
  AddWithdraw(noun, tool);
  AddListVerb(noun, tool);
  AddShow(noun, tool);
}

}  // namespace services::cli
