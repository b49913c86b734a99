#include "eventstore/base/text.h"

#include <gtest/gtest.h>

#include <string>

namespace eventstore::base {
namespace {

std::string Encoded(uint32_t point) {
  const auto tail = [&](int shift) { return static_cast<char>(0x80 | (point >> shift & 0x3f)); };
  if (point < 0x80) return {static_cast<char>(point)};
  if (point < 0x800) return {static_cast<char>(0xc0 | point >> 6), tail(0)};
  if (point < 0x10000) return {static_cast<char>(0xe0 | point >> 12), tail(6), tail(0)};
  return {static_cast<char>(0xf0 | point >> 18), tail(12), tail(6), tail(0)};
}

TEST(Text, EveryCharacterHasItsSize) {
  for (uint32_t point = 0; point < 0x110000; point += point < 0x11000 ? 1 : 251) {
    const bool surrogate = point >= 0xd800 && point < 0xe000;
    const std::string character = Encoded(point);
    EXPECT_EQ(CharacterSize(character + "x"), surrogate ? 0 : character.size()) << point;
    if (character.size() > 1) {
      EXPECT_EQ(CharacterSize(character.substr(0, character.size() - 1)), 0U) << point;
    }
  }
}

TEST(Text, RefusesWhatIsNoCharacter) {
  for (const char* text : {"", "\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf",
                           "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff"}) {
    EXPECT_EQ(CharacterSize(text), 0U);
  }
}

TEST(Text, PlainTextHasNoControls) {
  EXPECT_TRUE(IsPlainText(""));
  EXPECT_TRUE(IsPlainText("kennismaking, één gesprek €"));
  for (const char* text : {"a\nb", "a\tb", "\x7f", "a\xff", "\x1b[0m"}) {
    EXPECT_FALSE(IsPlainText(text));
  }
  EXPECT_FALSE(IsPlainText(std::string("a\0b", 3)));
}

}  // namespace
}  // namespace eventstore::base
