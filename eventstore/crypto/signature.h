#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "eventstore/base/entropy.h"
#include "eventstore/base/id.h"

namespace eventstore::crypto {

// An Ed25519 public key and signature (RFC 8032).
using PublicKey = base::BytesId<struct PublicKeyTag, 32>;
using Signature = base::BytesId<struct SignatureTag, 64>;

// True only when `signature` is `key`'s over `message`.
bool Verify(const PublicKey& key, std::string_view message, const Signature& signature);

// An Ed25519 private key. Immutable; Sign may be called from any thread.
class PrivateKey {
 public:
  static PrivateKey Generate(base::Entropy& entropy);
  // From the 32-byte seed. INVALID_ARGUMENT on another length.
  static absl::StatusOr<PrivateKey> FromSeed(std::string_view seed);

  PrivateKey(PrivateKey&&) noexcept;
  PrivateKey& operator=(PrivateKey&&) noexcept;
  ~PrivateKey();

  Signature Sign(std::string_view message) const;
  const PublicKey& public_key() const { return public_key_; }
  // The 32-byte seed, to be stored where only the member can read it.
  std::string Seed() const;

 private:
  struct Handle;
  explicit PrivateKey(std::unique_ptr<Handle> handle);

  std::unique_ptr<Handle> handle_;
  PublicKey public_key_;
};

}  // namespace eventstore::crypto
