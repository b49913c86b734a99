#include "tests/architecture/include_rules.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace architecture {
namespace {

using Folders = std::vector<std::string_view>;

// Files in `folder` may include, of the project's own headers, only those in
// `allowed` and in the folder itself. The first entry that fits a file counts.
struct Direction {
  std::string_view folder;
  Folders allowed;
};

std::vector<Direction> OfStores() {
  return {
      {"eventstore/base", {"google/rpc"}},
      {"eventstore/crypto", {"eventstore/base"}},
      {"eventstore/merkle", {"eventstore/base", "eventstore/crypto"}},
      {"eventstore/storage", {"eventstore/base", "eventstore/crypto", "eventstore/merkle"}},
      {"eventstore/log",
       {"poolcirkel/log", "google/rpc", "eventstore/base", "eventstore/crypto", "eventstore/merkle",
        "eventstore/storage"}},
      {"eventstore/check",
       {"poolcirkel/log", "google/rpc", "eventstore/base", "eventstore/crypto", "eventstore/merkle",
        "eventstore/storage", "eventstore/log"}},
      {"eventstore/privacy",
       {"poolcirkel/log", "google/rpc", "eventstore/base", "eventstore/crypto", "eventstore/merkle",
        "eventstore/storage", "eventstore/log"}},
      {"eventstore/replication",
       {"poolcirkel/log", "google/rpc", "eventstore/base", "eventstore/crypto", "eventstore/merkle",
        "eventstore/storage", "eventstore/log", "eventstore/privacy"}},
      {"projections/engine", {"poolcirkel/log", "poolcirkel/event", "google/rpc", "eventstore"}},
      {"projections",
       {"poolcirkel/log", "poolcirkel/event", "google/rpc", "eventstore", "projections"}},
  };
}

std::vector<Direction> OfServices() {
  return {
      {"services/domain",
       {"poolcirkel/log", "poolcirkel/event", "google/rpc", "eventstore/base", "eventstore/crypto",
        "eventstore/merkle", "eventstore/log/types.h", "eventstore/privacy/key_file.h",
        "eventstore/privacy/sealing.h"}},
      {"services/membership",
       {"poolcirkel", "google/rpc", "eventstore", "services/access", "services/rpc",
        "services/domain"}},
      {"services/commands",
       {"poolcirkel", "google/rpc", "eventstore", "projections", "services/access",
        "services/membership", "services/rpc", "services/domain"}},
      {"services/policies",
       {"poolcirkel", "google/rpc", "eventstore", "projections", "services/access",
        "services/membership", "services/rpc", "services/domain", "services/commands"}},
      {"services/disclosure",
       {"poolcirkel", "google/rpc", "eventstore", "projections", "services/access",
        "services/membership", "services/rpc", "services/domain", "services/commands"}},
      // What answers about people and exchanges have in common.
      {"services/answers",
       {"poolcirkel", "google/rpc", "eventstore", "projections", "services/access",
        "services/membership", "services/rpc", "services/domain"}},
      {"services/queries",
       {"poolcirkel", "google/rpc", "eventstore", "projections", "services/access",
        "services/membership", "services/rpc", "services/domain", "services/answers"}},
      // Verifies without a node: pure parts only.
      {"services/audit/verify",
       {"poolcirkel/log", "poolcirkel/event", "google/rpc", "eventstore/base", "eventstore/crypto",
        "eventstore/merkle", "eventstore/log/types.h", "eventstore/log/record.h",
        "eventstore/privacy/key_file.h", "eventstore/privacy/sealing.h", "services/domain"}},
      {"services/audit",
       {"poolcirkel", "google/rpc", "eventstore", "projections", "services/access",
        "services/membership", "services/rpc", "services/domain", "services/answers"}},
      // What the tool and the node share about keeping a log whole.
      {"services/durability", {"poolcirkel", "google/rpc", "eventstore"}},
      // Hands every request to the service that answers it.
      {"services/api",
       {"poolcirkel", "google/rpc", "eventstore", "projections", "services/access",
        "services/membership", "services/rpc", "services/domain", "services/commands",
        "services/queries", "services/audit", "services/disclosure"}},
      {"services/cli",
       {"poolcirkel", "google/rpc", "eventstore/base", "eventstore/crypto", "eventstore/merkle",
        "eventstore/log", "eventstore/check", "eventstore/privacy", "services/access",
        "services/durability", "services/rpc", "services/audit"}},
      {"services/node", {"poolcirkel", "google/rpc", "eventstore", "projections", "services"}},
      {"services",
       {"poolcirkel", "google/rpc", "eventstore", "projections", "services/access",
        "services/membership", "services/rpc"}},
      {"tests", {"poolcirkel", "google/rpc", "eventstore", "projections", "services", "tests"}},
  };
}

const std::vector<Direction>& Directions() {
  static const auto& directions = *[] {
    auto* all = new std::vector<Direction>(OfStores());
    for (Direction& direction : OfServices()) all->push_back(std::move(direction));
    return all;
  }();
  return directions;
}

// A folder directly below services is one service; so "itself" is that folder.
std::string_view ServiceOf(std::string_view path) {
  const size_t slash = path.find('/', std::string_view("services/").size());
  return path.substr(0, slash);
}

bool IsAllowed(std::string_view path, std::string_view header, const Direction& direction) {
  if (IsIn(header, direction.allowed)) {
    return true;
  }
  const std::string_view itself =
      path.starts_with("services/") ? ServiceOf(path) : direction.folder;
  return direction.folder != "tests" && IsIn(header, {itself});
}

struct Include {
  int line;
  std::string_view header;
};

std::vector<Include> IncludesOf(const SourceFile& file) {
  std::vector<Include> includes;
  int number = 0;
  for (std::string_view line : Lines(file.text)) {
    ++number;
    if (!line.starts_with("#include ")) {
      continue;
    }
    const size_t open = line.find_first_of("\"<");
    const size_t close = line.find_first_of("\">", open + 1);
    if (open != std::string_view::npos && close != std::string_view::npos) {
      includes.push_back({number, line.substr(open + 1, close - open - 1)});
    }
  }
  return includes;
}

bool IsOwn(std::string_view header) {
  return IsIn(header,
              {"eventstore", "projections", "services", "tests", "poolcirkel", "google/rpc"});
}

// Headers that begin with `prefix`, or end with `suffix`, only in `homes`.
struct LibraryHome {
  std::string_view prefix;
  std::string_view suffix;
  Folders homes;
};

const std::vector<LibraryHome>& LibraryHomes() {
  static const auto& homes = *new std::vector<LibraryHome>{
      {"openssl/", "", {"eventstore/crypto", "tests/eventstore/crypto"}},
      {"eventstore/crypto/openssl.h", "", {"eventstore/crypto", "tests/eventstore/crypto"}},
      // The tests have a twin of its file system, and make a database of an earlier layout.
      {"rocksdb/",
       "",
       {"eventstore/storage", "tests/eventstore/storage", "tests/eventstore/check", "tests/testing",
        "tests/bench"}},
      {"grpcpp/", "", {"services", "tests"}},
      {"grpc/", "", {"services", "tests"}},
      {"", ".grpc.pb.h", {"services", "tests"}},
      {"spdlog/", "", {"services"}},
      {"CLI/", "", {"services/cli", "services/node"}},
      {"yaml-cpp/", "", {"services", "tests"}},
      {"absl/synchronization/", "", {"services/rpc"}},
  };
  return homes;
}

}  // namespace

Violations CheckIncludeDirection(const SourceTree& tree) {
  Violations violations;
  for (const SourceFile& file : tree) {
    if (!IsCpp(file.path)) {
      continue;
    }
    const Direction* direction = nullptr;
    for (const Direction& candidate : Directions()) {
      if (direction == nullptr && IsIn(file.path, {candidate.folder})) {
        direction = &candidate;
      }
    }
    if (direction == nullptr) {
      violations.push_back({file.path, 0, "lies in no folder that has a place in the order"});
      continue;
    }
    for (const Include& include : IncludesOf(file)) {
      if (IsOwn(include.header) && !IsAllowed(file.path, include.header, *direction)) {
        violations.push_back(
            {file.path, include.line,
             std::string(direction->folder) + " may not include " + std::string(include.header)});
      }
    }
  }
  return violations;
}

Violations CheckLibraryHomes(const SourceTree& tree) {
  Violations violations;
  for (const SourceFile& file : tree) {
    if (!IsCpp(file.path)) {
      continue;
    }
    for (const Include& include : IncludesOf(file)) {
      for (const LibraryHome& library : LibraryHomes()) {
        const bool is_of_library =
            include.header.starts_with(library.prefix) && include.header.ends_with(library.suffix);
        if (is_of_library && !IsIn(file.path, library.homes)) {
          violations.push_back(
              {file.path, include.line, std::string(include.header) + " outside its home"});
        }
      }
    }
  }
  return violations;
}

}  // namespace architecture
