#include "eventstore/crypto/entropy.h"

#include <openssl/rand.h>

#include "eventstore/crypto/openssl.h"

namespace eventstore::crypto {

std::string SystemEntropy::Bytes(size_t count) {
  std::string bytes(count, '\0');
  Require(RAND_bytes_ex(nullptr, reinterpret_cast<uint8_t*>(bytes.data()), count, 0) == 1,
          "no randomness");
  return bytes;
}

}  // namespace eventstore::crypto
