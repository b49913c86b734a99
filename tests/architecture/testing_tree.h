// The trees that rules are tested on. Thread-safety: none; tests have one thread.
#pragma once

#include "tests/architecture/source_tree.h"

namespace architecture {

// The project itself, read once; ctest starts the tests in its root.
inline const SourceTree& RealTree() {
  static const SourceTree& tree = *new SourceTree(LoadSourceTree("."));
  return tree;
}

}  // namespace architecture
