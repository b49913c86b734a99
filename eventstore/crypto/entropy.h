#pragma once

#include "eventstore/base/entropy.h"

namespace eventstore::crypto {

// The operating system's generator; asking it for the few bytes of an id takes half of the
// time that OpenSSL's takes, which is seeded by it. Ends the process when it fails: nothing
// may go on without randomness. Thread-safe.
class SystemEntropy final : public base::Entropy {
 public:
  std::string Bytes(size_t count) override;
};

}  // namespace eventstore::crypto
