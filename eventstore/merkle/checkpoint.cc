#include <cassert>
#include <charconv>

#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "eventstore/merkle/note.h"
#include "eventstore/merkle/text.h"

namespace eventstore::merkle {
namespace {

absl::Status Malformed(const char* what) {
  return absl::InvalidArgumentError(absl::StrCat("het ijkpunt deugt niet: ", what));
}

// A decimal number in its only form: digits without a leading zero.
absl::StatusOr<uint64_t> ParseSize(std::string_view text) {
  uint64_t size = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, size);
  const bool leading_zero = text.size() > 1 && text.front() == '0';
  if (text.empty() || leading_zero || error != std::errc() || stopped != end) {
    return Malformed("de grootte is geen getal");
  }
  return size;
}

absl::StatusOr<Digest> ParseRoot(std::string_view text) {
  const auto bytes = crypto::FromBase64(text);
  if (!bytes.ok() || bytes->size() != Digest::kSize) {
    return Malformed("de wortel is geen base64 van 32 bytes");
  }
  return Digest::FromBytes(*bytes);
}

}  // namespace

absl::StatusOr<Checkpoint> ParseCheckpoint(std::string_view note_text) {
  if (note_text.size() > kMaximumNoteSize) return Malformed("het is te groot");
  if (!IsNoteText(note_text)) return Malformed("het is geen UTF-8 zonder stuurtekens");
  const auto origin = TakeLine(note_text);
  const auto size = TakeLine(note_text);
  const auto root = TakeLine(note_text);
  if (!root) return Malformed("het heeft minder dan drie regels");
  if (origin->empty()) return Malformed("de oorsprong ontbreekt");
  Checkpoint checkpoint;
  checkpoint.origin = std::string(*origin);
  ASSIGN_OR_RETURN(checkpoint.size, ParseSize(*size));
  ASSIGN_OR_RETURN(checkpoint.root, ParseRoot(*root));
  checkpoint.extension = std::string(note_text);
  while (!note_text.empty()) {
    const auto line = TakeLine(note_text);
    if (!line || line->empty()) return Malformed("een aanvullende regel is leeg of niet af");
  }
  return checkpoint;
}

std::string FormatCheckpoint(const Checkpoint& checkpoint) {
  assert(!checkpoint.origin.empty() && checkpoint.origin.find('\n') == std::string::npos);
  assert(checkpoint.extension.empty() || checkpoint.extension.back() == '\n');
  return absl::StrCat(checkpoint.origin, "\n", checkpoint.size, "\n",
                      crypto::ToBase64(checkpoint.root.view()), "\n", checkpoint.extension);
}

}  // namespace eventstore::merkle
