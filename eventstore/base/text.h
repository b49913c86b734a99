#pragma once

#include <cstddef>
#include <string_view>

// UTF-8 (RFC 3629). Pure.
namespace eventstore::base {

// How many bytes the character at the front of `text` takes; 0 when there is none:
// empty, cut off, overlong, a surrogate, or past U+10FFFF.
size_t CharacterSize(std::string_view text);

// True for whole characters only, none of them a control character (U+0000..U+001F,
// U+007F): what may stand in a line of a log or on a screen.
bool IsPlainText(std::string_view text);

}  // namespace eventstore::base
