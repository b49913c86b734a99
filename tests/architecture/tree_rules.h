// What lies where in the tree, and what no file says. Pure functions of the
// tree.
#pragma once

#include "tests/architecture/source_tree.h"

namespace architecture {

// Only the folders and files that the design names.
Violations CheckTopLevel(const SourceTree& tree);

Violations CheckPragmaOnce(const SourceTree& tree);

// Folders with sources, and the folders of tests that mirror nothing, say what they are for.
Violations CheckReadmes(const SourceTree& tree);

// No notes about work that is left.
Violations CheckUnfinishedWork(const SourceTree& tree);

// Nothing that holds on one machine only: absolute paths, package registries.
Violations CheckMachineWords(const SourceTree& tree);

}  // namespace architecture
