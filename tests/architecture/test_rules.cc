#include "tests/architecture/test_rules.h"

#include <set>
#include <string>
#include <string_view>

#include "tests/architecture/code_text.h"

namespace architecture {
namespace {

constexpr std::string_view kTestEnding = "_test.cc";

// Commands of a CMakeLists.txt without comments and blanks, each after a '\n'.
std::string Commands(std::string_view text) {
  std::string commands = "\n";
  for (std::string_view line : Lines(text)) {
    for (char c : line.substr(0, line.find('#'))) {
      if (c != ' ' && c != '\t') {
        commands += c;
      }
    }
    commands += '\n';
  }
  return commands;
}

const SourceFile* Find(const SourceTree& tree, std::string_view path) {
  for (const SourceFile& file : tree) {
    if (file.path == path) {
      return &file;
    }
  }
  return nullptr;
}

bool CallsInFolder(const SourceTree& tree, std::string_view folder, const std::string& command) {
  const SourceFile* file = Find(tree, std::string(folder) + "/CMakeLists.txt");
  return file != nullptr && Commands(file->text).find("\n" + command) != std::string::npos;
}

// Whether CMake comes to `folder` from tests/.
bool IsReached(const SourceTree& tree, std::string_view folder) {
  while (folder != "tests") {
    const std::string_view parent = FolderOf(folder);
    if (parent.empty() ||
        !CallsInFolder(tree, parent, "add_subdirectory(" + std::string(NameOf(folder)) + ")")) {
      return false;
    }
    folder = parent;
  }
  return true;
}

// All files without their ending, and all folders, outside tests/.
std::set<std::string, std::less<>> Mirrored(const SourceTree& tree) {
  std::set<std::string, std::less<>> names;
  for (const SourceFile& file : tree) {
    if (IsIn(file.path, {"tests"})) {
      continue;
    }
    names.insert(file.path.substr(0, file.path.rfind('.')));
    for (std::string_view folder = FolderOf(file.path); !folder.empty();
         folder = FolderOf(folder)) {
      names.insert(std::string(folder));
    }
  }
  return names;
}

}  // namespace

Violations CheckTestsAreBuilt(const SourceTree& tree) {
  Violations violations;
  for (const SourceFile& file : tree) {
    if (!file.path.ends_with(kTestEnding)) {
      continue;
    }
    const std::string_view folder = FolderOf(file.path);
    if (!IsIn(file.path, {"tests"})) {
      violations.push_back({file.path, 0, "tests lie below tests/"});
      continue;
    }
    if (!CallsInFolder(tree, folder, "poolcirkel_tests(")) {
      violations.push_back({file.path, 0, "no poolcirkel_tests() in its folder's CMakeLists.txt"});
    }
    if (!IsReached(tree, folder)) {
      violations.push_back({file.path, 0, "its folder is not reached by add_subdirectory()"});
    }
    const std::string code = BlankCommentsAndLiterals(file.text);
    if (code.find("DISABLED_") != std::string::npos ||
        code.find("GTEST_SKIP") != std::string::npos) {
      violations.push_back({file.path, 0, "a test that does not run is only a comment"});
    }
  }
  return violations;
}

Violations CheckTestsMirrorTheTree(const SourceTree& tree) {
  const std::set<std::string, std::less<>> names = Mirrored(tree);
  Violations violations;
  for (const SourceFile& file : tree) {
    const std::string_view path = file.path;
    // tests/eventstore/format holds eventstore/FORMAT.md.
    const bool has_own_order =
        IsIn(path, {"tests/testing", "tests/scenarios", "tests/architecture", "tests/bench",
                    "tests/simulation", "tests/fuzz", "tests/eventstore/format"});
    if (!IsIn(path, {"tests"}) || !path.ends_with(kTestEnding) || has_own_order) {
      continue;
    }
    const std::string_view folder = FolderOf(path);
    const std::string_view mirrored = folder.substr(folder.find('/') + 1);
    if (folder == "tests" || !names.contains(mirrored)) {
      violations.push_back({file.path, 0, "its folder mirrors none of the project"});
    }
  }
  return violations;
}

}  // namespace architecture
