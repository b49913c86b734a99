// poolcirkeld: runs the node of one member, or of several in one process.
#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "eventstore/base/errors.h"
#include "eventstore/base/file.h"
#include "eventstore/crypto/entropy.h"
#include "services/node/config.h"
#include "services/node/identity.h"
#include "services/node/logging.h"
#include "services/node/node.h"
#include "services/rpc/runtime.h"

namespace {

namespace base = ::eventstore::base;
using services::node::Config;
using services::node::Logger;
using services::node::Node;

constexpr int kExitFailed = 1;
constexpr int kExitUsage = 2;

int Fail(const absl::Status& status) {
  std::cerr << "poolcirkeld: " << status.message() << "\n";
  const auto details = base::DetailsOf(status);
  if (const auto remedy = details.metadata.find("remedy"); remedy != details.metadata.end()) {
    std::cerr << "Wat nu: " << remedy->second << "\n";
  }
  return kExitFailed;
}

// The token is made once, so its place is looked at before anything is made.
absl::Status CheckTokenPath(const std::string& path) {
  std::error_code error;
  const auto folder = std::filesystem::path(path).parent_path();
  if (std::filesystem::is_directory(path, error) ||
      (!folder.empty() && !std::filesystem::is_directory(folder, error))) {
    return base::InvalidField("--token-file",
                              "is een bestand in een map die er is, niet '" + path + "'");
  }
  return absl::OkStatus();
}

int Init(const std::string& config_path, std::string token_path) {
  const auto config = services::node::ReadConfig(config_path);
  if (!config.ok()) return Fail(config.status());
  if (const auto place = CheckTokenPath(token_path); !place.ok()) return Fail(place);
  eventstore::crypto::SystemEntropy entropy;
  const base::SystemClock clock;
  if (const auto made = services::node::InitialiseDataDirectory(*config, clock, entropy);
      !made.ok()) {
    return Fail(made);
  }
  const auto token = services::node::IssueFirstToken(*config);
  if (!token.ok()) return Fail(token.status());
  if (token_path.empty()) token_path = config->data_directory + "/admin.token";
  if (const auto written =
          base::WriteFileDurably(token_path, *token + "\n", base::FileAccess::kOwnerOnly);
      !written.ok()) {
    return Fail(base::Refusal(written.code(), "TOKEN_NOT_WRITTEN",
                              token_path + " is niet te schrijven, dus niemand heeft het "
                                           "toegangsbewijs")
                    .Remedy("verwijder " + config->data_directory +
                            ", waar nog niets in staat, en draai init opnieuw"));
  }
  std::cout << config->member.organisation << " is ingericht in " << config->data_directory << "\n"
            << "Toegangsbewijs van de beheerder: " << token_path << "\n"
            << "Certificaat voor gebruikers:     "
            << services::node::Paths(config->data_directory).ApiCertificate() << "\n";
  return 0;
}

int NewLogKey(const std::string& config_path) {
  const auto config = services::node::ReadConfig(config_path);
  if (!config.ok()) return Fail(config.status());
  eventstore::crypto::SystemEntropy entropy;
  if (const auto made = services::node::MakeLogKey(*config, entropy); !made.ok()) {
    return Fail(made);
  }
  std::cout
      << "Er is een nieuwe logsleutel. Start het knooppunt, maak met `poolcirkel circle entry`\n"
         "de gegevens van dit lid, en laat een ander lid ze voorstellen met\n"
         "`poolcirkel circle replace-key`.\n";
  return 0;
}

// Signals that end the process are waited for, not handled: the threads that start
// later inherit the block.
sigset_t BlockEndSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

int Run(const std::vector<std::string>& config_paths) {
  const sigset_t signals = BlockEndSignals();
  const services::rpc::Runtime runtime;
  std::vector<std::unique_ptr<Logger>> loggers;
  std::vector<std::unique_ptr<Node>> nodes;
  for (const auto& path : config_paths) {
    const auto config = services::node::ReadConfig(path);
    if (!config.ok()) return Fail(config.status());
    loggers.push_back(std::make_unique<Logger>(config->member.short_name, config->logging.format,
                                               config->logging.level));
    auto node = Node::Start(*config, *loggers.back());
    if (!node.ok()) {
      loggers.back()->Error("start_failed", {{"reason", std::string(node.status().message())}});
      return Fail(node.status());
    }
    nodes.push_back(*std::move(node));
  }
  int signal = 0;
  sigwait(&signals, &signal);
  for (auto& node : nodes) node->Stop();
  return 0;
}

// CLI11 speaks English; these are its errors in Dutch.
int Usage(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == 0) return app.exit(error);  // help and version
  const std::string what = error.what();
  std::string unknown;
  for (const std::string& word : app.remaining(/*recurse=*/true)) unknown += " " + word;
  std::string text = what;
  if (!unknown.empty()) {
    text = "onbekend:" + unknown;
  } else if (const size_t required = what.find(" is required"); required != std::string::npos) {
    text = what.substr(0, required) + " is nodig";
  } else if (const size_t colon = what.find(':'); colon != std::string::npos) {
    text = what.substr(0, colon) + " krijgt een waarde";
  }
  std::cerr << "poolcirkeld: " << text << "\nWat nu: bekijk poolcirkeld --help\n";
  return kExitUsage;
}

void SetDutch(CLI::App& app) {
  const auto formatter = std::make_shared<CLI::Formatter>();
  formatter->label("Usage", "Gebruik");
  formatter->label("OPTIONS", "OPTIES");
  formatter->label("SUBCOMMAND", "WERKWOORD");
  formatter->label("Subcommands", "Werkwoorden");
  formatter->label("Options", "Opties");
  formatter->label("REQUIRED", "(verplicht)");
  formatter->label("TEXT", "TEKST");
  app.formatter(formatter);
  app.option_defaults()->group("Opties");
  app.set_help_flag("-h,--help", "Deze hulp")->group("Opties");
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "poolcirkeld — het knooppunt van een lidorganisatie\n\n"
      "Voorbeeld:\n  poolcirkeld init --config rotterdam.yaml\n"
      "  poolcirkeld --config rotterdam.yaml");
  SetDutch(app);
  app.set_version_flag("--version", std::string("poolcirkeld ") + POOLCIRKEL_VERSION, "De versie");
  std::vector<std::string> config_paths;
  app.add_option("--config", config_paths,
                 "Configuratie (YAML); vaker voor meer leden in één proces");
  auto* init = app.add_subcommand("init", "Maak sleutels, certificaten en het eerste bewijs");
  std::string init_config;
  std::string token_path;
  init->add_option("--config", init_config, "Configuratie (YAML)")->required();
  init->add_option("--token-file", token_path,
                   "Waar het toegangsbewijs van de beheerder komt (standaard: in de datamap)");
  auto* new_key = app.add_subcommand("new-log-key", "Maak een logsleutel als de oude kwijt is");
  std::string new_key_config;
  new_key->add_option("--config", new_key_config, "Configuratie (YAML)")->required();
  for (auto* verb : {init, new_key}) {
    verb->group("Werkwoorden");
    verb->get_help_ptr()->group("Opties");
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return Usage(app, error);
  }
  // gRPC reports every connection by a key instead of a name as an error, in a form of
  // its own. Who wants to see it sets the variable.
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);
  if (*init) return Init(init_config, token_path);
  if (*new_key) return NewLogKey(new_key_config);
  if (config_paths.empty()) {
    Fail(base::InvalidField("--config", "noem een configuratie: poolcirkeld --help"));
    return kExitUsage;
  }
  return Run(config_paths);
}
