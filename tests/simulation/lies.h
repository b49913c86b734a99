#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tests/simulation/simulation.h"

namespace tests::simulation {

// The member that lies, of circle 0; the others of it are 0, which coordinates, and 2.
inline constexpr size_t kLiar = 1;

// One way for a member to lie. README.md has the list.
struct Lie {
  std::string name;
  // Called before each step.
  std::function<void(Simulation&, int step)> tell;
  // At the end: what harm it did at the honest; empty when it was found out or harmless.
  std::function<std::string(Simulation&)> harm;
  // A node built wrong, at which the lie does harm: shows that `harm` sees it.
  std::optional<Seams> mutant = {};
  // See Options::liar_withholds.
  bool withholds = false;
};

// Each with a state of its own: for one run.
std::vector<Lie> AllLies();

}  // namespace tests::simulation
