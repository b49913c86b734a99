#include "eventstore/merkle/tree.h"

#include <bit>
#include <cassert>
#include <map>
#include <span>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "eventstore/base/errors.h"

namespace eventstore::merkle {
namespace {

constexpr uint32_t kTileHeight = 8;  // 2^8 == kTileWidth
constexpr uint32_t kLevels = 8;      // enough for 2^64 leaves

// How many hashes the tree of `size` has at `level`.
uint64_t HashesAt(uint64_t size, uint32_t level) { return size >> (kTileHeight * level); }

// The root of a perfect tree over a power of two of hashes.
Digest PerfectRoot(std::span<const Digest> hashes) {
  assert(std::has_single_bit(hashes.size()));
  if (hashes.size() == 1) return hashes.front();
  std::vector<Digest> row;
  row.reserve(hashes.size() / 2);
  for (size_t i = 0; i < hashes.size(); i += 2) row.push_back(NodeHash(hashes[i], hashes[i + 1]));
  while (row.size() > 1) {
    for (size_t i = 0; i < row.size(); i += 2) row[i / 2] = NodeHash(row[i], row[i + 1]);
    row.resize(row.size() / 2);
  }
  return row.front();
}

// The tiles of a tree of one size, each fetched at most once.
class Tiles {
 public:
  Tiles(uint64_t size, const FetchTile& fetch) : size_(size), fetch_(fetch) {}

  // MTH(D[begin:end]) for the ranges that occur in proofs: `begin` is a multiple
  // of the smallest power of two that is not smaller than the range.
  absl::StatusOr<Digest> Range(uint64_t begin, uint64_t end) {
    std::vector<Digest> perfect;  // from the largest, left, to the smallest
    while (begin < end) {
      const auto height = static_cast<uint32_t>(std::bit_width(end - begin) - 1);
      ASSIGN_OR_RETURN(perfect.emplace_back(), Perfect(height, begin >> height));
      begin += uint64_t{1} << height;
    }
    Digest root = perfect.back();
    for (size_t i = perfect.size() - 1; i > 0; --i) root = NodeHash(perfect[i - 1], root);
    return root;
  }

 private:
  // The root over the `index`th run of 2^height leaves.
  absl::StatusOr<Digest> Perfect(uint32_t height, uint64_t index) {
    const uint32_t level = height / kTileHeight;
    const uint32_t within = height % kTileHeight;
    const uint64_t first = index << within;  // among the hashes of `level`
    ASSIGN_OR_RETURN(const Tile* tile, Get({level, first / kTileWidth}));
    return PerfectRoot(std::span(*tile).subspan(first % kTileWidth, size_t{1} << within));
  }

  absl::StatusOr<const Tile*> Get(TileId id) {
    const auto found = tiles_.find(id);
    if (found != tiles_.end()) return &found->second;
    const uint64_t width = std::min(kTileWidth, HashesAt(size_, id.level) - id.index * kTileWidth);
    ASSIGN_OR_RETURN(Tile tile, fetch_(id, width));
    if (tile.size() != width) {
      return absl::DataLossError(absl::StrCat("tegel ", TilePath(id, width), " heeft ", tile.size(),
                                              " hashes in plaats van ", width));
    }
    return &tiles_.emplace(id, std::move(tile)).first->second;
  }

  const uint64_t size_;
  const FetchTile& fetch_;
  std::map<TileId, Tile> tiles_;
};

// Where a tree of `size` (at least 2) splits: the largest power of two below it.
uint64_t SplitOf(uint64_t size) { return std::bit_floor(size - 1); }

}  // namespace

Digest LeafHash(std::string_view leaf) { return crypto::Sha256({std::string_view("\0", 1), leaf}); }

Digest NodeHash(const Digest& left, const Digest& right) {
  return crypto::Sha256({std::string_view("\1", 1), left.view(), right.view()});
}

Digest EmptyRoot() { return crypto::Sha256(""); }

std::string TilePath(TileId id, uint64_t width) {
  assert(width >= 1 && width <= kTileWidth);
  std::string index = absl::StrFormat("%03d", id.index % 1000);
  for (uint64_t rest = id.index / 1000; rest > 0; rest /= 1000) {
    index = absl::StrFormat("x%03d/%s", rest % 1000, index);
  }
  const std::string partial = width < kTileWidth ? absl::StrCat(".p/", width) : "";
  return absl::StrCat("tile/", id.level, "/", index, partial);
}

Tile& Frontier::TileAt(uint32_t level) {
  if (level >= unfinished_.size()) unfinished_.resize(level + 1);
  return unfinished_[level];
}

void Frontier::Append(const Digest& leaf_hash, std::vector<FullTile>& finished) {
  uint64_t left = size_++;  // bit n: a subtree of height n waits for its right half
  Digest hash = leaf_hash;
  TileAt(0).push_back(hash);
  for (uint32_t height = 1; (left & 1) != 0; ++height, left >>= 1) {
    hash = NodeHash(subtrees_.back(), hash);
    subtrees_.pop_back();
    if (height % kTileHeight != 0) continue;
    // The root of a tile that is full now.
    const uint32_t level = height / kTileHeight;
    Tile& full = TileAt(level - 1);
    finished.push_back({{level - 1, HashesAt(size_, level) - 1}, std::move(full)});
    full = {};
    TileAt(level).push_back(hash);
  }
  subtrees_.push_back(hash);
}

Digest Frontier::Root() const {
  if (subtrees_.empty()) return EmptyRoot();
  Digest root = subtrees_.back();
  for (size_t i = subtrees_.size() - 1; i > 0; --i) root = NodeHash(subtrees_[i - 1], root);
  return root;
}

const Tile& Frontier::Unfinished(uint32_t level) const {
  static const Tile* const kNothing = new Tile;
  return level < unfinished_.size() ? unfinished_[level] : *kNothing;
}

absl::StatusOr<Frontier> Frontier::Restore(uint64_t size, std::vector<Tile> unfinished) {
  unfinished.resize(std::max<size_t>(unfinished.size(), kLevels));
  for (uint32_t level = 0; level < unfinished.size(); ++level) {
    const uint64_t width = level < kLevels ? HashesAt(size, level) % kTileWidth : 0;
    if (unfinished[level].size() != width) {
      return absl::InvalidArgumentError(
          absl::StrCat("een boom van ", size, " bladeren heeft op niveau ", level, " een rand van ",
                       width, " hashes, geen ", unfinished[level].size()));
    }
  }
  unfinished.resize(kLevels);
  Frontier frontier;
  frontier.size_ = size;
  // A tile of width w holds one perfect tree for every bit of w, the largest at the left.
  for (auto tile = unfinished.rbegin(); tile != unfinished.rend(); ++tile) {
    for (size_t begin = 0; begin < tile->size();) {
      const size_t count = std::bit_floor(tile->size() - begin);
      frontier.subtrees_.push_back(PerfectRoot(std::span(*tile).subspan(begin, count)));
      begin += count;
    }
  }
  frontier.unfinished_ = std::move(unfinished);
  return frontier;
}

absl::StatusOr<Digest> RootAt(uint64_t size, const FetchTile& fetch) {
  if (size == 0) return EmptyRoot();
  return Tiles(size, fetch).Range(0, size);
}

absl::StatusOr<std::vector<Digest>> InclusionProof(uint64_t index, uint64_t size,
                                                   const FetchTile& fetch) {
  if (index >= size) {
    return absl::InvalidArgumentError(
        absl::StrCat("blad ", index, " bestaat niet in een boom van ", size));
  }
  Tiles tiles(size, fetch);
  std::vector<Digest> path;  // from the root down; the proof goes up
  uint64_t begin = 0;
  uint64_t end = size;
  while (end - begin > 1) {
    const uint64_t middle = begin + SplitOf(end - begin);
    if (index < middle) {
      ASSIGN_OR_RETURN(path.emplace_back(), tiles.Range(middle, end));
      end = middle;
    } else {
      ASSIGN_OR_RETURN(path.emplace_back(), tiles.Range(begin, middle));
      begin = middle;
    }
  }
  return std::vector<Digest>(path.rbegin(), path.rend());
}

absl::StatusOr<std::vector<Digest>> ConsistencyProof(uint64_t from, uint64_t to,
                                                     const FetchTile& fetch) {
  if (from == 0 || from > to) {
    return absl::InvalidArgumentError(
        absl::StrCat("er is geen bewijs van een boom van ", from, " naar een van ", to));
  }
  Tiles tiles(to, fetch);
  std::vector<Digest> path;  // from the root down; the proof goes up
  uint64_t begin = 0;
  uint64_t end = to;
  while (end != from) {
    const uint64_t middle = begin + SplitOf(end - begin);
    if (from <= middle) {
      ASSIGN_OR_RETURN(path.emplace_back(), tiles.Range(middle, end));
      end = middle;
    } else {
      ASSIGN_OR_RETURN(path.emplace_back(), tiles.Range(begin, middle));
      begin = middle;
    }
  }
  // At begin == 0 the rest is the whole old tree, whose root the verifier has.
  if (begin != 0) {
    ASSIGN_OR_RETURN(path.emplace_back(), tiles.Range(begin, end));
  }
  return std::vector<Digest>(path.rbegin(), path.rend());
}

}  // namespace eventstore::merkle
