#include "eventstore/crypto/entropy.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "eventstore/crypto/digest.h"
#include "eventstore/crypto/openssl.h"

namespace eventstore::crypto {
namespace {

constexpr size_t kPoolSize = 512;
constexpr size_t kLargestPooled = 16;

std::string Generate(size_t count) {
  std::string bytes(count, '\0');
  Require(RAND_bytes_ex(nullptr, reinterpret_cast<uint8_t*>(bytes.data()), count, 0) == 1,
          "no randomness");
  return bytes;
}

}  // namespace

SystemEntropy::~SystemEntropy() { Wipe(pool_); }

std::string SystemEntropy::Bytes(size_t count) {
  if (count > kLargestPooled) return Generate(count);
  const base::MutexLock lock(mutex_);
  if (pool_.size() < count) pool_ = Generate(kPoolSize);
  const size_t left = pool_.size() - count;
  std::string bytes = pool_.substr(left);
  OPENSSL_cleanse(pool_.data() + left, count);
  pool_.resize(left);
  return bytes;
}

}  // namespace eventstore::crypto
