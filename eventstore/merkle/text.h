#pragma once

#include <optional>
#include <string_view>

// Text rules that the note formats share. Not for use outside this folder.
namespace eventstore::merkle {

// The first line without its newline, which is taken off `text` as well; nullopt
// when no newline is left.
std::optional<std::string_view> TakeLine(std::string_view& text);

// Whether `text` is valid UTF-8 (RFC 3629: no overlong forms, no surrogates)
// without ASCII control characters other than the newline.
bool IsNoteText(std::string_view text);

}  // namespace eventstore::merkle
