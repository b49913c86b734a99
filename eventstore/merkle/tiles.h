#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "eventstore/merkle/tree.h"

// The files of C2SP tlog-tiles (https://c2sp.org/tlog-tiles): a log as a folder that any
// web server can serve. Pure, thread-safe; parsing takes foreign bytes and is strict:
// INVALID_ARGUMENT on everything that has another form than these functions write.
namespace eventstore::merkle {

inline constexpr uint32_t kMaximumTileLevel = 63;
// Entries carry their length in 16 bits.
inline constexpr size_t kMaximumEntrySize = 65'535;

// A file of a tiled log.
struct TlogFile {
  enum class Kind { kCheckpoint, kTile, kEntries };
  Kind kind = Kind::kCheckpoint;
  TileId id;           // of a tile; of entries with level 0
  uint64_t width = 0;  // 1 to 256; 0 for the checkpoint
  friend bool operator==(const TlogFile&, const TlogFile&) = default;
};

// "checkpoint", "tile/1/x001/234.p/56", "tile/entries/000". Asserts that the width is
// 1 to 256 and the level at most 63.
std::string FormatTlogPath(const TlogFile& file);
// The opposite; nothing else parses, so a path can be used below any folder.
absl::StatusOr<TlogFile> ParseTlogPath(std::string_view path);

// Every file of a tree of `size`, in an order in which a reader never misses one: entries
// and tiles from the left, the checkpoint last.
std::vector<TlogFile> TlogFilesOf(uint64_t size);

// The bytes of a tile: its hashes one after the other.
std::string FormatTile(const Tile& tile);
absl::StatusOr<Tile> ParseTile(std::string_view bytes, uint64_t width);

// Adds an entry to the bytes of a bundle of entries: its length, big-endian, and itself.
// Asserts that it is not too large.
void AppendEntry(std::string& bundle, std::string_view entry);
absl::StatusOr<std::vector<std::string_view>> ParseEntries(std::string_view bundle, uint64_t width);

}  // namespace eventstore::merkle
