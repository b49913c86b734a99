// Who may include what. Pure functions of the tree.
#pragma once

#include "tests/architecture/source_tree.h"

namespace architecture {

// proto <- eventstore <- projections <- services, and inside each the order that
// its folders have; nothing includes tests.
Violations CheckIncludeDirection(const SourceTree& tree);

// OpenSSL, RocksDB, gRPC, spdlog and their like only at their homes.
Violations CheckLibraryHomes(const SourceTree& tree);

}  // namespace architecture
