// What may be called where. Pure functions of the tree.
#pragma once

#include "tests/architecture/source_tree.h"

namespace architecture {

// The clock, randomness, sleeping, locks, files, the environment and the
// terminal are used only at their homes; nothing throws.
Violations CheckBannedCalls(const SourceTree& tree);

}  // namespace architecture
