#pragma once

#include "absl/time/time.h"
#include "eventstore/base/entropy.h"

namespace eventstore::replication {

// How long to wait after `failures` (at least 1) in a row: `minimum` doubled each time,
// at most `maximum`; half of it fixed, half random, so that nodes that failed together
// do not return together.
absl::Duration Backoff(int failures, absl::Duration minimum, absl::Duration maximum,
                       base::Entropy& entropy);

}  // namespace eventstore::replication
