// Reads C++ just well enough for the rules: no comments, no literals, words.
// Pure functions.
#pragma once

#include <string>
#include <string_view>

namespace architecture {

// The text with every comment, and the inside of every string and character
// literal, replaced by blanks; lines keep their numbers and columns. Raw string
// literals too.
std::string BlankCommentsAndLiterals(std::string_view text);

// As above, and preprocessor lines blanked as well.
std::string BlankAllButCode(std::string_view text);

// Where `word` starts in `line` as a whole word, or npos. A word such as
// "absl::Now" may be qualified further on its left only by "::".
size_t FindWord(std::string_view line, std::string_view word, size_t from = 0);

// Whether `line` calls the free function `name`: not a member, and not of
// another namespace than std or the global one.
bool CallsFreeFunction(std::string_view line, std::string_view name);

}  // namespace architecture
