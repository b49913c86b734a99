#include "tests/services/domain/handshake_model.h"

#include "gtest/gtest.h"

namespace tests::domain {
namespace {

// A few seconds' worth; all short orders of events lie within it.
constexpr size_t kStates = 200'000;

std::string Joined(const std::vector<std::string>& trace) {
  std::string text;
  for (const std::string& step : trace) text += "\n  " + step;
  return text;
}

TEST(HandshakeModelTest, NoHourIsPromisedTwiceAndNoSeatFilledTwice) {
  const auto result = HandshakeModel(Mutant::kNone).Explore(kStates);
  EXPECT_EQ(result.violation, "") << Joined(result.trace);
  EXPECT_TRUE(result.exhausted || result.states >= kStates) << result.states;
  EXPECT_GE(result.depth, 8);
  RecordProperty("states", static_cast<int>(result.states));
  RecordProperty("depth", result.depth);
}

TEST(HandshakeModelTest, FindsALenderThatReleasesByItsOwnClock) {
  const auto result = HandshakeModel(Mutant::kReleasesByItsOwnClock).Explore(kStates);
  EXPECT_NE(result.violation, "") << result.states;
}

TEST(HandshakeModelTest, FindsAHostThatAcceptsWhatExpired) {
  const auto result = HandshakeModel(Mutant::kForgetsThatItExpired).Explore(kStates);
  EXPECT_NE(result.violation, "") << result.states;
}

TEST(HandshakeModelTest, FindsALenderThatIgnoresItsLedger) {
  const auto result = HandshakeModel(Mutant::kIgnoresTheLedger).Explore(kStates);
  EXPECT_EQ(result.violation, "hours were reserved twice") << Joined(result.trace);
}

}  // namespace
}  // namespace tests::domain
