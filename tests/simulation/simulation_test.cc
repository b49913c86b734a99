#include "tests/simulation/simulation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

namespace tests::simulation {
namespace {

// ./tests/simulation/run sets these.
uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

constexpr uint64_t kSeeds = 500;

// What happened, and how to see it again.
void Explain(const Simulation& simulation, uint64_t seed, const std::string& broken) {
  std::cout << "seed " << seed << ": " << broken << "\n";
  for (const std::string& line : simulation.trace()) std::cout << "  " << line << "\n";
  std::cout << "repeat with: tests/simulation/run --from " << seed << " --seeds 1\n";
}

Options Seed(uint64_t seed, bool lose_an_end = false) {
  Options options;
  options.seed = seed;
  options.lose_an_end = lose_an_end;
  return options;
}

bool Holds(const Options& options, std::string* digest = nullptr) {
  const uint64_t seed = options.seed;
  Simulation simulation(options);
  const std::string broken = simulation.Run();
  if (digest != nullptr) *digest = simulation.digest();
  if (broken.empty()) {
    if (std::getenv("POOLCIRKEL_SIMULATION_TRACE") != nullptr) Explain(simulation, seed, "");
    return true;
  }
  Explain(simulation, seed, broken);
  if (const char* path = std::getenv("POOLCIRKEL_SIMULATION_FAILED")) {
    std::ofstream(path, std::ios::app) << seed << "  # " << broken << "\n";
  }
  return false;
}

// Seeds that found something once, before all others.
TEST(Simulation, SeedsThatFoundSomethingHold) {
  std::ifstream file("tests/simulation/seeds.txt");
  ASSERT_TRUE(file.is_open());
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    uint64_t seed = 0;
    if (!(words >> seed)) continue;
    EXPECT_TRUE(Holds(Seed(seed))) << line;
  }
}

TEST(Simulation, EverythingHoldsForEverySeed) {
  const uint64_t first = FromEnvironment("POOLCIRKEL_SIMULATION_FROM", 1);
  const uint64_t seeds = FromEnvironment("POOLCIRKEL_SIMULATION_SEEDS", kSeeds);
  uint64_t failed = 0;
  for (uint64_t seed = first; seed < first + seeds; ++seed) {
    std::string digest;
    if (!Holds(Seed(seed), &digest)) ++failed;
    if (seed % 20 != 0) continue;
    std::string again;
    Holds(Seed(seed), &again);
    EXPECT_EQ(digest, again) << "seed " << seed << " went another way the second time";
  }
  EXPECT_EQ(failed, 0u);
}

// What was acknowledged by a disk that is lost, and only heard of by others, is gone. The
// member does not go on below it: the others end its epoch, and it goes on in the next.
TEST(Simulation, AMemberThatLostItsEndGoesOnInANewEpoch) {
  const uint64_t first = FromEnvironment("POOLCIRKEL_SIMULATION_FROM", 1);
  const uint64_t seeds =
      std::min<uint64_t>(40, FromEnvironment("POOLCIRKEL_SIMULATION_SEEDS", kSeeds));
  size_t ended = 0;
  for (uint64_t seed = first; seed < first + seeds; ++seed) {
    Simulation simulation(Seed(seed, /*lose_an_end=*/true));
    const std::string broken = simulation.Run();
    EXPECT_EQ(broken, "") << "seed " << seed;
    if (!broken.empty() || std::getenv("POOLCIRKEL_SIMULATION_TRACE") != nullptr) {
      Explain(simulation, seed, broken);
    }
    ended += static_cast<size_t>(std::ranges::count_if(simulation.trace(), [](const auto& line) {
      return line.find("replace key of") != std::string::npos && line.ends_with(" 1");
    }));
  }
  EXPECT_GT(ended, 0u);
}

}  // namespace
}  // namespace tests::simulation
