#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

#include "absl/status/statusor.h"

namespace eventstore::base {

// A number that never converts silently: positions, sequences, revisions. Each
// use names its own tag:
//
//   using Sequence = base::Number<struct SequenceTag>;
template <typename Tag>
class Number {
 public:
  constexpr Number() = default;
  constexpr explicit Number(uint64_t value) : value_(value) {}

  constexpr uint64_t value() const { return value_; }
  constexpr Number Next() const { return Number(value_ + 1); }

  friend constexpr auto operator<=>(Number, Number) = default;
  template <typename H>
  friend H AbslHashValue(H h, Number n) {
    return H::combine(std::move(h), n.value_);
  }

 private:
  uint64_t value_ = 0;
};

// `Size` bytes that name one thing. Each use names its own tag. A default
// constructed id is all zero and names nothing.
template <typename Tag, size_t Size>
class BytesId {
 public:
  static constexpr size_t kSize = Size;

  constexpr BytesId() = default;
  constexpr explicit BytesId(const std::array<uint8_t, Size>& bytes) : bytes_(bytes) {}

  // INVALID_ARGUMENT unless `bytes` is exactly kSize long.
  static absl::StatusOr<BytesId> FromBytes(std::string_view bytes) {
    if (bytes.size() != Size) {
      return absl::InvalidArgumentError("an identifier has " + std::to_string(Size) +
                                        " bytes, not " + std::to_string(bytes.size()));
    }
    BytesId id;
    std::memcpy(id.bytes_.data(), bytes.data(), Size);
    return id;
  }

  const std::array<uint8_t, Size>& array() const { return bytes_; }
  // A view of the bytes; lives as long as this id.
  std::string_view view() const {
    return {reinterpret_cast<const char*>(bytes_.data()), Size};
  }
  std::string bytes() const { return std::string(view()); }
  bool empty() const { return *this == BytesId(); }

  friend auto operator<=>(const BytesId&, const BytesId&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const BytesId& id) {
    return H::combine(std::move(h), id.view());
  }

 private:
  std::array<uint8_t, Size> bytes_{};
};

// Lower-case hexadecimal, and back. INVALID_ARGUMENT on an odd length or
// another character.
std::string ToHex(std::string_view bytes);
absl::StatusOr<std::string> FromHex(std::string_view hex);

// A UUID as text, "0190a6e4-3f1c-7abc-8def-0123456789ab" (RFC 9562), and back.
// `bytes` must be 16 long. Parsing takes lower and upper case and wants the dashes.
std::string ToUuidText(std::string_view bytes);
absl::StatusOr<std::string> FromUuidText(std::string_view text);

// An id of 16 bytes from UUID text. INVALID_ARGUMENT names what is wrong.
template <typename Id>
absl::StatusOr<Id> ParseUuid(std::string_view text) {
  static_assert(Id::kSize == 16);
  auto bytes = FromUuidText(text);
  if (!bytes.ok()) return bytes.status();
  return Id::FromBytes(*bytes);
}

template <typename Tag>
std::string ToText(const BytesId<Tag, 16>& id) {
  return ToUuidText(id.view());
}
template <typename Tag>
std::string ToText(const BytesId<Tag, 32>& id) {
  return ToHex(id.view());
}

}  // namespace eventstore::base
