#include "tests/simulation/mutants.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <map>
#include <string>

namespace tests::simulation {
namespace {

constexpr uint64_t kMostSeeds = 500;

class MutantsTest : public ::testing::TestWithParam<size_t> {};

// Each checker sees what it is there for.
TEST_P(MutantsTest, IsFound) {
  const Mutant mutant = Mutants()[GetParam()];
  const char* few = std::getenv("POOLCIRKEL_SIMULATION_SEEDS");
  const uint64_t seeds = few == nullptr ? kMostSeeds : std::strtoull(few, nullptr, 10);
  std::map<std::string, int> others;  // what other checkers found, and how often
  for (uint64_t seed = 1; seed <= seeds; ++seed) {
    Options options;
    options.seed = seed;
    options.seams = mutant.seams;
    const std::string broken = Simulation(options).Run();
    if (!broken.starts_with(mutant.checker)) {
      ++others[broken];
      continue;
    }
    std::cout << mutant.name << ": seed " << seed << ": " << broken << "\n";
    return;
  }
  ADD_FAILURE() << mutant.checker << " did not find: " << mutant.name;
  for (const auto& [what, count] : others) std::cout << count << " seeds: " << what << "\n";
}

INSTANTIATE_TEST_SUITE_P(All, MutantsTest, ::testing::Range(size_t{0}, Mutants().size()),
                         [](const auto& one) { return "Number" + std::to_string(one.param + 1); });

}  // namespace
}  // namespace tests::simulation
