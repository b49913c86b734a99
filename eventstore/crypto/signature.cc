#include "eventstore/crypto/signature.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <cassert>

#include "eventstore/crypto/digest.h"
#include "eventstore/crypto/openssl.h"

namespace eventstore::crypto {
namespace {

constexpr size_t kSeedSize = 32;

using EncodedPoint = std::array<uint8_t, PublicKey::kSize>;

// An encoding of the field element p + offset (p = 2^255 - 19), little-endian.
constexpr EncodedPoint NearPrime(uint8_t last_byte) {
  EncodedPoint point{};
  point.fill(0xff);
  point.front() = last_byte;
  point.back() = 0x7f;
  return point;
}

// The points whose order divides 8, by their y coordinate. Under such a key,
// the all-zero key among them, signatures can be forged.
constexpr std::array<EncodedPoint, 7> kSmallOrder = {
    EncodedPoint{0},
    EncodedPoint{1},
    EncodedPoint{0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4,
                 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6,
                 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05},
    EncodedPoint{0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b,
                 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39,
                 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a},
    NearPrime(0xec),
    NearPrime(0xed),
    NearPrime(0xee)};

bool HasSmallOrder(const PublicKey& key) {
  EncodedPoint point = key.array();
  point.back() &= 0x7f;  // the sign of x
  return std::find(kSmallOrder.begin(), kSmallOrder.end(), point) != kSmallOrder.end();
}

}  // namespace

bool Verify(const PublicKey& key, std::string_view message, const Signature& signature) {
  if (HasSmallOrder(key)) return false;
  const ErrorMark mark;
  const Key public_key(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.array().data(), PublicKey::kSize));
  const DigestContext context(EVP_MD_CTX_new());
  Require(public_key != nullptr && context != nullptr &&
              EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, public_key.get()) == 1,
          "Ed25519 does not start");
  return EVP_DigestVerify(context.get(), signature.array().data(), Signature::kSize, Bytes(message),
                          message.size()) == 1;
}

struct PrivateKey::Handle {
  Key key;
  // Ready to sign, and copied for each signature: starting looks up the algorithm by name,
  // which takes as long as signing.
  DigestContext signing;
};

PrivateKey PrivateKey::Generate(base::Entropy& entropy) {
  std::string seed = entropy.Bytes(kSeedSize);
  absl::StatusOr<PrivateKey> key = FromSeed(seed);
  Wipe(seed);
  assert(key.ok());
  return *std::move(key);
}

absl::StatusOr<PrivateKey> PrivateKey::FromSeed(std::string_view seed) {
  if (seed.size() != kSeedSize) {
    return absl::InvalidArgumentError("een geheime sleutel is 32 bytes lang");
  }
  Key key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, Bytes(seed), kSeedSize));
  DigestContext signing(EVP_MD_CTX_new());
  Require(key != nullptr && signing != nullptr &&
              EVP_DigestSignInit(signing.get(), nullptr, nullptr, nullptr, key.get()) == 1,
          "no Ed25519 key");
  return PrivateKey(std::make_unique<Handle>(Handle{std::move(key), std::move(signing)}));
}

PrivateKey::PrivateKey(std::unique_ptr<Handle> handle) : handle_(std::move(handle)) {
  std::array<uint8_t, PublicKey::kSize> bytes;
  size_t size = bytes.size();
  Require(EVP_PKEY_get_raw_public_key(handle_->key.get(), bytes.data(), &size) == 1 &&
              size == bytes.size(),
          "no Ed25519 public key");
  public_key_ = PublicKey(bytes);
}

PrivateKey::PrivateKey(PrivateKey&&) noexcept = default;
PrivateKey& PrivateKey::operator=(PrivateKey&&) noexcept = default;
PrivateKey::~PrivateKey() = default;

Signature PrivateKey::Sign(std::string_view message) const {
  const DigestContext context(EVP_MD_CTX_new());
  std::array<uint8_t, Signature::kSize> bytes;
  size_t size = bytes.size();
  Require(
      context != nullptr && EVP_MD_CTX_copy_ex(context.get(), handle_->signing.get()) == 1 &&
          EVP_DigestSign(context.get(), bytes.data(), &size, Bytes(message), message.size()) == 1 &&
          size == bytes.size(),
      "Ed25519 does not sign");
  return Signature(bytes);
}

std::string PrivateKey::Seed() const {
  std::string seed(kSeedSize, '\0');
  size_t size = seed.size();
  Require(EVP_PKEY_get_raw_private_key(handle_->key.get(), reinterpret_cast<uint8_t*>(seed.data()),
                                       &size) == 1 &&
              size == kSeedSize,
          "no Ed25519 seed");
  return seed;
}

}  // namespace eventstore::crypto
