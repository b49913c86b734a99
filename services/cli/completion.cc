#include <algorithm>
#include <memory>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "services/cli/nouns.h"

namespace services::cli {
namespace {

// What stands before and after the list of words; $flags are the options without a value.
constexpr char kHead[] = R"bash(# Aanvullen in bash: source <(poolcirkel completion bash)
_poolcirkel() {
  local word="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}"
  local path="" words="" files="" part index skip=0
  if [[ "$before" == --profile ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(poolcirkel profile list --names 2>/dev/null)" -- "$word")
    return
  fi
  if [[ "$before" == --* && "$flags" != *" $before "* ]]; then
    mapfile -t COMPREPLY < <(compgen -f -- "$word")
    return
  fi
  for ((index = 1; index < COMP_CWORD; index++)); do
    part="${COMP_WORDS[index]}"
    if ((skip)); then
      skip=0
    elif [[ "$part" != --* ]]; then
      path+=" $part"
    elif [[ "$flags" != *" $part "* ]]; then
      skip=1
    fi
  done
  case "${path# }" in
)bash";

constexpr char kTail[] = R"bash(
    *) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
  esac
  mapfile -t COMPREPLY < <(compgen $files -W "$words" -- "$word")
}
complete -F _poolcirkel poolcirkel
)bash";

std::vector<const CLI::App*> ShownBelow(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App* sub) { return !sub->get_group().empty(); });
}

// Options by their long names; of one kind when `flags_only`.
void AddOptions(const CLI::App& app, bool flags_only, std::set<std::string>& names) {
  for (const CLI::Option* option : app.get_options()) {
    if (flags_only && option->get_expected_max() != 0) continue;
    for (const std::string& name : option->get_lnames()) names.insert("--" + name);
  }
}

void AddAllFlags(const CLI::App& app, std::set<std::string>& names) {
  AddOptions(app, true, names);
  for (const CLI::App* sub : ShownBelow(app)) AddAllFlags(*sub, names);
}

std::string Joined(const std::set<std::string>& names) {
  std::string joined;
  for (const std::string& name : names) joined += name + " ";
  return joined;
}

// Whether it takes the name of a file without an option before it.
bool TakesFile(const CLI::App& app) {
  const std::vector<const CLI::Option*> options = app.get_options();
  return std::any_of(options.begin(), options.end(), [](const CLI::Option* option) {
    return option->get_positional() && option->get_name(true) == "bestand";
  });
}

// A line for `app` and each one below it; a verb also offers what the root takes.
void Describe(const CLI::App& root, const CLI::App& app, const std::string& path,
              std::ostream& out) {
  std::string words;
  for (const CLI::App* sub : ShownBelow(app)) words += sub->get_name() + " ";
  std::set<std::string> options;
  AddOptions(app, false, options);
  AddOptions(root, false, options);
  out << "    \"" << path << "\") words=\"" << words << Joined(options) << "\""
      << (TakesFile(app) ? " files=-f" : "") << " ;;\n";
  for (const CLI::App* sub : ShownBelow(app)) {
    Describe(root, *sub, path.empty() ? sub->get_name() : path + " " + sub->get_name(), out);
  }
}

}  // namespace

void AddCompletion(CLI::App* root, Tool& tool) {
  CLI::App* noun = AddNoun(root, "completion", "Aanvullen in de schil");
  CLI::App* verb = AddVerb(noun, "bash", "Schrijf het script dat bash laat aanvullen",
                           "source <(poolcirkel completion bash)");
  OnChosen(tool, verb, [root, &tool]() -> absl::Status {
    std::set<std::string> flags;
    AddAllFlags(*root, flags);
    std::string head = kHead;
    head.insert(head.find("  local word"), "  local flags=\" " + Joined(flags) + "\"\n");
    tool.out() << head;
    Describe(*root, *root, "", tool.out());
    tool.out() << kTail + 1;
    return absl::OkStatus();
  });
}

}  // namespace services::cli
