#include "tests/simulation/mutants.h"

#include <gtest/gtest.h>

#include <iostream>

namespace tests::simulation {
namespace {

constexpr uint64_t kMostSeeds = 500;

class MutantsTest : public ::testing::TestWithParam<size_t> {};

// Each checker sees what it is there for.
TEST_P(MutantsTest, IsFound) {
  const Mutant mutant = Mutants()[GetParam()];
  for (uint64_t seed = 1; seed <= kMostSeeds; ++seed) {
    Options options;
    options.seed = seed;
    options.seams = mutant.seams;
    const std::string broken = Simulation(options).Run();
    if (!broken.starts_with(mutant.checker)) continue;
    std::cout << mutant.name << ": seed " << seed << ": " << broken << "\n";
    return;
  }
  ADD_FAILURE() << mutant.checker << " did not find: " << mutant.name;
}

INSTANTIATE_TEST_SUITE_P(All, MutantsTest, ::testing::Range(size_t{0}, Mutants().size()),
                         [](const auto& one) { return "Number" + std::to_string(one.param + 1); });

}  // namespace
}  // namespace tests::simulation
