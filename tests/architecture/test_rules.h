// Every test is built, run, and has its place. Pure functions of the tree.
#pragma once

#include "tests/architecture/source_tree.h"

namespace architecture {

// Each *_test.cc lies in a folder whose CMakeLists.txt calls poolcirkel_tests
// and that is reached by add_subdirectory from tests/; no test is disabled.
Violations CheckTestsAreBuilt(const SourceTree& tree);

// tests/x/y_test.cc tests x/y.cc, x/y.h or the folder x/y; tests/x/y_z_test.cc
// may test one aspect z of it, and tests/x/x_test.cc the folder x as a whole.
Violations CheckTestsMirrorTheTree(const SourceTree& tree);

}  // namespace architecture
