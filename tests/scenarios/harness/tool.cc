#include "tests/scenarios/harness/tool.h"

#include <filesystem>

#include "services/node/identity.h"

namespace tests::scenarios::harness {

Told RunTool(const Folder& folder, const std::vector<std::string>& arguments) {
  const std::filesystem::path output = folder.path() / "tool.out";
  const std::filesystem::path errors = folder.path() / "tool.err";
  std::filesystem::remove(output);
  std::filesystem::remove(errors);
  std::vector<std::string> command = {ProgramPath("poolcirkel")};
  command.insert(command.end(), arguments.begin(), arguments.end());
  Told told;
  told.exit_code = RunProgram(command, output, errors);
  told.output = ReadText(output);
  told.text = told.output + ReadText(errors);
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
