#include <memory>
#include <string>
#include <vector>

#include "eventstore/base/errors.h"
#include "poolcirkel/api/v1/professional_service.grpc.pb.h"
#include "services/cli/input.h"
#include "services/cli/lookup.h"
#include "services/cli/nouns.h"
#include "services/cli/table.h"
#include "services/cli/text.h"

namespace services::cli {
namespace {

namespace api = poolcirkel::api::v1;
namespace event = poolcirkel::event::v1;

struct SearchOptions {
  std::string from;
  std::string assignment;
  std::string role;
  std::string level;
  std::vector<std::string> skills;
  std::string hours;
  std::string start;
  std::string end;
  std::string near;
  int distance = 0;
  bool others = false;
  bool why = false;
  int limit = 0;
};

absl::Status Fill(Tool& tool, const SearchOptions& options,
                  api::SearchProfessionalsRequest& request) {
  RETURN_IF_ERROR(ReadRequest(options.from, request));
  ASSIGN_OR_RETURN(*request.mutable_header(), tool.Query());
  if (!options.assignment.empty()) {
    ASSIGN_OR_RETURN(*request.mutable_assignment_id(), FindAssignment(tool, options.assignment));
  }
  if (!options.role.empty()) request.set_role(Lower(options.role));
  if (!options.level.empty()) {
    ASSIGN_OR_RETURN(const event::Level level, ReadLevel("--level", options.level));
    request.set_level(level);
  }
  for (const std::string& skill : options.skills) request.add_skills(skill);
  if (!options.hours.empty()) {
    ASSIGN_OR_RETURN(const int32_t minutes, ReadHours("--hours", options.hours));
    request.set_minimum_minutes_per_week(minutes);
  }
  if (!options.start.empty()) {
    ASSIGN_OR_RETURN(*request.mutable_start_date(), ReadDate("--start", options.start));
  }
  if (!options.end.empty()) {
    ASSIGN_OR_RETURN(*request.mutable_end_date(), ReadDate("--end", options.end));
  }
  if (!options.near.empty()) {
    ASSIGN_OR_RETURN(*request.mutable_near(), FindLocation(tool, "--near", options.near));
  }
  if (options.distance != 0) request.set_maximum_distance_kilometres(options.distance);
  if (options.others) request.set_others_only(true);
  if (options.limit != 0) request.set_limit(options.limit);
  return absl::OkStatus();
}

void PrintHits(Tool& tool, const api::SearchProfessionalsResponse& answer, bool why) {
  if (answer.hits().empty()) {
    tool.out() << "Niemand past. Probeer minder uren, een grotere afstand of een andere rol.\n";
  } else {
    using enum Table::Align;
    Table table({{"id"},
                 {"pseudoniem", kLeft, 32},
                 {"lid"},
                 {"rol", kLeft, 22},
                 {"niveau"},
                 {"uur/week vrij", kRight},
                 {"km", kRight},
                 {"past", kRight}});
    for (const auto& hit : answer.hits()) {
      table.Add({ShortId(hit.professional_id()), hit.profile().pseudonym(), hit.home().short_name(),
                 hit.profile().role(), LevelText(hit.profile().level()),
                 HoursText(hit.least_free_minutes()), KilometresText(hit.distance_kilometres()),
                 std::to_string(hit.score())});
    }
    table.Print(tool.color(), tool.out());
    for (const auto& hit : answer.hits()) {
      if (!why && answer.hits_size() > 1) break;
      tool.out() << "\nWaarom " << Clean(hit.profile().pseudonym()) << ":\n";
      for (const auto& reason : hit.reasons()) {
        tool.out() << (reason.met() ? "  + " : "  - ") << Clean(reason.criterion()) << ": "
                   << Clean(reason.explanation()) << "\n";
      }
    }
    tool.out() << "\n" << answer.hits_size() << " van " << answer.total() << " getoond.\n";
  }
  if (answer.unreadable() > 0) {
    tool.out() << "Van " << answer.unreadable()
               << " professionals is het profiel hier nog niet te lezen.\n";
  }
}

}  // namespace

void AddSearch(CLI::App* root, Tool& tool) {
  CLI::App* noun = AddNoun(root, "search", "Zoeken wie er beschikbaar is, bij alle leden");
  CLI::App* verb = AddVerb(noun, "professionals", "Zoek wie er past en vrij is, bij alle leden",
                           "poolcirkel search professionals --role interim-manager --hours 24 \\\n"
                           "    --start 14-12-2026 --end 14-3-2027 --near rotterdam --distance 40");
  const auto options = std::make_shared<SearchOptions>();
  verb->add_option("--assignment", options->assignment,
                   "Neem rol, niveau, termijn, uren en plaats van deze opdracht");
  verb->add_option("--role", options->role, "Rol, bijvoorbeeld interim-manager");
  verb->add_option("--level", options->level, "strategisch, tactisch of operationeel");
  AddList(verb, "--skill", options->skills, "Vaardigheid, naam of URI; alle zijn nodig");
  verb->add_option("--hours", options->hours, "Minstens zoveel uur in elke week: 24 of 24u");
  verb->add_option("--start", options->start, "Eerste dag");
  verb->add_option("--end", options->end, "Laatste dag");
  verb->add_option("--near", options->near, "Kort lid (rotterdam) of plaats@breedte,lengte");
  verb->add_option("--distance", options->distance, "Binnen zoveel km van --near");
  verb->add_flag("--others", options->others, "Niet de eigen mensen");
  verb->add_flag("--why", options->why, "Toon bij ieder per criterium waarom");
  verb->add_option("--limit", options->limit, "Hoeveel er getoond worden (20)");
  verb->add_option("--from", options->from, "Bestand met het verzoek als JSON");
  OnChosen(tool, verb, [&tool, options]() -> absl::Status {
    api::SearchProfessionalsRequest request;
    RETURN_IF_ERROR(Fill(tool, *options, request));
    ASSIGN_OR_RETURN(const auto answer, tool.Ask(&api::ProfessionalService::Stub::Search, request));
    return tool.Show(answer, [&] { PrintHits(tool, answer, options->why); });
  });
}

}  // namespace services::cli
