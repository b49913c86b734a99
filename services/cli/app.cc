#include "services/cli/app.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <chrono>
#include <exception>
#include <memory>
#include <optional>

#include "absl/time/time.h"
#include "eventstore/base/errors.h"
#include "eventstore/base/mutex.h"
#include "eventstore/base/text.h"
#include "services/cli/field_option.h"
#include "services/cli/nouns.h"
#include "services/cli/tool.h"

namespace services::cli {
namespace {

namespace base = eventstore::base;

constexpr char kFooter[] =
    "\nWat de afsluitcode zegt:\n"
    "  0  gelukt\n"
    "  1  het antwoord is nee: een bewijs klopt niet\n"
    "  2  verkeerd gebruik, of een veld dat niet klopt\n"
    "  3  geweigerd: een regel staat het niet toe\n"
    "  4  niet gevonden\n"
    "  5  geen toegang\n"
    "  6  het knooppunt antwoordt niet, of niet op tijd\n"
    "  7  er ging iets mis in het programma of het knooppunt\n"
    "\nVoorbeeld:\n"
    "  poolcirkel profile add rotterdam --address 127.0.0.1:7101 \\\n"
    "      --certificate api.crt.pem --token-file token --circle randstad\n"
    "  poolcirkel assignment list --profile rotterdam\n";

void SetDutch(CLI::App& root) {
  const auto formatter = std::make_shared<CLI::Formatter>();
  formatter->label("Usage", "Gebruik");
  formatter->label("OPTIONS", "OPTIES");
  formatter->label("SUBCOMMAND", "WERKWOORD");
  formatter->label("SUBCOMMANDS", "WERKWOORDEN");
  formatter->label("Positionals", "Argumenten");
  formatter->label("REQUIRED", "(verplicht)");
  formatter->label("TEXT", "TEKST");
  formatter->label("INT", "GETAL");
  formatter->label("UINT", "GETAL");
  formatter->label("FLOAT", "GETAL");
  formatter->label("Env", "variabele");
  formatter->column_width(30);
  root.formatter(formatter);
  root.option_defaults()->group("Opties");
  root.set_help_flag("-h,--help", "Deze hulp")->group("Opties");
  root.set_version_flag("--version", "poolcirkel " POOLCIRKEL_VERSION, "De versie");
}

void AddGlobals(CLI::App& root, Globals& globals) {
  root.add_option("--profile", globals.profile,
                  "Naam van het profiel; anders de variabele POOLCIRKEL_PROFILE");
  root.add_option("--profiles", globals.profiles_file,
                  "Bestand met profielen; anders de variabele POOLCIRKEL_PROFILES, anders "
                  "~/.config/poolcirkel/profiles.yaml");
  root.add_option("--address", globals.address, "Adres van het knooppunt: naam:poort");
  root.add_option("--certificate", globals.certificate, "Certificaat van het knooppunt, PEM");
  root.add_option("--token-file", globals.token_file, "Bestand met het token van de gebruiker");
  root.add_option("--circle", globals.circle, "Poolcirkel: korte naam of id");
  root.add_flag("--json", globals.json, "Precies het antwoord als JSON, voor scripts");
  root.add_option("--request-id", globals.request_id,
                  "UUID van dit verzoek: hetzelfde verzoek wordt één keer uitgevoerd");
  root.add_option("--mandate", globals.mandate, "Namens wie, of door wiens besluit");
  root.add_option("--deadline", globals.deadline_seconds,
                  "Hoeveel seconden een antwoord mag duren (30)");
  root.add_option("--wait", globals.wait_seconds,
                  "Probeer zoveel seconden opnieuw zolang dat zin heeft (0)");
  root.add_option("--at-least", globals.at_least,
                  "Wacht tot het knooppunt dit verwerkt heeft: receipt.cursor van een antwoord");
  root.add_flag("--no-color", globals.no_color, "Geen kleur");
}

void Build(CLI::App& root, Tool& tool) {
  SetDutch(root);
  root.fallthrough();
  root.require_subcommand(1);
  AddGlobals(root, tool.globals);
  root.footer(kFooter);
  AddAssignment(&root, tool);
  AddPrivacy(&root, tool);
  AddProfessional(&root, tool);
  AddSearch(&root, tool);
  AddSecondment(&root, tool);
  AddSession(&root, tool);
  AddAudit(&root, tool);
  AddCircle(&root, tool);
  AddNode(&root, tool);
  AddLog(&root, tool);
  AddLoad(&root, tool);
  AddProfile(&root, tool);
  AddCompletion(&root, tool);
  AddPeer(&root, tool);
}

// Where the arguments stopped making sense: the chosen noun or verb.
const CLI::App& Chosen(const CLI::App& root) {
  const CLI::App* chosen = &root;
  while (!chosen->get_subcommands().empty()) chosen = chosen->get_subcommands().front();
  return *chosen;
}

std::string Before(const std::string& text, const std::string& end) {
  return text.substr(0, text.find(end));
}

// What no noun, verb or option took, in the order in which it was written.
std::string Unknown(const CLI::App& root) {
  std::string words;
  for (const std::string& word : root.remaining(/*recurse=*/true)) {
    words += (words.empty() ? "" : " ") + word;
  }
  return words;
}

// A noun or verb that is missing or that there is not, with those that there are.
std::string WrongChoice(const CLI::App& root) {
  const CLI::App& chosen = Chosen(root);
  const std::string kind = chosen.get_parent() == nullptr ? "onderwerp" : "werkwoord";
  std::string names;
  for (const CLI::App* one :
       chosen.get_subcommands([](const CLI::App* sub) { return !sub->get_group().empty(); })) {
    names += (names.empty() ? "" : ", ") + one->get_name();
  }
  const std::string unknown = Unknown(root);
  return (unknown.empty() ? "er mist een " + kind : "onbekend: " + unknown) + "; kies een " + kind +
         ": " + names;
}

// CLI11 speaks English; these are its errors in Dutch.
std::string DutchError(const CLI::App& root, const CLI::ParseError& error) {
  const std::string what = error.what();
  const auto is = [&](CLI::ExitCodes kind) {
    return error.get_exit_code() == static_cast<int>(kind);
  };
  if (is(CLI::ExitCodes::RequiredError)) {
    if (what.find("subcommand") != std::string::npos) return WrongChoice(root);
    return Before(what, " is required") + " is nodig";
  }
  if (is(CLI::ExitCodes::ExtrasError)) {
    return "onbekend: " + Unknown(root);
  }
  if (is(CLI::ExitCodes::ConversionError)) {
    const size_t colon = what.find(": ");
    return "geen goede waarde: " + (colon == std::string::npos ? what : what.substr(colon + 2));
  }
  if (is(CLI::ExitCodes::ArgumentMismatch)) {
    const bool repeated = what.find("At Most") != std::string::npos;
    return Before(what, ":") + (repeated ? " mag er één keer staan" : " krijgt een waarde");
  }
  return what;
}

int Finish(const CLI::App& root, Tool& tool, const absl::Status& status) {
  tool.out().flush();
  if (status.ok()) return tool.negative ? kExitNegative : kExitOk;
  std::ostream& err = *tool.environment.err;
  if (tool.globals.json) {
    PrintErrorJson(status, tool.request_id(), err);
  } else {
    PrintError(
        status, tool.request_id(), tool.environment.err_is_terminal && tool.color(),
        [&](const std::string& field) { return OptionOf(Chosen(root), field); }, err);
  }
  err.flush();
  return ExitCodeOf(status);
}

int Usage(const CLI::App& root, const CLI::ParseError& error, Tool& tool) {
  const CLI::App& chosen = Chosen(root);
  std::string command;
  for (const CLI::App* app = &chosen; app != nullptr; app = app->get_parent()) {
    command = app->get_name() + (command.empty() ? "" : " ") + command;
  }
  const absl::Status status =
      base::Refusal(absl::StatusCode::kInvalidArgument, "INVALID_USAGE", DutchError(root, error))
          .Remedy("bekijk: " + command + " --help");
  return Finish(root, tool, status);
}

// Requests and answers carry UTF-8 only.
absl::Status CheckText(const std::vector<std::string>& arguments) {
  for (size_t i = 0; i < arguments.size(); ++i) {
    for (std::string_view rest = arguments[i]; !rest.empty();) {
      const size_t size = base::CharacterSize(rest);
      if (size == 0) {
        return base::Refusal(absl::StatusCode::kInvalidArgument, "INVALID_USAGE",
                             "woord " + std::to_string(i + 1) + " van de opdracht is geen UTF-8")
            .Remedy("zet de terminal op UTF-8, of typ het woord opnieuw");
      }
      rest.remove_prefix(size);
    }
  }
  return absl::OkStatus();
}

// Waits before the next attempt; false when the time of --wait is over.
class Patience {
 public:
  explicit Patience(double seconds) : end_(Steady::now() + Milliseconds(seconds)) {}

  bool WaitFor(absl::Duration asked) {
    const auto now = Steady::now();
    if (now >= end_) return false;
    const auto longest = std::chrono::milliseconds(
        absl::ToInt64Milliseconds(std::clamp(asked, absl::Milliseconds(100), absl::Seconds(2))));
    const auto until = std::min(end_, now + longest);
    base::MutexLock lock(mutex_);
    for (auto at = now; at < until; at = Steady::now()) never_.WaitFor(mutex_, until - at);
    return true;
  }

 private:
  using Steady = std::chrono::steady_clock;
  static std::chrono::milliseconds Milliseconds(double seconds) {
    return std::chrono::milliseconds(static_cast<int64_t>(std::clamp(seconds, 0.0, 1e6) * 1000));
  }

  const Steady::time_point end_;
  base::Mutex mutex_;
  base::CondVar never_;
};

absl::Status Act(Tool& tool) {
  Progress progress(*tool.environment.err, tool.environment.err_is_terminal, "bezig");
  tool.progress = &progress;
  Patience patience(tool.globals.wait_seconds);
  absl::Status status = tool.action();
  while (!status.ok()) {
    const auto retry = base::DetailsOf(status).retry_delay;
    if (!retry.has_value() || !patience.WaitFor(*retry)) break;
    status = tool.action();
  }
  progress.Stop();
  tool.progress = nullptr;
  return status;
}

}  // namespace

int Run(const std::vector<std::string>& arguments, const Environment& environment) {
  Tool tool(environment);
  CLI::App root("Poolcirkel: mensen en kennis delen tussen organisaties, elk met een eigen log.",
                "poolcirkel");
  try {
    Build(root, tool);
    if (const absl::Status text = CheckText(arguments); !text.ok()) return Finish(root, tool, text);
    // CLI11 takes them from the last to the first.
    root.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
    return Finish(root, tool, Act(tool));
  } catch (const CLI::CallForHelp&) {
    *environment.out << Chosen(root).help();
    return kExitOk;
  } catch (const CLI::CallForVersion& version) {
    *environment.out << version.what() << "\n";
    return kExitOk;
  } catch (const CLI::ParseError& error) {
    return Usage(root, error, tool);
  } catch (const std::exception& error) {
    *environment.err << "Er ging iets mis: " << error.what() << "\n";
    return kExitInternal;
  }
}

}  // namespace services::cli
