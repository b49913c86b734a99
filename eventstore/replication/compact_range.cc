#include "eventstore/replication/compact_range.h"

#include <bit>

#include "eventstore/merkle/tree.h"

namespace eventstore::replication {

absl::StatusOr<CompactRange> CompactRange::FromLastLeaf(uint64_t size,
                                                        const crypto::Digest& leaf_hash,
                                                        const std::vector<crypto::Digest>& path) {
  // Nothing stands to the right of the last leaf, so every sibling on its path is a
  // full subtree to the left: one for each set bit of its index, the smallest first.
  if (size == 0 || path.size() != static_cast<size_t>(std::popcount(size - 1))) {
    return absl::InvalidArgumentError("not the inclusion path of a last leaf");
  }
  CompactRange range;
  range.size_ = size - 1;
  range.subtrees_.assign(path.rbegin(), path.rend());
  range.Append(leaf_hash);
  return range;
}

void CompactRange::Append(const crypto::Digest& leaf_hash) {
  crypto::Digest subtree = leaf_hash;
  for (uint64_t bits = size_; (bits & 1) != 0; bits >>= 1) {
    subtree = merkle::NodeHash(subtrees_.back(), subtree);
    subtrees_.pop_back();
  }
  subtrees_.push_back(subtree);
  ++size_;
}

crypto::Digest CompactRange::Root() const {
  if (subtrees_.empty()) return merkle::EmptyRoot();
  crypto::Digest root = subtrees_.back();
  for (size_t i = subtrees_.size() - 1; i-- > 0;) root = merkle::NodeHash(subtrees_[i], root);
  return root;
}

}  // namespace eventstore::replication
