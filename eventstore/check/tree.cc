#include "eventstore/check/tree.h"

#include <string>
#include <utility>

namespace eventstore::check {
namespace {

// About ten seconds of hashing.
constexpr uint64_t kMaximumHashedBytes = uint64_t{4} << 30;

// How a leaf hash leads to the root: the hashes that are put at its left and right, from
// below.
struct Step {
  Digest other;
  bool other_is_left = false;
};

Digest Climb(Digest hash, const std::vector<Step>& path) {
  for (const Step& step : path) {
    hash = step.other_is_left ? HashNodes(step.other, hash) : HashNodes(hash, step.other);
  }
  return hash;
}

uint64_t LargestPowerBelow(uint64_t size) {
  uint64_t power = 1;
  while (power * 2 < size) power *= 2;
  return power;
}

// The path of leaf `index` in the list, from below.
void PathInList(const std::vector<Digest>& leaves, size_t from, size_t size, size_t index,
                std::vector<Step>& path) {
  if (size == 1) return;
  const size_t left = LargestPowerBelow(size);
  const auto begin = leaves.begin() + static_cast<ptrdiff_t>(from);
  const auto middle = begin + static_cast<ptrdiff_t>(left);
  if (index < left) {
    PathInList(leaves, from, left, index, path);
    path.push_back({RootOf({middle, begin + static_cast<ptrdiff_t>(size)}), false});
  } else {
    PathInList(leaves, from + left, size - left, index - left, path);
    path.push_back({RootOf({begin, middle}), true});
  }
}

}  // namespace

Digest HashLeaf(std::string_view record) {
  return crypto::Sha256({std::string_view("\x00", 1), record});
}

Digest HashNodes(const Digest& left, const Digest& right) {
  return crypto::Sha256({std::string_view("\x01", 1), left.view(), right.view()});
}

void Roots::Add(const Digest& leaf) {
  Digest hash = leaf;
  for (uint64_t size = size_; size % 2 == 1; size /= 2) {
    hash = HashNodes(perfect_.back(), hash);
    perfect_.pop_back();
  }
  perfect_.push_back(hash);
  ++size_;
}

Digest Roots::Root() const {
  if (perfect_.empty()) return crypto::Sha256("");
  Digest hash = perfect_.back();
  for (size_t i = perfect_.size() - 1; i > 0; --i) hash = HashNodes(perfect_[i - 1], hash);
  return hash;
}

Digest Roots::JoinedWith(const Digest& right) const {
  Digest hash = right;
  for (size_t i = perfect_.size(); i > 0; --i) hash = HashNodes(perfect_[i - 1], hash);
  return hash;
}

Digest RootOf(const std::vector<Digest>& leaves) {
  Roots roots;
  for (const Digest& leaf : leaves) roots.Add(leaf);
  return roots.Root();
}

std::optional<TurnedBit> FindTurnedBit(const Roots& before,
                                       const std::vector<std::string_view>& records,
                                       const Digest& root) {
  // The records start at a multiple of the tile width and are fewer than fill a tile, so
  // they are the right edge: the tree before them is joined with their own root.
  std::vector<Digest> leaves;
  uint64_t work = 0;
  for (const std::string_view record : records) {
    leaves.push_back(HashLeaf(record));
    work += uint64_t{record.size()} * 8 * (record.size() + 8 * 64);
  }
  if (records.empty() || work > kMaximumHashedBytes) return std::nullopt;
  for (size_t i = 0; i < records.size(); ++i) {
    std::vector<Step> path;
    PathInList(leaves, 0, leaves.size(), i, path);
    std::string bytes(records[i]);
    for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
      const auto mask = static_cast<char>(1 << bit % 8);
      bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ mask);
      if (before.JoinedWith(Climb(HashLeaf(bytes), path)) == root) return TurnedBit{i, bit};
      bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ mask);
    }
  }
  return std::nullopt;
}

}  // namespace eventstore::check
