#include "eventstore/merkle/tiles.h"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <optional>

#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"

namespace eventstore::merkle {
namespace {

constexpr char kCheckpointPath[] = "checkpoint";
constexpr size_t kLengthSize = 2;
constexpr size_t kDigits = 3;  // of each element of an index
// Enough for every index of 64 bits.
constexpr size_t kMaximumElements = 7;

absl::Status Malformed(std::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("dit is geen bestand van een tegellog: ",
                                                 absl::string_view(what.data(), what.size())));
}

// A decimal number in its only form.
std::optional<uint64_t> ParseNumber(std::string_view text, uint64_t largest) {
  uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  const bool leading_zero = text.size() > 1 && text.front() == '0';
  if (text.empty() || leading_zero || error != std::errc() || stopped != end || number > largest) {
    return std::nullopt;
  }
  return number;
}

// Reads digits only; whether the form is the one that is written is checked after.
std::optional<uint64_t> ParseIndex(std::string_view text) {
  if (text.size() > kMaximumElements * (kDigits + 2)) return std::nullopt;
  uint64_t index = 0;
  for (const char c : text) {
    if (c == 'x' || c == '/') continue;
    if (c < '0' || c > '9') return std::nullopt;
    const auto digit = static_cast<uint64_t>(c - '0');
    if (index > (~uint64_t{0} - digit) / 10) return std::nullopt;
    index = index * 10 + digit;
  }
  return index;
}

// The files of one row of hashes or entries; the last may be partial.
void AddRow(TlogFile::Kind kind, uint32_t level, uint64_t hashes, std::vector<TlogFile>& files) {
  for (uint64_t first = 0; first < hashes; first += kTileWidth) {
    files.push_back({kind, {level, first / kTileWidth}, std::min(kTileWidth, hashes - first)});
  }
}

}  // namespace

std::string FormatTlogPath(const TlogFile& file) {
  if (file.kind == TlogFile::Kind::kCheckpoint) return kCheckpointPath;
  assert(file.width >= 1 && file.width <= kTileWidth && file.id.level <= kMaximumTileLevel);
  if (file.kind == TlogFile::Kind::kTile) return TilePath(file.id, file.width);
  return "tile/entries" + TilePath({0, file.id.index}, file.width).substr(sizeof("tile/0") - 1);
}

absl::StatusOr<TlogFile> ParseTlogPath(std::string_view path) {
  if (path == kCheckpointPath) return TlogFile();
  std::string_view rest = path;
  if (!rest.starts_with("tile/")) return Malformed("het pad");
  rest.remove_prefix(5);
  const std::string_view level = rest.substr(0, rest.find('/'));
  if (level.size() == rest.size()) return Malformed("het pad");
  rest.remove_prefix(level.size() + 1);
  TlogFile file{TlogFile::Kind::kEntries, {}, kTileWidth};
  if (level != "entries") {
    const auto number = ParseNumber(level, kMaximumTileLevel);
    if (!number) return Malformed("het niveau");
    file.kind = TlogFile::Kind::kTile;
    file.id.level = static_cast<uint32_t>(*number);
  }
  if (const size_t partial = rest.find(".p/"); partial != std::string_view::npos) {
    const auto width = ParseNumber(rest.substr(partial + 3), kTileWidth - 1);
    if (!width || *width == 0) return Malformed("de breedte");
    file.width = *width;
    rest = rest.substr(0, partial);
  }
  const auto index = ParseIndex(rest);
  if (!index) return Malformed("het nummer");
  file.id.index = *index;
  if (FormatTlogPath(file) != path) return Malformed("het pad");
  return file;
}

std::vector<TlogFile> TlogFilesOf(uint64_t size) {
  std::vector<TlogFile> files;
  AddRow(TlogFile::Kind::kEntries, 0, size, files);
  uint64_t hashes = size;
  for (uint32_t level = 0; hashes > 0; ++level, hashes /= kTileWidth) {
    AddRow(TlogFile::Kind::kTile, level, hashes, files);
  }
  files.emplace_back();
  return files;
}

std::string FormatTile(const Tile& tile) {
  std::string bytes;
  bytes.reserve(tile.size() * Digest::kSize);
  for (const Digest& hash : tile) bytes.append(hash.view());
  return bytes;
}

absl::StatusOr<Tile> ParseTile(std::string_view bytes, uint64_t width) {
  if (width < 1 || width > kTileWidth || bytes.size() != width * Digest::kSize) {
    return Malformed("een tegel heeft 32 bytes voor elke hash");
  }
  Tile tile;
  for (; !bytes.empty(); bytes.remove_prefix(Digest::kSize)) {
    tile.push_back(*Digest::FromBytes(bytes.substr(0, Digest::kSize)));
  }
  return tile;
}

void AppendEntry(std::string& bundle, std::string_view entry) {
  assert(entry.size() <= kMaximumEntrySize);
  bundle.push_back(static_cast<char>(entry.size() >> 8));
  bundle.push_back(static_cast<char>(entry.size() & 0xff));
  bundle.append(entry);
}

absl::StatusOr<std::vector<std::string_view>> ParseEntries(std::string_view bundle,
                                                           uint64_t width) {
  std::vector<std::string_view> entries;
  while (!bundle.empty() && entries.size() < width) {
    if (bundle.size() < kLengthSize) return Malformed("een lengte is niet af");
    const size_t length =
        static_cast<size_t>(static_cast<uint8_t>(bundle[0])) << 8 | static_cast<uint8_t>(bundle[1]);
    bundle.remove_prefix(kLengthSize);
    if (bundle.size() < length) return Malformed("een regel is niet af");
    entries.push_back(bundle.substr(0, length));
    bundle.remove_prefix(length);
  }
  if (entries.size() != width || !bundle.empty()) return Malformed("het aantal regels");
  return entries;
}

}  // namespace eventstore::merkle
