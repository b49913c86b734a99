#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "eventstore/base/id.h"

namespace eventstore::crypto {

// A SHA-256 digest (FIPS 180-4).
using Digest = base::BytesId<struct DigestTag, 32>;

Digest Sha256(std::string_view data);
// Of the concatenation, without making it.
Digest Sha256(std::initializer_list<std::string_view> parts);

// HMAC-SHA256 (RFC 2104).
Digest HmacSha256(std::string_view key, std::string_view data);

// HKDF-SHA256 (RFC 5869) with an empty salt. `length` at most 8160 bytes.
std::string HkdfSha256(std::string_view key, std::string_view info, size_t length);

// Compares in a time that depends on the lengths only.
bool ConstantTimeEqual(std::string_view a, std::string_view b);

// Overwrites the bytes in a way that the compiler keeps.
void Wipe(std::string& secret);

// Standard base64 with padding (RFC 4648, section 4). Decoding is strict: no
// line ends, no missing padding, no set pad bits; so each value has one text.
std::string ToBase64(std::string_view bytes);
absl::StatusOr<std::string> FromBase64(std::string_view text);

}  // namespace eventstore::crypto
