#include "tests/scenarios/harness/tool.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "services/node/identity.h"

namespace tests::scenarios::harness {

Told RunTool(const Folder& folder, const std::vector<std::string>& arguments) {
  const std::filesystem::path output = folder.path() / "tool.out";
  std::filesystem::remove(output);
  std::vector<std::string> command = {ProgramPath("poolcirkel")};
  command.insert(command.end(), arguments.begin(), arguments.end());
  Told told;
  told.exit_code = RunProgram(command, output);
  std::stringstream text;
  text << std::ifstream(output).rdbuf();
  told.text = text.str();
  return told;
}

Told RunTool(const Folder& folder, const Node& node, const std::vector<std::string>& arguments) {
  std::vector<std::string> all = {
      "--address",     node.api_address(),
      "--certificate", services::node::Paths(node.data()).ApiCertificate(),
      "--token-file",  node.data() / "admin.token",
      "--circle",      "randstad"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return RunTool(folder, all);
}

}  // namespace tests::scenarios::harness
