#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "eventstore/crypto/digest.h"

// RFC 6962 once more, on its own: what checks the tree does not share code with what
// writes it (eventstore/merkle). Pure.
namespace eventstore::check {

using crypto::Digest;

inline constexpr uint64_t kTileWidth = 256;

Digest HashLeaf(std::string_view record);
Digest HashNodes(const Digest& left, const Digest& right);

// The root of a growing list, by its perfect subtrees.
class Roots {
 public:
  void Add(const Digest& leaf);
  uint64_t size() const { return size_; }
  Digest Root() const;
  // The root when something smaller than every perfect subtree, with this root, follows.
  Digest JoinedWith(const Digest& right) const;

 private:
  uint64_t size_ = 0;
  std::vector<Digest> perfect_;  // one for each set bit of size_, the largest first
};

Digest RootOf(const std::vector<Digest>& leaves);

// The bit of one of the `records` that has to be turned to give the tree `root`: the
// records are leaves first, first + 1, … of a tree whose earlier leaves are in `before`.
// Nothing when no single bit does, or when trying would take too long.
struct TurnedBit {
  size_t record = 0;
  size_t bit = 0;
};
std::optional<TurnedBit> FindTurnedBit(const Roots& before,
                                       const std::vector<std::string_view>& records,
                                       const Digest& root);

}  // namespace eventstore::check
