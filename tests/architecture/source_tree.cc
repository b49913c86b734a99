#include "tests/architecture/source_tree.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

namespace architecture {
namespace {

// What version control ignores or what is no text.
bool IsSkippedFolder(const std::string& path) {
  return path == ".git" || path == "build" || path == "deploy/.try" ||
         NameOf(path) == "node_modules";
}

bool IsBinary(std::string_view text) { return text.find('\0') != std::string_view::npos; }

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

void PrintTo(const Violation& violation, std::ostream* out) {
  *out << "\n  " << violation.path;
  if (violation.line > 0) {
    *out << ':' << violation.line;
  }
  *out << ": " << violation.what;
}

SourceTree LoadSourceTree(const std::string& root) {
  SourceTree tree;
  std::filesystem::recursive_directory_iterator entry(root);
  for (const auto end = std::filesystem::end(entry); entry != end; ++entry) {
    const std::string path = std::filesystem::relative(entry->path(), root).generic_string();
    if (entry->is_directory()) {
      if (IsSkippedFolder(path)) {
        entry.disable_recursion_pending();
      }
      continue;
    }
    std::string text = ReadFile(entry->path());
    if (!IsBinary(text)) {
      tree.push_back({path, std::move(text)});
    }
  }
  std::sort(tree.begin(), tree.end(),
            [](const SourceFile& a, const SourceFile& b) { return a.path < b.path; });
  const bool is_project = std::any_of(tree.begin(), tree.end(), [](const SourceFile& file) {
    return file.path == "eventstore/base/clock.cc";
  });
  if (!is_project) {
    std::cerr << root << " is not the root of the project\n";
    std::abort();
  }
  return tree;
}

std::vector<std::string_view> Lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

bool IsIn(std::string_view path, const std::vector<std::string_view>& homes) {
  return std::any_of(homes.begin(), homes.end(), [&](std::string_view home) {
    return path == home || (path.starts_with(home) && path.substr(home.size()).starts_with("/"));
  });
}

bool IsCpp(std::string_view path) { return path.ends_with(".h") || path.ends_with(".cc"); }

std::string_view FolderOf(std::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

std::string_view NameOf(std::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

}  // namespace architecture
