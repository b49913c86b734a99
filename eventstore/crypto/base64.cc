#include <algorithm>

#include "absl/status/statusor.h"
#include "eventstore/crypto/digest.h"

namespace eventstore::crypto {
namespace {

constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int Value(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  return c == '/' ? 63 : -1;
}

size_t PaddingOf(std::string_view text) {
  if (text.empty() || text.back() != '=') return 0;
  return text[text.size() - 2] == '=' ? 2 : 1;
}

}  // namespace

std::string ToBase64(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t count = std::min<size_t>(3, bytes.size() - i);
    uint32_t group = 0;
    for (size_t j = 0; j < 3; ++j) {
      group = group << 8 | (j < count ? static_cast<uint8_t>(bytes[i + j]) : 0U);
    }
    for (size_t j = 0; j < 4; ++j) {
      text.push_back(j <= count ? kAlphabet[group >> (18 - 6 * j) & 63] : '=');
    }
  }
  return text;
}

absl::StatusOr<std::string> FromBase64(std::string_view text) {
  const auto malformed = [] {
    return absl::InvalidArgumentError("dit is geen base64 in de enige toegestane schrijfwijze");
  };
  if (text.size() % 4 != 0) return malformed();
  const size_t padding = PaddingOf(text);
  const size_t digits = text.size() - padding;
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3);
  uint32_t group = 0;
  uint32_t bits = 0;
  for (size_t i = 0; i < digits; ++i) {
    const int value = Value(text[i]);
    if (value < 0) return malformed();
    group = group << 6 | static_cast<uint32_t>(value);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes.push_back(static_cast<char>(group >> bits & 0xff));
    }
  }
  // Bits that stand for no byte: set, they would give one value several texts.
  if ((group & ((1U << bits) - 1)) != 0) return malformed();
  return bytes;
}

}  // namespace eventstore::crypto
