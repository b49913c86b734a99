#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "eventstore/base/errors.h"
#include "services/cli/nouns.h"
#include "services/cli/profiles.h"
#include "services/cli/table.h"

namespace services::cli {
namespace {

namespace base = eventstore::base;

// Only letters, digits, dash, dot and underscore: names stand in completion scripts.
bool IsName(const std::string& name) {
  return !name.empty() && name.size() <= 60 &&
         name.find_first_not_of(
             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._") ==
             std::string::npos;
}

void PrintProfiles(Tool& tool, const std::map<std::string, Profile>& profiles) {
  if (tool.globals.json) {
    tool.out() << R"({"profiles":[)";
    bool first = true;
    for (const auto& [name, profile] : profiles) {
      tool.out() << (first ? "" : ",") << R"({"name":)" << JsonString(name) << R"(,"address":)"
                 << JsonString(profile.address) << R"(,"certificate":)"
                 << JsonString(profile.certificate) << R"(,"token_file":)"
                 << JsonString(profile.token_file) << R"(,"circle":)" << JsonString(profile.circle)
                 << "}";
      first = false;
    }
    tool.out() << "]}\n";
    return;
  }
  Table table({{"profiel"}, {"adres"}, {"poolcirkel"}, {"certificaat"}, {"token"}});
  for (const auto& [name, profile] : profiles) {
    table.Add({name, profile.address, profile.circle, profile.certificate, profile.token_file});
  }
  if (table.empty()) {
    tool.out() << "Er zijn nog geen profielen in " << tool.ProfilesFile() << ".\n";
  } else {
    table.Print(tool.color(), tool.out());
  }
}

void AddListVerb(CLI::App* noun, Tool& tool) {
  CLI::App* verb = AddVerb(noun, "list", "Toon de profielen", "poolcirkel profile list");
  const auto names = std::make_shared<bool>(false);
  verb->add_flag("--names", *names, "Alleen de namen, een per regel");
  OnChosen(tool, verb, [&tool, names]() -> absl::Status {
    ASSIGN_OR_RETURN(const auto profiles, ReadProfiles(tool.ProfilesFile()));
    if (!*names) {
      PrintProfiles(tool, profiles);
      return absl::OkStatus();
    }
    for (const auto& entry : profiles) tool.out() << entry.first << "\n";
    return absl::OkStatus();
  });
}

// Profiles are used from any folder.
std::string WholePath(const std::string& path) {
  if (path.empty()) return path;
  return std::filesystem::absolute(path).lexically_normal().string();
}

void AddAdd(CLI::App* noun, Tool& tool) {
  CLI::App* verb = AddVerb(noun, "add", "Bewaar onder een naam met welk knooppunt je werkt",
                           "poolcirkel profile add rotterdam --address 127.0.0.1:7101 \\\n"
                           "    --certificate api.crt.pem --token-file token --circle randstad");
  const auto name = std::make_shared<std::string>();
  const auto circle_id = std::make_shared<std::string>();
  verb->add_option("naam", *name, "Naam van het profiel")->required();
  verb->add_option("--circle-id", *circle_id, "Id van de poolcirkel waaraan bewijs getoetst wordt");
  OnChosen(tool, verb, [&tool, name, circle_id]() -> absl::Status {
    if (!IsName(*name)) return base::InvalidField("naam", "letters, cijfers en - . _, tot 60");
    const Globals& globals = tool.globals;
    if (globals.address.empty()) return base::InvalidField("--address", "is nodig");
    ASSIGN_OR_RETURN(auto profiles, ReadProfiles(tool.ProfilesFile()));
    profiles[*name] = {globals.address, WholePath(globals.certificate),
                       WholePath(globals.token_file), globals.circle, *circle_id};
    RETURN_IF_ERROR(WriteProfiles(tool.ProfilesFile(), profiles));
    if (!globals.json) tool.out() << "Bewaard in " << tool.ProfilesFile() << ".\n";
    return absl::OkStatus();
  });
}

void AddRemove(CLI::App* noun, Tool& tool) {
  CLI::App* verb = AddVerb(noun, "remove", "Haal een profiel weg", "poolcirkel profile remove oud");
  const auto name = std::make_shared<std::string>();
  verb->add_option("naam", *name, "Naam van het profiel")->required();
  OnChosen(tool, verb, [&tool, name]() -> absl::Status {
    ASSIGN_OR_RETURN(auto profiles, ReadProfiles(tool.ProfilesFile()));
    if (profiles.erase(*name) == 0) {
      return base::Refusal(absl::StatusCode::kNotFound, "PROFILE_UNKNOWN",
                           "er is geen profiel " + *name)
          .Remedy("bekijk ze met: poolcirkel profile list");
    }
    RETURN_IF_ERROR(WriteProfiles(tool.ProfilesFile(), profiles));
    if (!tool.globals.json) tool.out() << "Weggehaald.\n";
    return absl::OkStatus();
  });
}

}  // namespace

void AddProfile(CLI::App* root, Tool& tool) {
  CLI::App* noun = AddNoun(root, "profile", "Profielen: met welk knooppunt, als wie");
  AddAdd(noun, tool);
  AddListVerb(noun, tool);
  AddRemove(noun, tool);
}

}  // namespace services::cli
