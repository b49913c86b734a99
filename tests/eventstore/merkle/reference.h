#pragma once

#include <map>
#include <utility>
#include <vector>

#include "eventstore/merkle/tree.h"

namespace eventstore::merkle {

// The definitions of RFC 6962, section 2.1, word for word and without any
// cleverness but a memory of what was computed: what the real code is held against.
class ReferenceTree {
 public:
  // Leaf number i of every tree in these tests.
  static Digest Leaf(uint64_t i) { return LeafHash("blad " + std::to_string(i)); }

  // MTH(D[begin:end]).
  Digest Root(uint64_t begin, uint64_t end) {
    if (begin == end) return crypto::Sha256("");
    if (end - begin == 1) return Leaf(begin);
    const auto found = roots_.find({begin, end});
    if (found != roots_.end()) return found->second;
    const uint64_t middle = begin + Split(end - begin);
    const Digest left = Root(begin, middle);
    const Digest right = Root(middle, end);
    const Digest root = crypto::Sha256({"\1", left.view(), right.view()});
    roots_[{begin, end}] = root;
    return root;
  }

  // PATH(m, D[begin:end]), section 2.1.1; m counts from `begin`.
  std::vector<Digest> Path(uint64_t m, uint64_t begin, uint64_t end) {
    if (end - begin == 1) return {};
    const uint64_t k = Split(end - begin);
    std::vector<Digest> path = m < k ? Path(m, begin, begin + k) : Path(m - k, begin + k, end);
    path.push_back(m < k ? Root(begin + k, end) : Root(begin, begin + k));
    return path;
  }

  // SUBPROOF(m, D[begin:end], complete), section 2.1.2.
  std::vector<Digest> Subproof(uint64_t m, uint64_t begin, uint64_t end, bool complete) {
    if (m == end - begin) {
      if (complete) return {};
      return {Root(begin, end)};
    }
    const uint64_t k = Split(end - begin);
    std::vector<Digest> path =
        m <= k ? Subproof(m, begin, begin + k, complete) : Subproof(m - k, begin + k, end, false);
    path.push_back(m <= k ? Root(begin + k, end) : Root(begin, begin + k));
    return path;
  }

 private:
  // The largest power of two smaller than n.
  static uint64_t Split(uint64_t n) {
    uint64_t k = 1;
    while (k * 2 < n) k *= 2;
    return k;
  }

  std::map<std::pair<uint64_t, uint64_t>, Digest> roots_;
};

// A log that keeps its tiles in memory.
class TileMap {
 public:
  void Append(const Digest& leaf_hash) {
    std::vector<Frontier::FullTile> finished;
    frontier_.Append(leaf_hash, finished);
    for (Frontier::FullTile& tile : finished) full_[tile.id] = std::move(tile.hashes);
  }
  void GrowTo(uint64_t size) {
    while (frontier_.size() < size) Append(ReferenceTree::Leaf(frontier_.size()));
  }

  const Frontier& frontier() const { return frontier_; }
  const std::map<TileId, Tile>& full() const { return full_; }
  // What was fetched, in order.
  const std::vector<std::pair<TileId, uint64_t>>& fetched() const { return fetched_; }

  FetchTile Fetch() {
    return [this](TileId id, uint64_t width) -> absl::StatusOr<Tile> {
      fetched_.emplace_back(id, width);
      const auto found = full_.find(id);
      const bool is_edge = found == full_.end();
      const Tile& tile = is_edge ? frontier_.Unfinished(id.level) : found->second;
      if (is_edge && id.index != frontier_.size() >> (8 * (id.level + 1))) {
        return absl::NotFoundError("no such tile");
      }
      if (width == 0 || width > tile.size()) return absl::OutOfRangeError("too wide");
      return Tile(tile.begin(), tile.begin() + static_cast<std::ptrdiff_t>(width));
    };
  }

 private:
  Frontier frontier_;
  std::map<TileId, Tile> full_;
  std::vector<std::pair<TileId, uint64_t>> fetched_;
};

}  // namespace eventstore::merkle
