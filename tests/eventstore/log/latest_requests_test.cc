// Memory of what was executed must never say that something was not.
#include "eventstore/log/latest_requests.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace eventstore::log {
namespace {

// A UUIDv7 of that many milliseconds.
RequestId Id(uint64_t number) {
  std::array<uint8_t, RequestId::kSize> bytes{};
  for (int i = 0; i < 6; ++i) bytes[i] = static_cast<uint8_t>(number >> (8 * (5 - i)));
  bytes[6] = 0x70;
  bytes[8] = 0x80;
  return RequestId(bytes);
}

RequestId Other(std::mt19937_64& random) {
  std::array<uint8_t, RequestId::kSize> bytes;
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
  return RequestId(bytes);
}

TEST(LatestRequestsTest, KnowsGapsAndWhatComesAfter) {
  LatestRequests latest(Id(100));
  latest.Add(Id(103));
  EXPECT_TRUE(latest.MayHold(Id(7)));
  EXPECT_TRUE(latest.MayHold(Id(100)));
  EXPECT_FALSE(latest.MayHold(Id(102)));
  EXPECT_TRUE(latest.MayHold(Id(103)));
  EXPECT_FALSE(latest.MayHold(Id(104)));
}

TEST(LatestRequestsTest, ForgetsTheSmallestFirst) {
  LatestRequests latest{RequestId()};
  for (uint64_t i = 1; i <= LatestRequests::kMost + 1; ++i) latest.Add(Id(2 * i));
  EXPECT_TRUE(latest.MayHold(Id(3)));  // was a gap, and is no longer known
  EXPECT_FALSE(latest.MayHold(Id(2 * LatestRequests::kMost + 1)));
  EXPECT_FALSE(latest.MayHold(Id(2 * LatestRequests::kMost + 3)));
}

TEST(LatestRequestsTest, KnowsNothingOfIdsThatAreNotTimed) {
  LatestRequests latest(Id(100));
  RequestId random = *RequestId::FromBytes(std::string(RequestId::kSize, '\xEE'));
  EXPECT_FALSE(LatestRequests::IsTimed(random));
  EXPECT_TRUE(latest.MayHold(random));
  latest.Add(random);
  // Of 2099 and of 2100.
  EXPECT_TRUE(LatestRequests::IsTimed(Id(4'102'444'799'999)));
  EXPECT_FALSE(LatestRequests::IsTimed(Id(4'102'444'800'000)));
  latest.Add(Id(4'102'444'800'000));
  EXPECT_FALSE(latest.MayHold(Id(101))) << "they take nobody's place";
}

TEST(LatestRequestsTest, NeverDeniesWhatWasAdded) {
  std::mt19937_64 random(20261122);  // the same each time
  for (const int spread_bits : {10, 20, 64}) {
    LatestRequests latest(Id(1));
    std::vector<RequestId> added;
    // Ids near a clock that goes on, from callers whose clocks differ, and far ones.
    for (uint64_t now = 2; now < 3 * LatestRequests::kMost; ++now) {
      const bool other = spread_bits == 64 && random() % 2 == 0;
      const uint64_t spread = spread_bits == 64 ? random() : random() % (1ULL << spread_bits);
      added.push_back(other ? Other(random) : Id(now + spread));
      latest.Add(added.back());
      ASSERT_TRUE(latest.MayHold(added[random() % added.size()]));
    }
    for (const RequestId& one : added) ASSERT_TRUE(latest.MayHold(one));
  }
}

}  // namespace
}  // namespace eventstore::log
