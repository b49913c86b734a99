#include "eventstore/base/text.h"

#include <array>
#include <cstdint>

namespace eventstore::base {
namespace {

// Which second bytes may follow a lead byte; the others are 80..BF always.
struct Lead {
  uint8_t first;
  uint8_t last;
  uint8_t second_from;
  uint8_t second_to;
  size_t size;
};

constexpr std::array kLeads = {
    Lead{0xc2, 0xdf, 0x80, 0xbf, 2}, Lead{0xe0, 0xe0, 0xa0, 0xbf, 3},
    Lead{0xe1, 0xec, 0x80, 0xbf, 3}, Lead{0xed, 0xed, 0x80, 0x9f, 3},
    Lead{0xee, 0xef, 0x80, 0xbf, 3}, Lead{0xf0, 0xf0, 0x90, 0xbf, 4},
    Lead{0xf1, 0xf3, 0x80, 0xbf, 4}, Lead{0xf4, 0xf4, 0x80, 0x8f, 4},
};

uint8_t ByteAt(std::string_view text, size_t at) { return static_cast<uint8_t>(text[at]); }

}  // namespace

size_t CharacterSize(std::string_view text) {
  if (text.empty()) return 0;
  const uint8_t first = ByteAt(text, 0);
  if (first < 0x80) return 1;
  for (const Lead& lead : kLeads) {
    if (first < lead.first || first > lead.last) continue;
    if (text.size() < lead.size) return 0;
    if (ByteAt(text, 1) < lead.second_from || ByteAt(text, 1) > lead.second_to) return 0;
    for (size_t i = 2; i < lead.size; ++i) {
      if ((ByteAt(text, i) & 0xc0) != 0x80) return 0;
    }
    return lead.size;
  }
  return 0;
}

bool IsPlainText(std::string_view text) {
  while (!text.empty()) {
    const size_t size = CharacterSize(text);
    if (size == 0 || ByteAt(text, 0) < 0x20 || ByteAt(text, 0) == 0x7f) return false;
    text.remove_prefix(size);
  }
  return true;
}

}  // namespace eventstore::base
