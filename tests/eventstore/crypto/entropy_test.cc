#include "eventstore/crypto/entropy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace eventstore::crypto {
namespace {

TEST(SystemEntropy, GivesAsManyBytesAsAsked) {
  SystemEntropy entropy;
  for (const size_t count : {0, 1, 8, 32, 100000}) EXPECT_EQ(entropy.Bytes(count).size(), count);
}

TEST(SystemEntropy, NeverGivesTheSameAgain) {
  SystemEntropy entropy;
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(seen.insert(entropy.Bytes(16)).second);
  const std::string many = entropy.Bytes(1 << 16);
  // Each byte value occurs about 256 times; none at all would be a fault.
  for (int value = 0; value < 256; ++value) {
    EXPECT_GT(std::count(many.begin(), many.end(), static_cast<char>(value)), 100) << value;
  }
}

}  // namespace
}  // namespace eventstore::crypto
