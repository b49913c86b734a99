// OpenSSL 3 counts SHA256_Init and its like as outdated, but the way that it prefers
// takes memory and locks for each hash: several times the work of a node of a Merkle
// tree, which is 65 bytes. What they compute, and with which instructions, is the same.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "eventstore/crypto/digest.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <cassert>

#include "eventstore/crypto/openssl.h"

namespace eventstore::crypto {
namespace {

EVP_MAC_CTX* PrepareHmac() {
  EVP_MAC* const algorithm = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  Require(algorithm != nullptr, "no HMAC");
  EVP_MAC_CTX* const context = EVP_MAC_CTX_new(algorithm);
  char name[] = "SHA256";
  const std::array<OSSL_PARAM, 2> parameters = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0), OSSL_PARAM_construct_end()};
  Require(context != nullptr && EVP_MAC_CTX_set_params(context, parameters.data()) == 1,
          "no HMAC-SHA256");
  EVP_MAC_free(algorithm);
  return context;
}

// Copied for each use and never freed: looking up HMAC and its digest by name takes longer
// than a short message.
const EVP_MAC_CTX* PreparedHmac() {
  static const EVP_MAC_CTX* const context = PrepareHmac();
  return context;
}

template <typename Parts>
Digest HashParts(const Parts& parts) {
  SHA256_CTX context;
  Require(SHA256_Init(&context) == 1, "SHA-256 does not start");
  for (const std::string_view part : parts) {
    Require(SHA256_Update(&context, part.data(), part.size()) == 1, "SHA-256 stops");
  }
  std::array<uint8_t, Digest::kSize> digest;
  Require(SHA256_Final(digest.data(), &context) == 1, "SHA-256 does not finish");
  return Digest(digest);
}

}  // namespace

Digest Sha256(std::string_view data) { return HashParts(std::array<std::string_view, 1>{data}); }

Digest Sha256(std::initializer_list<std::string_view> parts) { return HashParts(parts); }

Digest HmacSha256(std::string_view key, std::string_view data) {
  const MacContext context(EVP_MAC_CTX_dup(PreparedHmac()));
  std::array<uint8_t, Digest::kSize> digest;
  size_t size = 0;
  Require(context != nullptr &&
              EVP_MAC_init(context.get(), Bytes(key), key.size(), nullptr) == 1 &&
              EVP_MAC_update(context.get(), Bytes(data), data.size()) == 1 &&
              EVP_MAC_final(context.get(), digest.data(), &size, digest.size()) == 1 &&
              size == digest.size(),
          "HMAC-SHA256 fails");
  return Digest(digest);
}

std::string HkdfSha256(std::string_view key, std::string_view info, size_t length) {
  assert(length <= 255 * Digest::kSize);
  const std::string no_salt(Digest::kSize, '\0');
  std::string pseudorandom_key = HmacSha256(no_salt, key).bytes();
  std::string output;
  output.reserve(length + Digest::kSize);
  std::string block;
  for (int counter = 1; output.size() < length; ++counter) {
    block.append(info).push_back(static_cast<char>(counter));
    block = HmacSha256(pseudorandom_key, block).bytes();
    output += block;
  }
  output.resize(length);
  Wipe(block);
  Wipe(pseudorandom_key);
  return output;
}

bool ConstantTimeEqual(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(Bytes(a), Bytes(b), a.size()) == 0;
}

void Wipe(std::string& secret) {
  OPENSSL_cleanse(secret.data(), secret.size());
  secret.clear();
}

}  // namespace eventstore::crypto
