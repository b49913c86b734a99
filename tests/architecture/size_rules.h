// How long functions and files may be. Pure functions of the tree.
#pragma once

#include "tests/architecture/source_tree.h"

namespace architecture {

inline constexpr int kMaximumFunctionLines = 70;
inline constexpr int kMaximumFileLines = 500;

// Counts by braces, from the first line of the signature to the closing brace; lambdas count
// for the function that they stand in.
Violations CheckFunctionLength(const SourceTree& tree);

Violations CheckFileLength(const SourceTree& tree);

}  // namespace architecture
