#include "eventstore/base/id.h"

namespace eventstore::base {
namespace {

constexpr char kDigits[] = "0123456789abcdef";

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

constexpr bool IsDash(size_t position) {
  return position == 8 || position == 13 || position == 18 || position == 23;
}

}  // namespace

std::string ToHex(std::string_view bytes) {
  std::string hex;
  hex.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<uint8_t>(c);
    hex.push_back(kDigits[byte >> 4]);
    hex.push_back(kDigits[byte & 15]);
  }
  return hex;
}

absl::StatusOr<std::string> FromHex(std::string_view hex) {
  if (hex.size() % 2 != 0) return absl::InvalidArgumentError("hexadecimal has an even length");
  std::string bytes;
  bytes.reserve(hex.size() / 2);
  for (size_t i = 0; i < hex.size(); i += 2) {
    const int high = HexValue(hex[i]);
    const int low = HexValue(hex[i + 1]);
    if (high < 0 || low < 0) {
      return absl::InvalidArgumentError("hexadecimal has only the digits 0-9 and a-f");
    }
    bytes.push_back(static_cast<char>(high << 4 | low));
  }
  return bytes;
}

std::string ToUuidText(std::string_view bytes) {
  std::string text;
  const std::string hex = ToHex(bytes);
  for (const char c : hex) {
    if (IsDash(text.size())) text.push_back('-');
    text.push_back(c);
  }
  return text;
}

absl::StatusOr<std::string> FromUuidText(std::string_view text) {
  constexpr size_t kLength = 36;
  std::string hex;
  bool shaped = text.size() == kLength;
  for (size_t i = 0; shaped && i < kLength; ++i) {
    if (IsDash(i)) {
      shaped = text[i] == '-';
    } else {
      hex.push_back(text[i]);
    }
  }
  auto bytes = shaped ? FromHex(hex) : absl::InvalidArgumentError("");
  if (!bytes.ok()) {
    return absl::InvalidArgumentError(
        "een kenmerk is een UUID, zoals 0190a6e4-3f1c-7abc-8def-0123456789ab");
  }
  return bytes;
}

}  // namespace eventstore::base
