#include "tests/simulation/lies.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

namespace tests::simulation {
namespace {

constexpr uint64_t kSeeds = 15;
constexpr uint64_t kMostSeeds = 500;

std::string Tell(size_t number, uint64_t seed, const Seams& seams, bool explain) {
  const Lie lie = AllLies()[number];
  Options options;
  options.seed = seed;
  options.seams = seams;
  options.liar = kLiar;
  options.liar_withholds = lie.withholds;
  options.lie = lie.tell;
  options.harm = lie.harm;
  Simulation simulation(options);
  std::string broken = simulation.Run();
  if (!broken.empty() && explain) {
    for (const std::string& line : simulation.trace()) std::cout << "  " << line << "\n";
  }
  return broken;
}

class LiesTest : public ::testing::TestWithParam<size_t> {};
class LieMutantsTest : public ::testing::TestWithParam<size_t> {};

// Lies that a node built wrong falls for.
std::vector<size_t> LiesWithMutants() {
  std::vector<size_t> numbers;
  for (size_t number = 0; number < AllLies().size(); ++number) {
    if (AllLies()[number].mutant.has_value()) numbers.push_back(number);
  }
  return numbers;
}

TEST_P(LiesTest, IsFoundOutOrHarmless) {
  const char* more = std::getenv("POOLCIRKEL_SIMULATION_SEEDS");
  const uint64_t seeds = more == nullptr ? kSeeds : std::strtoull(more, nullptr, 10);
  for (uint64_t seed = 1; seed <= seeds && !HasFailure(); ++seed) {
    EXPECT_EQ(Tell(GetParam(), seed, {}, true), "")
        << "lie " << GetParam() + 1 << ", " << AllLies()[GetParam()].name << ", seed " << seed;
  }
}

// A node built wrong falls for it, and the checkers see that.
TEST_P(LieMutantsTest, SeeTheHarm) {
  const Lie lie = AllLies()[GetParam()];
  for (uint64_t seed = 1; seed <= kMostSeeds; ++seed) {
    const std::string broken = Tell(GetParam(), seed, *lie.mutant, false);
    if (broken.empty()) continue;
    std::cout << lie.name << ": seed " << seed << ": " << broken << "\n";
    return;
  }
  ADD_FAILURE() << "nobody saw the harm of: " << lie.name;
}

INSTANTIATE_TEST_SUITE_P(All, LiesTest, ::testing::Range(size_t{0}, AllLies().size()),
                         [](const auto& one) { return "Number" + std::to_string(one.param + 1); });

INSTANTIATE_TEST_SUITE_P(All, LieMutantsTest, ::testing::ValuesIn(LiesWithMutants()),
                         [](const auto& one) { return "Number" + std::to_string(one.param + 1); });

}  // namespace
}  // namespace tests::simulation
