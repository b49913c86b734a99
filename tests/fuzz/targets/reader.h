#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace tests::fuzz {

// Takes numbers and pieces from the front of an input; zeros and nothing at its end.
class Reader {
 public:
  explicit Reader(std::string_view input) : rest_(input) {}

  uint8_t Byte() {
    const std::string_view byte = Take(1);
    return byte.empty() ? uint8_t{0} : static_cast<uint8_t>(byte[0]);
  }
  uint64_t Number() {
    uint64_t number = 0;
    for (int i = 0; i < 8; ++i) number = number << 8 | Byte();
    return number;
  }
  std::string_view Take(size_t count) {
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(std::min(count, rest_.size()));
    return taken;
  }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

}  // namespace tests::fuzz
