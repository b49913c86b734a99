#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "eventstore/crypto/digest.h"

namespace eventstore::merkle {

using crypto::Digest;

// Verifies that the leaf with `leaf_hash` stands at `index` of the tree of `size`
// with `root` (RFC 9162, section 2.1.3.2, on RFC 6962 trees). DATA_LOSS when not;
// INVALID_ARGUMENT when index >= size. Foreign input is fine. A path does not
// bind the tree size: the caller takes size and root from one signed checkpoint.
absl::Status VerifyInclusion(uint64_t index, uint64_t size, const Digest& leaf_hash,
                             const std::vector<Digest>& path, const Digest& root);

// Verifies that the tree (from, from_root) is a prefix of (to, to_root) (RFC 9162,
// section 2.1.4.2). from == 0 and from > to are refused (INVALID_ARGUMENT); equal
// sizes need an empty path and equal roots. DATA_LOSS when it does not hold.
absl::Status VerifyConsistency(uint64_t from, uint64_t to, const Digest& from_root,
                               const Digest& to_root, const std::vector<Digest>& path);

}  // namespace eventstore::merkle
