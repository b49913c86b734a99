#include "services/cli/profiles.h"

#include <yaml-cpp/yaml.h>

#include <set>

#include "eventstore/base/errors.h"
#include "eventstore/base/file.h"

namespace services::cli {
namespace {

namespace base = eventstore::base;

constexpr size_t kMaximumFileBytes = 1024 * 1024;

std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash + 1);
}

std::string From(const std::string& folder, const std::string& path) {
  return path.empty() || path.front() == '/' ? path : folder + path;
}

absl::Status Wrong(const std::string& path, const std::string& what) {
  return base::Refusal(absl::StatusCode::kInvalidArgument, "INVALID_PROFILES",
                       "het bestand met profielen " + path + " klopt niet: " + what)
      .Remedy("herstel het bestand, of wijs met --profiles een ander aan");
}

absl::StatusOr<Profile> ReadOne(const std::string& path, const std::string& name,
                                const YAML::Node& node) {
  if (!node.IsMap()) return Wrong(path, "het profiel " + name + " heeft geen velden");
  Profile profile;
  const std::map<std::string, std::string*> fields = {{"address", &profile.address},
                                                      {"certificate", &profile.certificate},
                                                      {"token_file", &profile.token_file},
                                                      {"circle", &profile.circle},
                                                      {"circle_id", &profile.circle_id}};
  for (const auto& entry : node) {
    const auto key = entry.first.as<std::string>();
    const auto field = fields.find(key);
    if (field == fields.end() || !entry.second.IsScalar()) {
      return Wrong(path, "het profiel " + name + " heeft een onbekend veld " + key);
    }
    *field->second = entry.second.as<std::string>();
  }
  profile.certificate = From(FolderOf(path), profile.certificate);
  profile.token_file = From(FolderOf(path), profile.token_file);
  return profile;
}

}  // namespace

absl::StatusOr<std::map<std::string, Profile>> ReadProfiles(const std::string& path) {
  const auto text = base::ReadFile(path, kMaximumFileBytes);
  if (text.status().code() == absl::StatusCode::kNotFound) return std::map<std::string, Profile>();
  if (!text.ok()) return Wrong(path, "het is niet te lezen");
  return ParseProfiles(*text, path);
}

absl::StatusOr<std::map<std::string, Profile>> ParseProfiles(const std::string& text,
                                                             const std::string& path) {
  try {
    const YAML::Node root = YAML::Load(text);
    std::map<std::string, Profile> profiles;
    if (root.IsNull() || (root.IsMap() && root.size() == 0)) return profiles;
    if (!root.IsMap() || !root["profiles"].IsDefined()) {
      return Wrong(path, "het begint niet met 'profiles:'");
    }
    for (const auto& entry : root["profiles"]) {
      const auto name = entry.first.as<std::string>();
      ASSIGN_OR_RETURN(profiles[name], ReadOne(path, name, entry.second));
    }
    return profiles;
  } catch (const YAML::Exception& error) {
    return Wrong(path, error.what());
  }
}

absl::Status WriteProfiles(const std::string& path,
                           const std::map<std::string, Profile>& profiles) {
  YAML::Emitter yaml;
  yaml << YAML::BeginMap << YAML::Key << "profiles" << YAML::Value << YAML::BeginMap;
  for (const auto& [name, profile] : profiles) {
    yaml << YAML::Key << name << YAML::Value << YAML::BeginMap;
    const std::pair<const char*, const std::string*> fields[] = {
        {"address", &profile.address},
        {"certificate", &profile.certificate},
        {"token_file", &profile.token_file},
        {"circle", &profile.circle},
        {"circle_id", &profile.circle_id}};
    for (const auto& [key, value] : fields) {
      if (!value->empty()) yaml << YAML::Key << key << YAML::Value << *value;
    }
    yaml << YAML::EndMap;
  }
  yaml << YAML::EndMap << YAML::EndMap;
  const std::string folder = FolderOf(path);
  if (!folder.empty()) RETURN_IF_ERROR(base::MakeFolders(folder));
  return base::WriteFileDurably(path, std::string(yaml.c_str()) + "\n",
                                base::FileAccess::kOwnerOnly);
}

}  // namespace services::cli
