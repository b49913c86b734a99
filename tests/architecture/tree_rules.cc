#include "tests/architecture/tree_rules.h"

#include <cctype>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/architecture/code_text.h"

namespace architecture {
namespace {

bool Contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// Two halves, so that this file does not break its own rules.
std::string Join(std::string_view first, std::string_view second) {
  return std::string(first) + std::string(second);
}

const std::vector<std::string>& UnfinishedWords() {
  static const auto& words = *new std::vector<std::string>{Join("TO", "DO"), Join("FIX", "ME"),
                                                           Join("XX", "X"), Join("HA", "CK")};
  return words;
}

// Folders that exist on one machine, as the first part of an absolute path.
const std::vector<std::string>& MachinePaths() {
  static const auto& paths =
      *new std::vector<std::string>{Join("/", "work/"), Join("/", "root/"), Join("/", "home/")};
  return paths;
}

const std::vector<std::string>& RegistryWords() {
  static const auto& words = *new std::vector<std::string>{
      Join("npm", "js."),       Join("npm", "mirror"),   Join("py", "pi.org"),
      Join("art", "ifactory"),  Join("jf", "rog"),       Join("verd", "accio"),
      Join("_auth", "Token"),   Join("deb.", "debian."), Join("proxy.", "golang"),
      Join("\"res", "olved\""),
  };
  return words;
}

// Whether an absolute path begins with `path` somewhere in the line.
bool NamesAbsolutePath(std::string_view line, std::string_view path) {
  for (size_t at = line.find(path); at != std::string_view::npos; at = line.find(path, at + 1)) {
    const char before = at == 0 ? ' ' : line[at - 1];
    const bool is_inside_path = std::isalnum(static_cast<unsigned char>(before)) != 0 ||
                                std::string_view("_.-~}/)*").find(before) != std::string_view::npos;
    if (!is_inside_path) {
      return true;
    }
  }
  return false;
}

}  // namespace

Violations CheckTopLevel(const SourceTree& tree) {
  static const auto& files = *new std::set<std::string_view>{
      "README.md", "ARCHITECTURE.md", "CONTRIBUTING.md",   "LICENSE",
      "buf.yaml",  "CMakeLists.txt",  "CMakePresets.json", "compile_commands.json"};
  static const auto& folders = *new std::set<std::string_view>{
      "proto", "eventstore", "projections", "services", "tests", "deploy"};
  Violations violations;
  for (const SourceFile& file : tree) {
    const std::string_view first = std::string_view(file.path).substr(0, file.path.find('/'));
    const bool is_folder = first.size() < file.path.size();
    if (!first.starts_with('.') && !(is_folder ? folders : files).contains(first)) {
      violations.push_back({file.path, 0, "only the folders of the design stand in the root"});
    }
  }
  return violations;
}

Violations CheckPragmaOnce(const SourceTree& tree) {
  Violations violations;
  for (const SourceFile& file : tree) {
    if (file.path.ends_with(".h") && !Contains("\n" + file.text, "\n#pragma once\n")) {
      violations.push_back({file.path, 0, "header without #pragma once"});
    }
  }
  return violations;
}

Violations CheckReadmes(const SourceTree& tree) {
  std::set<std::string, std::less<>> need;
  std::set<std::string, std::less<>> have;
  for (const SourceFile& file : tree) {
    const std::string_view folder = FolderOf(file.path);
    const bool is_product = IsIn(file.path, {"eventstore", "projections", "services"});
    const bool is_own_tests =
        IsIn(file.path, {"tests/testing", "tests/scenarios", "tests/architecture", "tests/bench",
                         "tests/simulation", "tests/fuzz"});
    if (IsCpp(file.path) && (is_product || is_own_tests)) {
      need.insert(std::string(folder));
    }
    if (NameOf(file.path) == "README.md") {
      have.insert(std::string(folder));
    }
  }
  Violations violations;
  for (const std::string& folder : need) {
    if (!have.contains(folder)) {
      violations.push_back({folder, 0, "folder without README.md"});
    }
  }
  return violations;
}

Violations CheckUnfinishedWork(const SourceTree& tree) {
  Violations violations;
  for (const SourceFile& file : tree) {
    int number = 0;
    for (std::string_view line : Lines(file.text)) {
      ++number;
      for (const std::string& word : UnfinishedWords()) {
        if (FindWord(line, word) != std::string_view::npos) {
          violations.push_back({file.path, number, word + ": finish it or make an issue of it"});
        }
      }
    }
  }
  return violations;
}

Violations CheckMachineWords(const SourceTree& tree) {
  Violations violations;
  for (const SourceFile& file : tree) {
    int number = 0;
    for (std::string_view line : Lines(file.text)) {
      ++number;
      for (const std::string& path : MachinePaths()) {
        if (NamesAbsolutePath(line, path)) {
          violations.push_back({file.path, number, "absolute path below " + path});
        }
      }
      for (const std::string& word : RegistryWords()) {
        if (Contains(line, word)) {
          violations.push_back({file.path, number, "names a package registry: " + word});
        }
      }
    }
  }
  return violations;
}

}  // namespace architecture
