#include <memory>
#include <string>
#include <vector>

#include "eventstore/base/errors.h"
#include "poolcirkel/api/v1/professional_service.grpc.pb.h"
#include "services/cli/disclosure_list.h"
#include "services/cli/input.h"
#include "services/cli/lookup.h"
#include "services/cli/nouns.h"
#include "services/cli/table.h"
#include "services/cli/text.h"

namespace services::cli {
namespace {

namespace api = poolcirkel::api::v1;
namespace event = poolcirkel::event::v1;

struct RegisterOptions {
  std::string from;
  std::string name;
  std::string email;
  std::string telephone;
  std::string pseudonym;
  std::string role;
  std::string occupation;
  std::string level;
  std::vector<std::string> skills;
  std::string place;
  int distance = -1;
  std::string summary;
  std::vector<std::string> weeks;
};

absl::Status FillProfile(Tool& tool, const RegisterOptions& options, event::Profile& profile) {
  if (!options.pseudonym.empty()) profile.set_pseudonym(options.pseudonym);
  if (!options.role.empty()) profile.set_role(Lower(options.role));
  if (!options.summary.empty()) profile.set_summary(options.summary);
  if (!options.occupation.empty()) *profile.mutable_occupation() = ReadConcept(options.occupation);
  if (!options.level.empty()) {
    ASSIGN_OR_RETURN(const event::Level level, ReadLevel("--level", options.level));
    profile.set_level(level);
  }
  for (const std::string& skill : options.skills) *profile.add_skills() = ReadConcept(skill);
  if (!options.place.empty()) {
    ASSIGN_OR_RETURN(*profile.mutable_location(), FindLocation(tool, "--place", options.place));
  }
  if (options.distance >= 0) profile.set_maximum_distance_kilometres(options.distance);
  return absl::OkStatus();
}

absl::Status Register(Tool& tool, const RegisterOptions& options) {
  api::RegisterProfessionalRequest request;
  RETURN_IF_ERROR(ReadRequest(options.from, request));
  ASSIGN_OR_RETURN(*request.mutable_header(), tool.Command());
  if (!options.name.empty()) request.mutable_identity()->set_name(options.name);
  if (!options.email.empty()) request.mutable_identity()->set_email(options.email);
  if (!options.telephone.empty()) request.mutable_identity()->set_telephone(options.telephone);
  RETURN_IF_ERROR(FillProfile(tool, options, *request.mutable_profile()));
  ASSIGN_OR_RETURN(const auto weeks, ReadWeeks("--week", options.weeks));
  for (const auto& week : weeks) *request.add_capacity() = week;
  ASSIGN_OR_RETURN(const auto answer, tool.Ask(&api::ProfessionalService::Stub::Register, request));
  return tool.ShowReceipt(
      answer, answer.receipt(),
      request.profile().pseudonym() + " is aangemeld; de naam blijft bij dit knooppunt.");
}

void AddRegister(CLI::App* noun, Tool& tool) {
  CLI::App* verb = AddVerb(
      noun, "register", "Meld een professional van dit lid aan in de poolcirkel",
      "poolcirkel professional register --name \"…\" --email \"…\" --pseudonym \"reiger\" \\\n"
      "    --role interim-manager --level tactisch --place zuid-holland --distance 40 \\\n"
      "    --skill \"een team leiden\" --week 2026-W49..2027-W20=36u");
  const auto options = std::make_shared<RegisterOptions>();
  verb->add_option("--name", options->name, "Naam; komt nooit in het log van de poolcirkel");
  verb->add_option("--email", options->email, "E-mailadres; idem");
  verb->add_option("--telephone", options->telephone, "Telefoonnummer; idem");
  verb->add_option("--pseudonym", options->pseudonym, "Naam die de poolcirkel ziet");
  verb->add_option("--role", options->role, "Rol, bijvoorbeeld interim-manager");
  verb->add_option("--occupation", options->occupation, "Beroep: naam, URI of naam=URI");
  verb->add_option("--level", options->level, "strategisch, tactisch of operationeel");
  AddList(verb, "--skill", options->skills, "Vaardigheid: naam, URI of naam=URI; mag vaker");
  verb->add_option("--place", options->place, "Kort lid (rotterdam) of plaats@breedte,lengte");
  verb->add_option("--distance", options->distance, "Reist ten hoogste zoveel km; 0: overal");
  verb->add_option("--summary", options->summary, "Korte omschrijving");
  AddList(verb, "--week", options->weeks, "Uren: 2026-W49=24u of 2026-W49..2027-W08=24u; vaker");
  verb->add_option("--from", options->from, "Bestand met het verzoek als JSON");
  OnChosen(tool, verb, [&tool, options] { return Register(tool, *options); });
}

void PrintOwn(Tool& tool, const api::ListOwnProfessionalsResponse& answer) {
  if (answer.professionals().empty()) {
    tool.out() << "Dit lid heeft nog geen professionals in deze poolcirkel.\n";
    return;
  }
  using enum Table::Align;
  Table table({{"id"},
               {"pseudoniem", kLeft, 32},
               {"rol", kLeft, 22},
               {"niveau"},
               {"plaats", kLeft, 20},
               {"weken", kRight},
               {"uur", kRight},
               {"uur toegezegd", kRight},
               {"uur vrij", kRight}});
  for (const auto& row : answer.professionals()) {
    int64_t capacity = 0;
    int64_t reserved = 0;
    for (const auto& week : row.weeks()) {
      capacity += week.capacity_minutes();
      reserved += week.reserved_minutes();
    }
    table.Add({ShortId(row.professional_id()), row.profile().pseudonym(), row.profile().role(),
               LevelText(row.profile().level()), row.profile().location().name(),
               std::to_string(row.weeks_size()), HoursText(capacity), HoursText(reserved),
               HoursText(capacity - reserved)});
  }
  table.Print(tool.color(), tool.out());
}

void PrintLedger(Tool& tool, const api::OwnProfessionalRow& row) {
  Facts facts;
  facts.Add("pseudoniem", row.profile().pseudonym());
  facts.Add("id", row.professional_id());
  facts.Add("naam", row.identity().name());
  facts.Add("e-mail", row.identity().email());
  facts.Add("telefoon", row.identity().telephone());
  facts.Add("rol", row.profile().role());
  facts.Add("niveau", LevelText(row.profile().level()));
  facts.Add("vaardigheden", ConceptsText(row.profile().skills()));
  facts.Print(tool.out());
  tool.out() << "\n";
  using enum Table::Align;
  Table table({{"week"},
               {"uur", kRight},
               {"uur toegezegd", kRight},
               {"uur vrij", kRight},
               {"uitwisselingen"}});
  for (const auto& week : row.weeks()) {
    std::string exchanges;
    for (const std::string& id : week.exchange_ids()) {
      exchanges += (exchanges.empty() ? "" : ", ") + ShortId(id);
    }
    table.Add({std::to_string(week.iso_year()) + "-W" + (week.iso_week() < 10 ? "0" : "") +
                   std::to_string(week.iso_week()),
               HoursText(week.capacity_minutes()), HoursText(week.reserved_minutes()),
               HoursText(week.capacity_minutes() - week.reserved_minutes()), exchanges});
  }
  table.Print(tool.color(), tool.out());
}

void AddListVerb(CLI::App* noun, Tool& tool) {
  CLI::App* verb = AddVerb(noun, "list", "Toon de professionals van dit lid, met hun uren",
                           "poolcirkel professional list --professional zuid-holland-01");
  const auto text = std::make_shared<std::string>();
  verb->add_option("--professional", *text, "Alleen deze, met de uren per week");
  OnChosen(tool, verb, [&tool, text]() -> absl::Status {
    api::ListOwnProfessionalsRequest request;
    ASSIGN_OR_RETURN(*request.mutable_header(), tool.Query());
    ASSIGN_OR_RETURN(const auto answer,
                     tool.Ask(&api::ProfessionalService::Stub::ListOwn, request));
    if (text->empty()) return tool.Show(answer, [&] { PrintOwn(tool, answer); });
    ASSIGN_OR_RETURN(const std::string id, FindOwnProfessional(tool, *text));
    for (const auto& row : answer.professionals()) {
      if (row.professional_id() == id) return tool.Show(row, [&] { PrintLedger(tool, row); });
    }
    return Pick("--professional", "professional", *text, {}).status();
  });
}

void AddCapacity(CLI::App* noun, Tool& tool) {
  CLI::App* verb =
      AddVerb(noun, "capacity", "Geef op hoeveel uur een professional uitgeleend kan worden",
              "poolcirkel professional capacity zuid-holland-01 --week 2026-W49..2027-W08=24u");
  const auto text = std::make_shared<std::string>();
  const auto weeks = std::make_shared<std::vector<std::string>>();
  verb->add_option("professional", *text, "Id, of woorden van het pseudoniem")->required();
  AddList(verb, "--week", *weeks, "2026-W49=24u of 2026-W49..2027-W08=24u; mag vaker")->required();
  OnChosen(tool, verb, [&tool, text, weeks]() -> absl::Status {
    api::StateCapacityRequest request;
    ASSIGN_OR_RETURN(*request.mutable_header(), tool.Command());
    ASSIGN_OR_RETURN(const auto stated, ReadWeeks("--week", *weeks));
    for (const auto& week : stated) *request.add_weeks() = week;
    ASSIGN_OR_RETURN(*request.mutable_professional_id(), FindOwnProfessional(tool, *text));
    ASSIGN_OR_RETURN(const auto answer,
                     tool.Ask(&api::ProfessionalService::Stub::StateCapacity, request));
    return tool.ShowReceipt(answer, answer.receipt(),
                            "Opgegeven: " + WeeksText(request.weeks()) + ".");
  });
}

void AddOpen(CLI::App* noun, Tool& tool) {
  CLI::App* verb = AddVerb(noun, "open", "Laat één lid weten wie een professional is",
                           "poolcirkel professional open zuid-holland-01 --to rotterdam");
  const auto request = std::make_shared<api::OpenIdentityRequest>();
  verb->add_option("professional", *request->mutable_professional_id(),
                   "Id, of woorden van het pseudoniem")
      ->required();
  verb->add_option("--to", *request->mutable_member(), "Korte naam van het lid")->required();
  OnChosen(tool, verb, [&tool, request]() -> absl::Status {
    api::OpenIdentityRequest whole = *request;
    ASSIGN_OR_RETURN(*whole.mutable_header(), tool.Command());
    ASSIGN_OR_RETURN(*whole.mutable_professional_id(),
                     FindOwnProfessional(tool, request->professional_id()));
    ASSIGN_OR_RETURN(const auto answer,
                     tool.Ask(&api::ProfessionalService::Stub::OpenIdentity, whole));
    return tool.ShowReceipt(answer, answer.receipt(),
                            "Open voor " + whole.member() + "; elke vraag wordt vastgelegd.");
  });
}

struct DiscloseOptions {
  std::string professional;
  std::string exchange;
  std::string purpose;
};

absl::Status Disclose(Tool& tool, const DiscloseOptions& options) {
  api::DiscloseProfessionalRequest request;
  ASSIGN_OR_RETURN(*request.mutable_header(), tool.Query());
  request.set_purpose(options.purpose);
  if (options.professional.empty() == options.exchange.empty()) {
    return eventstore::base::InvalidField("--professional", "geef --professional of --exchange");
  }
  if (!options.professional.empty()) {
    ASSIGN_OR_RETURN(*request.mutable_professional_id(),
                     FindProfessional(tool, options.professional));
  } else {
    ASSIGN_OR_RETURN(*request.mutable_exchange_id(), FindExchange(tool, options.exchange));
  }
  ASSIGN_OR_RETURN(const auto answer, tool.Ask(&api::ProfessionalService::Stub::Disclose, request));
  return tool.Show(answer, [&] {
    Facts facts;
    facts.Add("naam", answer.identity().name());
    facts.Add("e-mail", answer.identity().email());
    facts.Add("telefoon", answer.identity().telephone());
    facts.Add("lid", answer.home().name());
    facts.Add("controle", answer.commitment_verified()
                              ? "past bij wat eerder in het log is vastgelegd"
                              : "PAST NIET bij wat in het log is vastgelegd");
    facts.Print(tool.out());
    tool.out() << "Deze vraag en het antwoord staan in het toegangslog van "
               << Clean(answer.home().short_name()) << ".\n";
  });
}

void AddDisclose(CLI::App* noun, Tool& tool) {
  CLI::App* verb =
      AddVerb(noun, "disclose", "Vraag het eigen lid van iemand wie het is",
              "poolcirkel professional disclose --exchange 1a2b3c4d --purpose kennismaking");
  const auto options = std::make_shared<DiscloseOptions>();
  verb->add_option("--professional", options->professional, "Id, of woorden van het pseudoniem");
  verb->add_option("--exchange", options->exchange, "Id van de uitwisseling");
  verb->add_option("--purpose", options->purpose, "Waarom, 3 tot 200 bytes")->required();
  OnChosen(tool, verb, [&tool, options] { return Disclose(tool, *options); });
}

void AddDisclosures(CLI::App* noun, Tool& tool) {
  CLI::App* verb =
      AddVerb(noun, "disclosures", "Toon aan wie verteld is wie de eigen professionals zijn",
              "poolcirkel professional disclosures");
  const auto text = std::make_shared<std::string>();
  verb->add_option("--professional", *text, "Alleen over deze");
  OnChosen(tool, verb, [&tool, text]() -> absl::Status {
    if (text->empty()) return ShowDisclosures(tool, "");
    ASSIGN_OR_RETURN(const std::string id, FindOwnProfessional(tool, *text));
    return ShowDisclosures(tool, id);
  });
}

}  // namespace

void AddProfessional(CLI::App* root, Tool& tool) {
  CLI::App* noun = AddNoun(root, "professional", "Professionals van dit lid, en wie ze zijn");
  AddRegister(noun, tool);
  AddListVerb(noun, tool);
  AddCapacity(noun, tool);
  AddOpen(noun, tool);
  AddDisclose(noun, tool);
  AddDisclosures(noun, tool);
}

}  // namespace services::cli
