#include "services/cli/charter_draft.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <set>

#include "eventstore/base/errors.h"

namespace services::cli {
namespace {

namespace base = eventstore::base;
namespace event = poolcirkel::event::v1;

// Sets a rule by its name in CharterRules.
absl::Status SetRule(const std::string& name, const YAML::Node& value, event::CharterRules& rules) {
  const std::string field = "rules." + name;
  if (name == "required_consents") {
    for (const auto& consent : value) {
      event::Consent parsed = event::CONSENT_UNSPECIFIED;
      std::string upper = consent.as<std::string>();
      std::transform(upper.begin(), upper.end(), upper.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
      });
      if (!event::Consent_Parse("CONSENT_" + upper, &parsed)) {
        return base::InvalidField(field, "professional of line_manager");
      }
      rules.add_required_consents(parsed);
    }
    return absl::OkStatus();
  }
  const auto* descriptor = event::CharterRules::descriptor()->FindFieldByName(name);
  if (descriptor == nullptr) return base::InvalidField(field, "is geen bekende regel");
  const auto number = value.as<int64_t>();
  if (number < 0) return base::InvalidField(field, "is 0 of meer");
  const auto* reflection = event::CharterRules::GetReflection();
  if (descriptor->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_INT64) {
    reflection->SetInt64(&rules, descriptor, number);
  } else {
    if (number > INT32_MAX) return base::InvalidField(field, "is te groot");
    reflection->SetInt32(&rules, descriptor, static_cast<int32_t>(number));
  }
  return absl::OkStatus();
}

std::set<std::string> Names(const YAML::Node& list) {
  std::set<std::string> names;
  for (const auto& name : list) names.insert(name.as<std::string>());
  return names;
}

absl::Status Fill(const YAML::Node& root, const std::vector<event::CharterMember>& entries,
                  event::Charter& charter) {
  static const std::set<std::string> kKeys = {"name",         "short_name", "members",
                                              "coordinators", "quorum",     "rules"};
  if (!root.IsMap()) return base::InvalidField("rules", "bevat geen velden");
  for (const auto& entry : root) {
    if (!kKeys.contains(entry.first.as<std::string>())) {
      return base::InvalidField(entry.first.as<std::string>(), "is geen bekend veld");
    }
  }
  for (const char* key : {"name", "short_name"}) {
    if (!root[key].IsDefined()) return base::InvalidField(key, "is nodig");
  }
  charter.set_name(root["name"].as<std::string>());
  charter.set_short_name(root["short_name"].as<std::string>());
  std::set<std::string> missing = Names(root["members"]);
  const std::set<std::string> coordinators = Names(root["coordinators"]);
  for (const event::CharterMember& entry : entries) {
    event::CharterMember& member = *charter.add_members();
    member = entry;
    missing.erase(entry.short_name());
    if (coordinators.contains(entry.short_name())) member.set_coordinator(true);
  }
  if (!missing.empty()) {
    return base::InvalidField("members",
                              "er is geen gegevens-bestand (--entry) van " + *missing.begin());
  }
  const auto more_than_half = static_cast<uint32_t>(entries.size() / 2 + 1);
  const uint32_t asked = root["quorum"].IsDefined() ? root["quorum"].as<uint32_t>() : 0;
  charter.set_quorum(std::max(asked, more_than_half));
  for (const auto& rule : root["rules"]) {
    RETURN_IF_ERROR(SetRule(rule.first.as<std::string>(), rule.second, *charter.mutable_rules()));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<event::Charter> DraftCharter(const std::string& rules_yaml,
                                            const std::vector<event::CharterMember>& entries,
                                            const std::string& nonce) {
  try {
    event::Charter charter;
    charter.set_nonce(nonce);
    RETURN_IF_ERROR(Fill(YAML::Load(rules_yaml), entries, charter));
    return charter;
  } catch (const YAML::Exception& error) {
    return base::InvalidField("rules", std::string("is geen goede YAML: ") + error.what());
  }
}

}  // namespace services::cli
