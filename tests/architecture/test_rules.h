// Every test is built, run, and has its place. Pure functions of the tree.
#pragma once

#include "tests/architecture/source_tree.h"

namespace architecture {

// Each *_test.cc lies in a folder whose CMakeLists.txt calls poolcirkel_tests
// and that is reached by add_subdirectory from tests/; no test is disabled.
Violations CheckTestsAreBuilt(const SourceTree& tree);

// A test below tests/x/ lies there because of a folder x or because of x.cc or
// x.h; folders that mirror nothing are named in the rule.
Violations CheckTestsMirrorTheTree(const SourceTree& tree);

}  // namespace architecture
