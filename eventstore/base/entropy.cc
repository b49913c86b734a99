#include "eventstore/base/entropy.h"

#include <cstring>

namespace eventstore::base {

std::array<uint8_t, 16> IdGenerator::NextUuid() {
  constexpr uint32_t kCounterLimit = 1 << 12;
  constexpr size_t kRandomBytes = 8;
  constexpr size_t kIdsAtOnce = 32;
  const MutexLock lock(mutex_);
  if (random_.empty()) random_ = entropy_.Bytes(kIdsAtOnce * kRandomBytes);
  const int64_t now = absl::ToUnixMillis(clock_.Now());
  if (now > last_milliseconds_) {
    last_milliseconds_ = now;
    counter_ = 0;
  } else if (++counter_ == kCounterLimit) {
    ++last_milliseconds_;
    counter_ = 0;
  }
  std::array<uint8_t, 16> uuid;
  const auto time = static_cast<uint64_t>(last_milliseconds_);
  for (size_t i = 0; i < 6; ++i) uuid[i] = static_cast<uint8_t>(time >> (40 - 8 * i));
  uuid[6] = static_cast<uint8_t>(0x70 | counter_ >> 8);
  uuid[7] = static_cast<uint8_t>(counter_);
  std::memcpy(&uuid[8], random_.data() + random_.size() - kRandomBytes, kRandomBytes);
  random_.resize(random_.size() - kRandomBytes);
  uuid[8] = static_cast<uint8_t>(0x80 | (uuid[8] & 0x3f));
  return uuid;
}

}  // namespace eventstore::base
