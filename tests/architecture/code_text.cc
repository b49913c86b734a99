#include "tests/architecture/code_text.h"

#include <cctype>

namespace architecture {
namespace {

bool IsWordCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

// Copies a text piece by piece, blank or as it is.
class Blanker {
 public:
  explicit Blanker(std::string_view text) : text_(text), out_(text) {}

  std::string Run() {
    while (at_ < text_.size()) {
      Step();
    }
    return std::move(out_);
  }

 private:
  void Step() {
    const std::string_view rest = text_.substr(at_);
    if (rest.starts_with("//")) {
      BlankUntil(text_.find('\n', at_), 0);
    } else if (rest.starts_with("/*")) {
      BlankUntil(text_.find("*/", at_ + 2), 2);
    } else if (rest.starts_with("R\"") && !FollowsWord()) {
      BlankRawString();
    } else if (rest[0] == '"') {
      BlankQuoted('"');
    } else if (rest[0] == '\'' && !FollowsWord()) {  // not the ' of 1'000
      BlankQuoted('\'');
    } else {
      ++at_;
    }
  }

  bool FollowsWord() const { return at_ > 0 && IsWordCharacter(text_[at_ - 1]); }

  void BlankUntil(size_t end, size_t beyond) {
    end = end == std::string_view::npos ? text_.size() : end + beyond;
    for (; at_ < end; ++at_) {
      if (text_[at_] != '\n') {
        out_[at_] = ' ';
      }
    }
  }

  void BlankQuoted(char quote) {
    ++at_;
    while (at_ < text_.size() && text_[at_] != quote && text_[at_] != '\n') {
      const bool escaped = text_[at_] == '\\' && at_ + 1 < text_.size() && text_[at_ + 1] != '\n';
      BlankUntil(at_ + (escaped ? 2 : 1), 0);
    }
    ++at_;
  }

  void BlankRawString() {
    const size_t open = text_.find('(', at_);
    if (open == std::string_view::npos) {
      at_ = text_.size();
      return;
    }
    const std::string close = ")" + std::string(text_.substr(at_ + 2, open - at_ - 2)) + "\"";
    BlankUntil(text_.find(close, open), close.size());
  }

  std::string_view text_;
  std::string out_;
  size_t at_ = 0;
};

std::string_view LastWord(std::string_view text) {
  size_t begin = text.size();
  while (begin > 0 && IsWordCharacter(text[begin - 1])) {
    --begin;
  }
  return text.substr(begin);
}

// Whether a name followed by '(' is a call of a free function, by what stands
// before it in the line: no member, no qualified name but of std or the global
// namespace, and no declaration ("bool open()").
bool IsFreeAfter(std::string_view before) {
  if (before.ends_with("::")) {
    const std::string_view scope = LastWord(before.substr(0, before.size() - 2));
    return scope.empty() || scope == "std";
  }
  if (before.ends_with(".") || before.ends_with("->")) {
    return false;
  }
  const size_t last = before.find_last_not_of(' ');
  const std::string_view word = LastWord(before.substr(0, last + 1));
  return word.empty() || word == "return" || word == "else" || word == "do";
}

}  // namespace

std::string BlankCommentsAndLiterals(std::string_view text) { return Blanker(text).Run(); }

std::string BlankAllButCode(std::string_view text) {
  std::string code = BlankCommentsAndLiterals(text);
  bool in_directive = false;
  size_t begin = 0;
  while (begin < code.size()) {
    size_t end = code.find('\n', begin);
    end = end == std::string::npos ? code.size() : end;
    const size_t first = code.find_first_not_of(" \t", begin);
    in_directive = in_directive || (first < end && code[first] == '#');
    const bool continues = end > begin && code[end - 1] == '\\';
    if (in_directive) {
      code.replace(begin, end - begin, end - begin, ' ');
    }
    in_directive = in_directive && continues;
    begin = end + 1;
  }
  return code;
}

size_t FindWord(std::string_view line, std::string_view word, size_t from) {
  for (size_t at = line.find(word, from); at != std::string_view::npos;
       at = line.find(word, at + 1)) {
    const size_t end = at + word.size();
    const bool starts = at == 0 || !IsWordCharacter(line[at - 1]);
    const bool ends = end == line.size() || !IsWordCharacter(line[end]);
    if (starts && ends) {
      return at;
    }
  }
  return std::string_view::npos;
}

bool CallsFreeFunction(std::string_view line, std::string_view name) {
  for (size_t at = FindWord(line, name); at != std::string_view::npos;
       at = FindWord(line, name, at + 1)) {
    const size_t next = line.find_first_not_of(' ', at + name.size());
    const bool has_arguments = next != std::string_view::npos && line[next] == '(';
    if (has_arguments && IsFreeAfter(line.substr(0, at))) {
      return true;
    }
  }
  return false;
}

}  // namespace architecture
