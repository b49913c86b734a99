#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace eventstore::crypto {

// AES-256-GCM (NIST SP 800-38D) with a 16-byte tag after the ciphertext.
inline constexpr size_t kAeadKeySize = 32;
inline constexpr size_t kAeadNonceSize = 12;
inline constexpr size_t kAeadTagSize = 16;

// Key and nonce must have the sizes above (checked by assertion); a nonce is
// used once with a key.
std::string AeadSeal(std::string_view key, std::string_view nonce, std::string_view plaintext,
                     std::string_view associated_data);

// DATA_LOSS when the key, nonce, associated data or any byte is not what was sealed.
absl::StatusOr<std::string> AeadOpen(std::string_view key, std::string_view nonce,
                                     std::string_view ciphertext,
                                     std::string_view associated_data);

}  // namespace eventstore::crypto
