#include "eventstore/base/id.h"

#include <gtest/gtest.h>

#include <unordered_set>

#include "absl/hash/hash.h"

namespace eventstore::base {
namespace {

using Position = Number<struct PositionTag>;
using Other = Number<struct OtherTag>;
using Uuid = BytesId<struct UuidTag, 16>;
using Hash = BytesId<struct HashTag, 32>;

static_assert(!std::is_convertible_v<uint64_t, Position>);
static_assert(!std::is_convertible_v<Position, uint64_t>);
static_assert(!std::is_constructible_v<Position, Other>);

TEST(Number, CountsAndCompares) {
  EXPECT_EQ(Position().value(), 0U);
  EXPECT_EQ(Position(7).Next(), Position(8));
  EXPECT_LT(Position(7), Position(8));
  EXPECT_EQ(absl::HashOf(Position(7)), absl::HashOf(Position(7)));
}

TEST(BytesId, TakesExactlyItsSize) {
  for (const size_t size : {0, 15, 17, 32}) {
    EXPECT_EQ(Uuid::FromBytes(std::string(size, 'a')).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
  const auto id = Uuid::FromBytes("0123456789abcdef");
  ASSERT_TRUE(id.ok());
  EXPECT_EQ(id->bytes(), "0123456789abcdef");
  EXPECT_FALSE(id->empty());
  EXPECT_TRUE(Uuid().empty());
}

TEST(BytesId, OrdersAsItsBytesDo) {
  EXPECT_LT(*Uuid::FromBytes(std::string(16, '\x7f')), *Uuid::FromBytes(std::string(16, '\x80')));
  EXPECT_NE(absl::HashOf(Uuid()), absl::HashOf(*Uuid::FromBytes(std::string(16, 'x'))));
}

TEST(Hex, RoundTripsEveryByte) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes.push_back(static_cast<char>(i));
  const std::string hex = ToHex(bytes);
  EXPECT_EQ(hex.substr(0, 8), "00010203");
  EXPECT_EQ(hex.substr(hex.size() - 4), "feff");
  EXPECT_EQ(*FromHex(hex), bytes);
  EXPECT_EQ(*FromHex("aAfF"), "\xaa\xff");
  EXPECT_EQ(*FromHex(""), "");
}

TEST(Hex, RefusesOddLengthsAndOtherCharacters) {
  for (const char* text : {"a", "abc", "0g", "g0", "0x", " 0", "0 ", "-1", "\xc3\xa9"}) {
    EXPECT_EQ(FromHex(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

TEST(Uuid, ReadsAndWritesTheCanonicalText) {
  const std::string text = "0190a6e4-3f1c-7abc-8def-0123456789ab";
  const auto id = ParseUuid<Uuid>(text);
  ASSERT_TRUE(id.ok());
  EXPECT_EQ(ToText(*id), text);
  EXPECT_EQ(*ParseUuid<Uuid>("0190A6E4-3F1C-7ABC-8DEF-0123456789AB"), *id);
}

TEST(Uuid, RefusesEveryOtherText) {
  for (const char* text :
       {"", "0190a6e43f1c7abc8def0123456789ab", "0190a6e4-3f1c-7abc-8def-0123456789a",
        "0190a6e4-3f1c-7abc-8def-0123456789abc", "{0190a6e4-3f1c-7abc-8def-0123456789ab}",
        "0190a6e4-3f1c-7abc-8def_0123456789ab", "0190a6e43-f1c-7abc-8def-0123456789ab",
        "0190a6e4-3f1c-7abc-8def-0123456789ag"}) {
    EXPECT_EQ(ParseUuid<Uuid>(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

TEST(Text, OfAHashIsHexadecimal) { EXPECT_EQ(ToText(Hash()), std::string(64, '0')); }

}  // namespace
}  // namespace eventstore::base
