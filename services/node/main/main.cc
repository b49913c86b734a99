// poolcirkeld: runs the node of one member, or of several in one process.
#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
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

int Fail(const absl::Status& status) {
  std::cerr << "poolcirkeld: " << status.message() << "\n";
  const auto details = base::DetailsOf(status);
  if (const auto remedy = details.metadata.find("remedy"); remedy != details.metadata.end()) {
    std::cerr << "Wat nu: " << remedy->second << "\n";
  }
  return kExitFailed;
}

int Init(const std::string& config_path, std::string token_path) {
  const auto config = services::node::ReadConfig(config_path);
  if (!config.ok()) return Fail(config.status());
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
    return Fail(written);
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

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "poolcirkeld — het knooppunt van een lidorganisatie\n\n"
      "Voorbeeld:\n  poolcirkeld init --config rotterdam.yaml\n"
      "  poolcirkeld --config rotterdam.yaml");
  app.set_version_flag("--version", std::string("poolcirkeld ") + POOLCIRKEL_VERSION);
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
  CLI11_PARSE(app, argc, argv);
  // gRPC reports every connection by a key instead of a name as an error, in a form of
  // its own. Who wants to see it sets the variable.
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);
  if (*init) return Init(init_config, token_path);
  if (*new_key) return NewLogKey(new_key_config);
  if (config_paths.empty()) {
    return Fail(base::InvalidField("--config", "noem een configuratie: poolcirkeld --help"));
  }
  return Run(config_paths);
}
