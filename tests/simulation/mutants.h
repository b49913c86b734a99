#pragma once

#include <string>
#include <vector>

#include "tests/simulation/simulation.h"

namespace tests::simulation {

// The code with one thing wrong in it, put in at a seam; no mutant is compiled into the
// product. A checker must find it within 500 seeds.
struct Mutant {
  std::string name;
  std::string checker;  // how its finding begins: "(a)"
  Seams seams;
};
std::vector<Mutant> Mutants();

}  // namespace tests::simulation
