#include "tests/architecture/size_rules.h"

#include <cctype>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "tests/architecture/code_text.h"

namespace architecture {
namespace {

enum class Block { kScope, kFunction, kOther };

bool HasWord(std::string_view head, std::initializer_list<std::string_view> words) {
  for (std::string_view word : words) {
    if (FindWord(head, word) != std::string_view::npos) {
      return true;
    }
  }
  return false;
}

// "template <class T>" names a class and opens none.
std::string_view WithoutTemplate(std::string_view head) {
  const size_t begin = FindWord(head, "template");
  const size_t open = head.find('<', begin == std::string_view::npos ? head.size() : begin);
  int depth = 0;
  for (size_t at = open; at < head.size(); ++at) {
    depth += head[at] == '<' ? 1 : 0;
    depth -= head[at] == '>' ? 1 : 0;
    if (depth == 0) {
      return head.substr(at + 1);
    }
  }
  return head;
}

// What the block is that opens after `head`, the text since the last ';', '{' or '}'.
Block KindOf(std::string_view head) {
  head = WithoutTemplate(head);
  while (!head.empty() && std::isspace(static_cast<unsigned char>(head.back())) != 0) {
    head.remove_suffix(1);
  }
  const bool has_parameters = head.find(')') != std::string_view::npos;
  if (HasWord(head, {"namespace"}) ||
      (!has_parameters && HasWord(head, {"class", "struct", "union", "extern"}))) {
    return Block::kScope;
  }
  const bool is_data = head.ends_with('=') || head.ends_with(',') || head.ends_with('(');
  // After a member that is initialised with braces only ", b_(x)" or nothing is left.
  const size_t first = head.find_first_not_of(" \n\t");
  const bool follows_member = first == std::string_view::npos || head[first] == ',';
  return !is_data && (has_parameters || follows_member) ? Block::kFunction : Block::kOther;
}

// Walks over the braces of one file.
class BlockReader {
 public:
  explicit BlockReader(const SourceFile& file) : file_(file), code_(BlankAllButCode(file.text)) {}

  Violations Run() {
    for (size_t at = 0; at < code_.size(); ++at) {
      const char c = code_[at];
      if (c == '{') {
        Open(at);
      } else if (c == '}') {
        Close(at);
      } else if ((c == ';' || IsAccessLabel(at)) && blocks_.size() == scopes_) {
        head_begin_ = at + 1;
      }
      line_ += c == '\n' ? 1 : 0;
    }
    return std::move(violations_);
  }

 private:
  void Open(size_t at) {
    if (blocks_.size() == scopes_) {  // not inside a function or other block
      const std::string_view head = std::string_view(code_).substr(head_begin_, at - head_begin_);
      const Block kind = KindOf(head);
      blocks_.push_back(kind);
      if (kind == Block::kScope) {
        ++scopes_;
      } else {
        first_line_ = FirstLine(head);
      }
    } else {
      blocks_.push_back(Block::kOther);
    }
    head_begin_ = at + 1;
  }

  void Close(size_t at) {
    if (blocks_.empty()) {
      return;
    }
    const Block kind = blocks_.back();
    blocks_.pop_back();
    if (kind == Block::kScope) {
      --scopes_;
    } else if (kind == Block::kFunction && line_ - first_line_ + 1 > kMaximumFunctionLines) {
      violations_.push_back({file_.path, first_line_,
                             "function of " + std::to_string(line_ - first_line_ + 1) + " lines"});
    }
    head_begin_ = at + 1;
  }

  // The ':' of "public:".
  bool IsAccessLabel(size_t at) const {
    const std::string_view before = std::string_view(code_).substr(0, at);
    return code_[at] == ':' && (before.ends_with("public") || before.ends_with("protected") ||
                                before.ends_with("private"));
  }

  int FirstLine(std::string_view head) const {
    const size_t first = head.find_first_not_of(" \n\t");
    int line = line_;
    for (char c : head.substr(first == std::string_view::npos ? head.size() : first)) {
      line -= c == '\n' ? 1 : 0;
    }
    return line;
  }

  const SourceFile& file_;
  const std::string code_;
  std::vector<Block> blocks_;  // open ones, outermost first
  size_t scopes_ = 0;          // how many of them, from the outside, are scopes
  size_t head_begin_ = 0;
  int line_ = 1;
  int first_line_ = 1;
  Violations violations_;
};

}  // namespace

Violations CheckFunctionLength(const SourceTree& tree) {
  Violations violations;
  for (const SourceFile& file : tree) {
    if (IsCpp(file.path)) {
      for (Violation& violation : BlockReader(file).Run()) {
        violations.push_back(std::move(violation));
      }
    }
  }
  return violations;
}

Violations CheckFileLength(const SourceTree& tree) {
  Violations violations;
  for (const SourceFile& file : tree) {
    const int lines = static_cast<int>(Lines(file.text).size());
    if (IsCpp(file.path) && lines > kMaximumFileLines) {
      violations.push_back({file.path, 0, "file of " + std::to_string(lines) + " lines"});
    }
  }
  return violations;
}

}  // namespace architecture
