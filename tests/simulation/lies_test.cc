#include "tests/simulation/lies.h"

#include <gtest/gtest.h>

#include <iostream>

namespace tests::simulation {
namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr uint64_t kSeeds = 2;
#else
constexpr uint64_t kSeeds = 15;
#endif
constexpr uint64_t kMostSeeds = 500;

std::string Tell(size_t number, uint64_t seed, const Seams& seams, bool explain) {
  const Lie lie = AllLies()[number];
  Options options;
  options.seed = seed;
  options.seams = seams;
  options.liar = kLiar;
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

TEST_P(LiesTest, IsFoundOutOrHarmless) {
  for (uint64_t seed = 1; seed <= kSeeds && !HasFailure(); ++seed) {
    EXPECT_EQ(Tell(GetParam(), seed, {}, true), "")
        << "lie " << GetParam() + 1 << ", " << AllLies()[GetParam()].name << ", seed " << seed;
  }
}

// A node built wrong falls for it, and the checkers see that.
TEST_P(LiesTest, WouldDoHarmToAMutant) {
  const Lie lie = AllLies()[GetParam()];
  if (!lie.mutant.has_value()) GTEST_SKIP() << "no node falls for it without being the liar's";
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

}  // namespace
}  // namespace tests::simulation
