#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "eventstore/crypto/digest.h"

namespace eventstore::replication {

// The least that must be remembered of a tree of RFC 6962 to append to it: the
// roots of its full subtrees, the largest first, one for every set bit of the size.
// A value; appending is O(1) amortised, Root() O(log size).
class CompactRange {
 public:
  CompactRange() = default;
  // From the last leaf of a tree of `size` > 0 and that leaf's inclusion path, which
  // hold just these subtrees. INVALID_ARGUMENT when the path has another length.
  static absl::StatusOr<CompactRange> FromLastLeaf(uint64_t size, const crypto::Digest& leaf_hash,
                                                   const std::vector<crypto::Digest>& path);

  void Append(const crypto::Digest& leaf_hash);
  uint64_t size() const { return size_; }
  crypto::Digest Root() const;

 private:
  uint64_t size_ = 0;
  std::vector<crypto::Digest> subtrees_;
};

}  // namespace eventstore::replication
