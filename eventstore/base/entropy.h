#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "eventstore/base/clock.h"
#include "eventstore/base/id.h"
#include "eventstore/base/mutex.h"

namespace eventstore::base {

// Where randomness comes from; one of the seams for testing. Thread-safe.
// crypto::SystemEntropy (eventstore/crypto/entropy.h) is the real one.
class Entropy {
 public:
  virtual ~Entropy() = default;

  // `count` bytes that nobody can predict.
  virtual std::string Bytes(size_t count) = 0;
};

// Makes UUIDv7 (RFC 9562, section 5.7): 48 bits of milliseconds, 12 bits of a
// counter that makes ids of one generator strictly increase, 62 random bits.
// When the clock goes back the last time is kept. Thread-safe.
class IdGenerator {
 public:
  // Does not own its arguments; both must outlive it.
  IdGenerator(const Clock& clock, Entropy& entropy) : clock_(clock), entropy_(entropy) {}

  template <typename Id>
  Id New() {
    static_assert(Id::kSize == 16);
    return Id(NextUuid());
  }

 private:
  std::array<uint8_t, 16> NextUuid() ABSL_LOCKS_EXCLUDED(mutex_);

  const Clock& clock_;
  Entropy& entropy_;
  Mutex mutex_;
  int64_t last_milliseconds_ ABSL_GUARDED_BY(mutex_) = 0;
  uint32_t counter_ ABSL_GUARDED_BY(mutex_) = 0;
  // For the ids that come: asking for many at once takes as long as asking for one.
  std::string random_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace eventstore::base
