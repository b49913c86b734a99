#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// Whole numbers as big-endian bytes, and bounded reading.
namespace eventstore::privacy {

template <std::unsigned_integral Number>
void AppendBigEndian(std::string& out, Number value) {
  for (int shift = 8 * (static_cast<int>(sizeof(Number)) - 1); shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(static_cast<uint8_t>(value >> shift)));
  }
}

// Reads from the front of a text that must outlive it. Nothing when too little is
// left.
class ByteReader {
 public:
  explicit ByteReader(std::string_view text) : rest_(text) {}

  std::string_view rest() const { return rest_; }

  std::optional<std::string_view> Bytes(size_t count) {
    if (count > rest_.size()) return std::nullopt;
    const std::string_view bytes = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return bytes;
  }

  template <std::unsigned_integral Number>
  std::optional<Number> BigEndian() {
    const auto bytes = Bytes(sizeof(Number));
    if (!bytes) return std::nullopt;
    uint64_t value = 0;
    for (const char byte : *bytes) value = value << 8 | static_cast<uint8_t>(byte);
    return static_cast<Number>(value);
  }

 private:
  std::string_view rest_;
};

}  // namespace eventstore::privacy
