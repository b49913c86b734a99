#pragma once

#include <cstdint>
#include <random>
#include <string>

#include "absl/time/time.h"
#include "eventstore/base/clock.h"
#include "eventstore/base/entropy.h"
#include "eventstore/base/mutex.h"

namespace tests::testing {

// A clock that stands still until a test moves it. Thread-safe.
class ManualClock final : public eventstore::base::Clock {
 public:
  absl::Time Now() const override {
    eventstore::base::MutexLock lock(mutex_);
    return now_;
  }
  void Set(absl::Time now) {
    eventstore::base::MutexLock lock(mutex_);
    now_ = now;
  }
  void Advance(absl::Duration duration) {
    eventstore::base::MutexLock lock(mutex_);
    now_ += duration;
  }

 private:
  mutable eventstore::base::Mutex mutex_;
  absl::Time now_ ABSL_GUARDED_BY(mutex_) = absl::FromUnixSeconds(1'800'000'000);
};

// Bytes that are the same for the same seed. Thread-safe.
class SeededEntropy final : public eventstore::base::Entropy {
 public:
  explicit SeededEntropy(uint64_t seed) : generator_(seed) {}

  std::string Bytes(size_t count) override {
    eventstore::base::MutexLock lock(mutex_);
    std::string bytes(count, '\0');
    for (char& byte : bytes) byte = static_cast<char>(generator_());
    return bytes;
  }

 private:
  eventstore::base::Mutex mutex_;
  std::mt19937_64 generator_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tests::testing
