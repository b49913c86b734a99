#include "eventstore/merkle/text.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "eventstore/merkle/note.h"

namespace eventstore::merkle {
namespace {

// A lead byte of UTF-8: which bits tell its length, how long it makes the
// character, and the smallest character that needs so many bytes.
struct Lead {
  uint8_t mask;
  uint8_t bits;
  size_t length;
  char32_t smallest;
};
constexpr std::array<Lead, 4> kLeads = {
    {{0x80, 0x00, 1, 0}, {0xe0, 0xc0, 2, 0x80}, {0xf0, 0xe0, 3, 0x800}, {0xf8, 0xf0, 4, 0x10000}}};

// Takes one character off `text`; nullopt when it does not start with one.
std::optional<char32_t> TakeCharacter(std::string_view& text) {
  const auto first = static_cast<uint8_t>(text.front());
  const auto lead = std::find_if(kLeads.begin(), kLeads.end(),
                                 [&](const Lead& l) { return (first & l.mask) == l.bits; });
  if (lead == kLeads.end() || text.size() < lead->length) return std::nullopt;
  char32_t character = first & static_cast<uint8_t>(~lead->mask);
  for (size_t i = 1; i < lead->length; ++i) {
    const auto next = static_cast<uint8_t>(text[i]);
    if ((next & 0xc0) != 0x80) return std::nullopt;
    character = character << 6 | (next & 0x3f);
  }
  const bool surrogate = character >= 0xd800 && character <= 0xdfff;
  if (character < lead->smallest || character > 0x10ffff || surrogate) return std::nullopt;
  text.remove_prefix(lead->length);
  return character;
}

// The property White_Space of Unicode.
bool IsSpace(char32_t c) {
  constexpr std::array<char32_t, 9> kSpaces = {0x20,   0x85,   0xa0,   0x1680, 0x2028,
                                               0x2029, 0x202f, 0x205f, 0x3000};
  return (c >= 0x09 && c <= 0x0d) || (c >= 0x2000 && c <= 0x200a) ||
         std::find(kSpaces.begin(), kSpaces.end(), c) != kSpaces.end();
}

}  // namespace

std::optional<std::string_view> TakeLine(std::string_view& text) {
  const size_t end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

bool IsNoteText(std::string_view text) {
  while (!text.empty()) {
    const auto character = TakeCharacter(text);
    if (!character || (*character < 0x20 && *character != '\n')) return false;
  }
  return true;
}

bool IsNoteName(std::string_view name) {
  if (name.empty()) return false;
  while (!name.empty()) {
    const auto character = TakeCharacter(name);
    if (!character || *character < 0x20 || *character == '+' || IsSpace(*character)) return false;
  }
  return true;
}

}  // namespace eventstore::merkle
