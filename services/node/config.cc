#include "services/node/config.h"

#include <yaml-cpp/yaml.h>

#include <filesystem>
#include <functional>
#include <map>

#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "eventstore/base/file.h"

namespace services::node {
namespace {

namespace base = ::eventstore::base;

constexpr size_t kMaximumConfigSize = 1024 * 1024;

// Reads the keys of one YAML map, remembers what was wrong, and reports keys that
// nobody asked for.
class Section {
 public:
  Section(const YAML::Node& node, std::string path, std::vector<absl::Status>& problems)
      : node_(node), path_(std::move(path)), problems_(problems) {
    if (node_.IsDefined() && !node_.IsNull() && !node_.IsMap()) {
      Problem("", "is een groep sleutels");
      node_ = YAML::Node(YAML::NodeType::Undefined);
    }
  }

  // `rule` returns what is wrong, or an empty string.
  template <typename T>
  void Read(const std::string& key, T& value, bool required,
            const std::function<std::string(const T&)>& rule = nullptr) {
    asked_.push_back(key);
    const YAML::Node found = Get(key);
    if (!found.IsDefined() || found.IsNull()) {
      if (required) Problem(key, "ontbreekt");
      return;
    }
    try {
      value = found.as<T>();
    } catch (const YAML::Exception&) {
      Problem(key, "heeft een waarde van het verkeerde soort");
      return;
    }
    if (rule) {
      if (const std::string wrong = rule(value); !wrong.empty()) Problem(key, wrong);
    }
  }

  Section Sub(const std::string& key) {
    asked_.push_back(key);
    return Section(Get(key), Path(key), problems_);
  }

  void RefuseUnknownKeys() {
    if (!node_.IsDefined() || !node_.IsMap()) return;
    for (const auto& entry : node_) {
      const auto key = entry.first.as<std::string>("?");
      if (std::find(asked_.begin(), asked_.end(), key) == asked_.end()) {
        Problem(key, "is geen bekende sleutel");
      }
    }
  }

 private:
  YAML::Node Get(const std::string& key) const {
    if (!node_.IsDefined() || !node_.IsMap()) return YAML::Node(YAML::NodeType::Undefined);
    return node_[key];
  }
  std::string Path(const std::string& key) const {
    return path_.empty() ? key : key.empty() ? path_ : path_ + "." + key;
  }
  void Problem(const std::string& key, const std::string& rule) {
    problems_.push_back(base::InvalidField(Path(key), rule));
  }

  YAML::Node node_;
  std::string path_;
  std::vector<absl::Status>& problems_;
  std::vector<std::string> asked_;
};

template <typename T>
std::function<std::string(const T&)> Between(T low, T high) {
  return [low, high](const T& value) -> std::string {
    if (value >= low && value <= high) return "";
    return absl::StrCat("ligt tussen ", low, " en ", high);
  };
}

std::function<std::string(const std::string&)> OneOf(std::vector<std::string> allowed) {
  return [allowed = std::move(allowed)](const std::string& value) -> std::string {
    std::string list;
    for (const auto& word : allowed) {
      if (word == value) return "";
      absl::StrAppend(&list, list.empty() ? "" : ", ", word);
    }
    return absl::StrCat("is een van: ", list);
  };
}

std::string ShortNameRule(const std::string& value) {
  const bool fits =
      !value.empty() && value.size() <= 40 &&
      value.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
  return fits ? "" : "heeft 1 tot 40 tekens uit a-z, 0-9 en -";
}

std::string OinRule(const std::string& value) {
  const bool fits =
      value.size() == 20 && value.find_first_not_of("0123456789") == std::string::npos;
  return fits ? "" : "heeft 20 cijfers";
}

std::string NotEmptyRule(const std::string& value) {
  return value.empty() || value.size() > 200 ? "heeft 1 tot 200 tekens" : "";
}

std::string AddressRule(const std::string& value) {
  const size_t colon = value.rfind(':');
  const bool fits = colon != std::string::npos && colon > 0 && colon + 1 < value.size() &&
                    value.find_first_not_of("0123456789", colon + 1) == std::string::npos;
  return fits ? "" : "is een adres met poort, zoals 127.0.0.1:7201";
}

std::string AddressesRule(const std::vector<std::string>& value) {
  if (value.empty() || value.size() > 4) return "heeft 1 tot 4 adressen";
  for (const auto& address : value) {
    if (std::string wrong = AddressRule(address); !wrong.empty()) return address + " " + wrong;
  }
  return "";
}

void ReadMember(Section section, Config::Member& member) {
  section.Read<std::string>("short_name", member.short_name, true, ShortNameRule);
  section.Read<std::string>("organisation", member.organisation, true, NotEmptyRule);
  section.Read<std::string>("oin", member.oin, true, OinRule);
  section.Read<double>("latitude", member.latitude, false, Between(-90.0, 90.0));
  section.Read<double>("longitude", member.longitude, false, Between(-180.0, 180.0));
  section.RefuseUnknownKeys();
}

void ReadServers(Section api, Section peer, Config& config) {
  api.Read<std::string>("listen", config.api.listen, false, AddressRule);
  api.Read<std::vector<std::string>>("names", config.api.names, false);
  api.Read<int>("threads", config.api.threads, false, Between(8, 1024));
  api.RefuseUnknownKeys();
  peer.Read<std::string>("listen", config.peer.listen, false, AddressRule);
  peer.Read<std::vector<std::string>>("addresses", config.peer.addresses, false, AddressesRule);
  peer.Read<int>("threads", config.peer.threads, false, Between(8, 1024));
  peer.RefuseUnknownKeys();
}

void ReadLimits(Section section, Config::Limits& limits) {
  auto deadline = absl::ToInt64Seconds(limits.deadline);
  auto shutdown = absl::ToInt64Seconds(limits.shutdown);
  section.Read<int64_t>("message_bytes", limits.message_bytes, false,
                        Between<int64_t>(64 * 1024, 64 * 1024 * 1024));
  section.Read<int64_t>("append_queue", limits.append_queue, false, Between<int64_t>(1, 1'000'000));
  section.Read<int64_t>("deadline_seconds", deadline, false, Between<int64_t>(1, 3600));
  section.Read<int64_t>("shutdown_seconds", shutdown, false, Between<int64_t>(0, 300));
  section.RefuseUnknownKeys();
  limits.deadline = absl::Seconds(deadline);
  limits.shutdown = absl::Seconds(shutdown);
}

void ReadPrivacy(Section section, Config::Privacy& privacy) {
  auto catch_up = absl::ToInt64Seconds(privacy.catch_up);
  section.Read<int>("key_backup_days", privacy.key_backup_days, false, Between(0, 3650));
  section.Read<int64_t>("catch_up_seconds", catch_up, false, Between<int64_t>(0, 3600));
  section.RefuseUnknownKeys();
  privacy.catch_up = absl::Seconds(catch_up);
}

void ReadLogging(Section section, Config::Logging& logging) {
  section.Read<std::string>("format", logging.format, false, OneOf({"text", "json"}));
  section.Read<std::string>("level", logging.level, false,
                            OneOf({"debug", "info", "warning", "error"}));
  section.RefuseUnknownKeys();
}

}  // namespace

absl::StatusOr<Config> ParseConfig(const std::string& yaml, const std::string& base_directory) {
  YAML::Node document;
  try {
    document = YAML::Load(yaml);
  } catch (const YAML::Exception& error) {
    return base::InvalidField(absl::StrCat("regel ", error.mark.line + 1),
                              absl::StrCat("is geen geldige YAML: ", error.msg));
  }
  Config config;
  std::vector<absl::Status> problems;
  Section root(document, "", problems);
  ReadMember(root.Sub("member"), config.member);
  root.Read<std::string>("data_directory", config.data_directory, true, NotEmptyRule);
  ReadServers(root.Sub("api"), root.Sub("peer"), config);
  ReadLimits(root.Sub("limits"), config.limits);
  ReadPrivacy(root.Sub("privacy"), config.privacy);
  ReadLogging(root.Sub("logging"), config.logging);
  root.RefuseUnknownKeys();
  RETURN_IF_ERROR(base::Join(problems));
  const std::filesystem::path data(config.data_directory);
  if (data.is_relative()) config.data_directory = std::filesystem::path(base_directory) / data;
  return config;
}

absl::StatusOr<Config> ReadConfig(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string yaml, base::ReadFile(path, kMaximumConfigSize));
  return ParseConfig(yaml, std::filesystem::absolute(path).parent_path());
}

}  // namespace services::node
