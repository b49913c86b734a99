#include "eventstore/replication/backoff.h"

#include <algorithm>
#include <cstdint>

namespace eventstore::replication {

absl::Duration Backoff(int failures, absl::Duration minimum, absl::Duration maximum,
                       base::Entropy& entropy) {
  absl::Duration delay = minimum;
  for (int i = 1; i < failures && delay < maximum; ++i) delay *= 2;
  delay = std::min(delay, maximum);
  const auto random = static_cast<uint8_t>(entropy.Bytes(1)[0]);
  return delay / 2 + delay / 2 * random / 255;
}

}  // namespace eventstore::replication
