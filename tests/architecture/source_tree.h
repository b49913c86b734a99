// The source tree as text, and what every rule answers with.
//
// Thread-safety: values without shared state. Errors: LoadSourceTree aborts
// when the folder is not the root of the project, so that no rule can hold
// because it saw nothing.
#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace architecture {

struct SourceFile {
  std::string path;  // from the root, with '/': "eventstore/base/clock.cc"
  std::string text;
};

using SourceTree = std::vector<SourceFile>;

struct Violation {
  std::string path;
  int line = 0;  // from 1; 0 when it is about the whole file or folder
  std::string what;
};

using Violations = std::vector<Violation>;

void PrintTo(const Violation& violation, std::ostream* out);

// All text files below `root` that are kept in version control, by path.
SourceTree LoadSourceTree(const std::string& root);

// Lines without their ends.
std::vector<std::string_view> Lines(std::string_view text);

// Whether the path lies in one of the folders, or is one of the files.
bool IsIn(std::string_view path, const std::vector<std::string_view>& homes);

bool IsCpp(std::string_view path);

// "a/b/c.cc" -> "a/b"; "" for a file in the root.
std::string_view FolderOf(std::string_view path);

// "a/b/c.cc" -> "c.cc".
std::string_view NameOf(std::string_view path);

}  // namespace architecture
