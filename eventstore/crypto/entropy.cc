#include "eventstore/crypto/entropy.h"

#include <sys/random.h>

#include <cerrno>

#include "eventstore/crypto/openssl.h"

namespace eventstore::crypto {

std::string SystemEntropy::Bytes(size_t count) {
  std::string bytes(count, '\0');
  for (size_t filled = 0; filled < count;) {
    const ssize_t given = getrandom(bytes.data() + filled, count - filled, 0);
    Require(given > 0 || errno == EINTR, "no randomness");
    if (given > 0) filled += static_cast<size_t>(given);
  }
  return bytes;
}

}  // namespace eventstore::crypto
