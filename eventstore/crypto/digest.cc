// OpenSSL 3 counts SHA256_Init and its like as outdated, but the way that it prefers
// takes memory and locks for each hash: several times the work of a node of a Merkle
// tree, which is 65 bytes. What they compute, and with which instructions, is the same.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "eventstore/crypto/digest.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <cassert>

#include "eventstore/crypto/openssl.h"

namespace eventstore::crypto {
namespace {

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

// RFC 2104, of two hashes: OpenSSL's own has a context for each use, which takes longer than
// hashing a short message.
Digest HmacSha256(std::string_view key, std::string_view data) {
  constexpr uint8_t kInner = 0x36;
  constexpr uint8_t kOuter = 0x5c;
  std::array<char, 64> block{};
  const Digest hashed = key.size() > block.size() ? Sha256(key) : Digest();
  const std::string_view used = key.size() > block.size() ? hashed.view() : key;
  std::copy(used.begin(), used.end(), block.begin());
  const std::string_view padded(block.data(), block.size());
  for (char& byte : block) byte = static_cast<char>(byte ^ kInner);
  const Digest inner = Sha256({padded, data});
  for (char& byte : block) byte = static_cast<char>(byte ^ kInner ^ kOuter);
  const Digest outer = Sha256({padded, inner.view()});
  OPENSSL_cleanse(block.data(), block.size());
  return outer;
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
