#pragma once

#include "eventstore/base/entropy.h"

namespace eventstore::crypto {

// OpenSSL's generator, seeded by the operating system. Ends the process when it
// fails: nothing may go on without randomness. Thread-safe.
class SystemEntropy final : public base::Entropy {
 public:
  std::string Bytes(size_t count) override;
};

}  // namespace eventstore::crypto
