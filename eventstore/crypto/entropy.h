#pragma once

#include "eventstore/base/entropy.h"
#include "eventstore/base/mutex.h"

namespace eventstore::crypto {

// OpenSSL's generator, seeded by the operating system. Ends the process when it
// fails: nothing may go on without randomness. Thread-safe.
//
// The few bytes of ids and nonces are asked of the generator many at a time, as each
// question costs as much as a hundred bytes; what is given is wiped here. Keys are long
// enough to be made when they are asked for.
class SystemEntropy final : public base::Entropy {
 public:
  ~SystemEntropy() override;
  std::string Bytes(size_t count) override ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  base::Mutex mutex_;
  std::string pool_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace eventstore::crypto
