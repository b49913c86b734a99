#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "services/cli/nouns.h"

namespace services::cli {
namespace {

constexpr char kHead[] = R"bash(# Aanvullen in bash: source <(poolcirkel completion bash)
_poolcirkel() {
  local word="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}" path="" part
  local index skip=0 words=""
  case "$before" in
    --profile)
      mapfile -t COMPREPLY < <(compgen -W "$(poolcirkel profile list --names 2>/dev/null)" -- "$word")
      return ;
;
    --json|--no-color|--all|--others|--why|--backwards|--private|--from-start|--coordinator) ;
    ;
    --*)
      mapfile -t COMPREPLY < <(compgen -f -- "$word")
      return ;
    ;
    esac for ((index = 1; index < COMP_CWORD; index++));
    do part = "${COMP_WORDS[index]}" if ((skip));
    then skip = 0;
    continue; fi
    case "$part" in
      --json|--no-color|--all|--others|--why|--backwards|--private|--from-start|--coordinator) ;
    ;
      --*) skip=1 ;
      ;
      *) path="$path $part" ;
      ;
    esac
  done
  case "${path# }" in
)bash";

constexpr char kTail[] = R"bash(    *) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -F _poolcirkel poolcirkel
)bash";

std::string Options(const CLI::App& app) {
  std::string options;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) options += " --" + name;
  }
  return options;
}

// A line for `app` and each one below it; a verb also offers what the root takes.
void Describe(const CLI::App& app, const std::string& path, const std::string& globals,
              std::ostream& out) {
  std::string words;
  const auto below = app.get_subcommands([](const CLI::App*) { return true; });
  for (const CLI::App* sub : below) {
    if (!sub->get_group().empty()) words += " " + sub->get_name();
  }
  words += Options(app);
  if (!path.empty()) words += globals;
  out << "    \"" << path << "\") words=\"" << words.substr(1) << "\" ;;\n";
  for (const CLI::App* sub : below) {
    if (sub->get_group().empty()) continue;
    Describe(*sub, path.empty() ? sub->get_name() : path + " " + sub->get_name(), globals, out);
  }
}

}  // namespace

void AddCompletion(CLI::App* root, Tool& tool) {
  CLI::App* noun = AddNoun(root, "completion", "Aanvullen in de schil");
  CLI::App* verb = AddVerb(noun, "bash", "Schrijf het script dat bash laat aanvullen",
                           "source <(poolcirkel completion bash)");
  OnChosen(tool, verb, [root, &tool]() -> absl::Status {
    tool.out() << kHead;
    Describe(*root, "", Options(*root), tool.out());
    tool.out() << kTail;
    return absl::OkStatus();
  });
}

}  // namespace services::cli
