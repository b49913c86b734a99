#pragma once

#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/scenarios/harness/circle.h"

// The tool as people start it: `poolcirkel`, a process of its own.
namespace tests::scenarios::harness {

struct Told {
  int exit_code = -1;
  // Standard output, which alone goes through a pipe.
  std::string output;
  // Standard output, then standard error.
  std::string text;

  bool ok() const { return exit_code == 0; }
};

// Runs `poolcirkel ARGUMENTS` to its end. Knows no node: for what verifies by itself.
Told RunTool(const Folder& folder, const std::vector<std::string>& arguments);
// As the administrator of `node`, in the circle `randstad`.
Told RunTool(const Folder& folder, const Node& node, const std::vector<std::string>& arguments);

// The same with --json; a failed expectation and an empty message when it did not work.
template <typename Message>
Message AskTool(const Folder& folder, const Node& node, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "--json");
  const Told told = RunTool(folder, node, arguments);
  EXPECT_TRUE(told.ok()) << told.text;
  Message message;
  EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(told.output, &message).ok()) << told.text;
  return message;
}

}  // namespace tests::scenarios::harness
