#include "eventstore/base/entropy.h"

#include <gtest/gtest.h>

#include <set>
#include <thread>

namespace eventstore::base {
namespace {

using Id = BytesId<struct IdTag, 16>;

// A clock that stands where it is put, and bytes that can be told.
class StandingClock final : public Clock {
 public:
  explicit StandingClock(absl::Time now) : now_(now) {}
  absl::Time Now() const override { return now_; }
  void Set(absl::Time now) { now_ = now; }

 private:
  absl::Time now_;
};

class KnownEntropy final : public Entropy {
 public:
  explicit KnownEntropy(char byte) : byte_(byte) {}
  std::string Bytes(size_t count) override { return std::string(count, byte_); }

 private:
  const char byte_;
};

TEST(IdGenerator, WritesAUuidOfVersion7) {
  // The time of the example in RFC 9562, appendix A.6.
  const StandingClock clock(absl::FromUnixMillis(0x017f22e279b0));
  KnownEntropy ones('\xff');
  EXPECT_EQ(ToText(IdGenerator(clock, ones).New<Id>()), "017f22e2-79b0-7000-bfff-ffffffffffff");
  KnownEntropy zeros('\0');
  EXPECT_EQ(ToText(IdGenerator(clock, zeros).New<Id>()), "017f22e2-79b0-7000-8000-000000000000");
}

TEST(IdGenerator, IncreasesWithinAMillisecondAndBeyondItsCounter) {
  const StandingClock clock(absl::FromUnixMillis(1'700'000'000'000));
  KnownEntropy entropy('x');
  IdGenerator ids(clock, entropy);
  Id last = ids.New<Id>();
  for (int i = 0; i < 10'000; ++i) {
    const Id next = ids.New<Id>();
    ASSERT_LT(last, next) << i;
    ASSERT_EQ(next.array()[6] >> 4, 7) << i;
    last = next;
  }
}

TEST(IdGenerator, IncreasesWhenTheClockGoesBack) {
  StandingClock clock(absl::FromUnixMillis(1'700'000'000'000));
  KnownEntropy entropy('x');
  IdGenerator ids(clock, entropy);
  const Id before = ids.New<Id>();
  clock.Set(absl::FromUnixMillis(1'600'000'000'000));
  const Id after = ids.New<Id>();
  EXPECT_LT(before, after);
  clock.Set(absl::FromUnixMillis(1'700'000'000'001));
  EXPECT_LT(after, ids.New<Id>());
}

TEST(IdGenerator, GivesEachThreadItsOwn) {
  const StandingClock clock(absl::FromUnixMillis(1'700'000'000'000));
  KnownEntropy entropy('x');
  IdGenerator ids(clock, entropy);
  std::vector<std::vector<Id>> made(4);
  std::vector<std::thread> threads;
  for (auto& mine : made) {
    threads.emplace_back([&mine, &ids] {
      for (int i = 0; i < 500; ++i) mine.push_back(ids.New<Id>());
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<Id> all;
  for (const auto& mine : made) {
    EXPECT_TRUE(std::is_sorted(mine.begin(), mine.end()));
    all.insert(mine.begin(), mine.end());
  }
  EXPECT_EQ(all.size(), 2000U);
}

}  // namespace
}  // namespace eventstore::base
