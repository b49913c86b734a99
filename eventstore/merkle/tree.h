#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "eventstore/crypto/digest.h"

// The Merkle tree of RFC 6962, section 2.1. Pure: no storage, no clock. Sizes and
// indexes are plain uint64_t, because they are those of the RFC.
namespace eventstore::merkle {

using crypto::Digest;

// SHA-256(0x00 || leaf), SHA-256(0x01 || left || right), SHA-256 of nothing.
Digest LeafHash(std::string_view leaf);
Digest NodeHash(const Digest& left, const Digest& right);
Digest EmptyRoot();

// Hashes are kept in tiles, as in C2SP tlog-tiles: the tile (level, index) holds
// up to 256 hashes, which at level 0 are leaf hashes and above are the roots of
// full tiles one level down.
inline constexpr uint64_t kTileWidth = 256;
struct TileId {
  uint32_t level = 0;
  uint64_t index = 0;
  friend auto operator<=>(const TileId&, const TileId&) = default;
};
using Tile = std::vector<Digest>;

// Where tlog-tiles puts a tile of `width` (1 to 256) hashes: "tile/1/x001/234.p/56".
std::string TilePath(TileId id, uint64_t width);

// The growing right edge of a tree: the unfinished tile of every level. Appending
// hashes once, amortised; Root() once for each bit of the size. A copy is a snapshot.
// Not thread-safe.
class Frontier {
 public:
  // A full tile that the frontier has just finished and forgets; to be stored.
  struct FullTile {
    TileId id;
    Tile hashes;
  };

  uint64_t size() const { return size_; }
  // Appends a leaf hash; finished tiles are added to `finished`.
  void Append(const Digest& leaf_hash, std::vector<FullTile>& finished);
  // The root of the tree at size(); EmptyRoot() when empty.
  Digest Root() const;
  // The unfinished tile of `level`, possibly empty.
  const Tile& Unfinished(uint32_t level) const;
  // Puts a frontier together again: `unfinished[level]` as Unfinished() gave them.
  // INVALID_ARGUMENT when their lengths do not fit `size`.
  static absl::StatusOr<Frontier> Restore(uint64_t size, std::vector<Tile> unfinished);

 private:
  Tile& TileAt(uint32_t level);

  uint64_t size_ = 0;
  std::vector<Tile> unfinished_;
  // The roots of the perfect subtrees that the tree is made of, one for each bit of
  // the size, the largest first. They follow from the tiles.
  std::vector<Digest> subtrees_;
};

// Fetches the first `width` hashes of a tile, never 0; returned errors are passed
// on. `width` is that of the tile in the tree asked about, so it may be less than
// what is stored by now.
using FetchTile = std::function<absl::StatusOr<Tile>(TileId id, uint64_t width)>;

// Root, proofs at any size up to the one that `fetch` knows. Each costs
// O(log size) fetches. INVALID_ARGUMENT on index >= size or from > to or from == 0.
absl::StatusOr<Digest> RootAt(uint64_t size, const FetchTile& fetch);
absl::StatusOr<std::vector<Digest>> InclusionProof(uint64_t index, uint64_t size,
                                                   const FetchTile& fetch);
absl::StatusOr<std::vector<Digest>> ConsistencyProof(uint64_t from, uint64_t to,
                                                     const FetchTile& fetch);

}  // namespace eventstore::merkle
