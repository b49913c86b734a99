#include "services/cli/field_option.h"

#include <algorithm>
#include <string_view>
#include <vector>

namespace services::cli {
namespace {

struct OtherName {
  std::string_view field;
  std::string_view option;
  // The rule speaks of minutes or eurocents, so it needs the name of the field beside it.
  bool other_unit = false;
};
// Fields whose option is not their own name with dashes. Of several the verb has one.
constexpr OtherName kOtherNames[] = {
    {"assignment_id", "--assignment"},
    {"assignment_id", "opdracht"},
    {"attestations", "--consent"},
    {"capacity", "--week"},
    {"charter_digest", "--digest"},
    {"circle_short_name", "--circle"},
    {"directory", "--dir"},
    {"duration_minutes", "--minutes"},
    {"end_date", "--end"},
    {"eurocents_per_hour", "--rate", true},
    {"exchange_id", "--exchange"},
    {"exchange_id", "uitwisseling"},
    {"key_directory", "--keys"},
    {"location", "--place"},
    {"maximum_distance_kilometres", "--distance"},
    {"minimum_minutes_per_week", "--hours", true},
    {"minutes_per_week", "--hours", true},
    {"next_log_key", "--entry"},
    {"professional_id", "--professional"},
    {"professional_id", "professional"},
    {"session_id", "sessie"},
    {"skills", "--skill"},
    {"start_date", "--start"},
    {"start_time", "--time"},
    {"stream_id", "--stream"},
    {"valid_days", "--days"},
    {"valid_for", "--days"},
    {"weeks", "--week"},
};

// "a.b[2].c" is a, b: what stands in a list has no option of its own.
std::vector<std::string> PartsOf(const std::string& field) {
  std::vector<std::string> parts;
  for (size_t from = 0; from <= field.size();) {
    const size_t dot = std::min(field.find('.', from), field.size());
    const std::string part = field.substr(from, dot - from);
    const size_t index = part.find('[');
    parts.push_back(part.substr(0, index));
    if (index != std::string::npos) break;
    from = dot + 1;
  }
  return parts;
}

struct Found {
  std::string option;  // empty: there is none
  bool other_unit = false;
};
Found OptionFor(const CLI::App& app, const std::string& name) {
  std::string own = "--" + name;
  std::replace(own.begin(), own.end(), '_', '-');
  if (app.get_option_no_throw(own) != nullptr) return {own};
  for (const OtherName& other : kOtherNames) {
    const std::string option(other.option);
    if (other.field == name && app.get_option_no_throw(option) != nullptr) {
      return {option, other.other_unit};
    }
  }
  return {};
}

bool ReadsAFile(const CLI::App& verb) {
  const CLI::Option* from = verb.get_option_no_throw("--from");
  return from != nullptr && from->count() > 0;
}

const CLI::App& RootOf(const CLI::App& verb) {
  return verb.get_parent() == nullptr ? verb : RootOf(*verb.get_parent());
}

}  // namespace

std::string OptionOf(const CLI::App& verb, const std::string& field) {
  if (field.starts_with("--") || ReadsAFile(verb)) return field;
  const std::vector<std::string> parts = PartsOf(field);
  // The header and the circle are of every verb.
  const bool is_global = parts.front() == "header" || parts.front().starts_with("circle");
  const CLI::App& options = is_global ? RootOf(verb) : verb;
  for (size_t i = parts.size(); i > 0; --i) {
    const Found found = OptionFor(options, parts[i - 1]);
    if (found.option.empty()) continue;
    const bool whole = i == parts.size() && field.ends_with(parts.back());
    if (whole && !found.other_unit) return found.option;
    return found.option + " (" + field + ")";
  }
  return field;
}

}  // namespace services::cli
