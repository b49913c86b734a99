#include "eventstore/merkle/proof.h"

#include <bit>
#include <span>

#include "absl/strings/str_cat.h"
#include "eventstore/merkle/tree.h"

namespace eventstore::merkle {
namespace {

// Where a proof stands on its way up: the node of the proved leaf or tree, and
// the last node of the same row (fn and sn of RFC 9162).
struct Climb {
  uint64_t node;
  uint64_t last;

  // Whether the node's sibling is at its left.
  bool HasLeft() const { return (node & 1) != 0 || node == last; }
  void Up() {
    node >>= 1;
    last >>= 1;
  }
  // To the row where the node is a right child; rows above which it is the last
  // one without a sibling add nothing to a path.
  void SkipLonely() {
    while (node != 0 && (node & 1) == 0) Up();
  }
};

absl::Status Broken(const char* what) { return absl::DataLossError(what); }

}  // namespace

absl::Status VerifyInclusion(uint64_t index, uint64_t size, const Digest& leaf_hash,
                             const std::vector<Digest>& path, const Digest& root) {
  if (index >= size) {
    return absl::InvalidArgumentError(
        absl::StrCat("blad ", index, " bestaat niet in een boom van ", size));
  }
  Climb climb{index, size - 1};
  Digest hash = leaf_hash;
  for (const Digest& sibling : path) {
    if (climb.last == 0) return Broken("het bewijs van opname is te lang");
    if (climb.HasLeft()) {
      hash = NodeHash(sibling, hash);
      climb.SkipLonely();
    } else {
      hash = NodeHash(hash, sibling);
    }
    climb.Up();
  }
  if (climb.last != 0) return Broken("het bewijs van opname is te kort");
  if (hash != root) return Broken("het bewijs van opname hoort niet bij deze boom");
  return absl::OkStatus();
}

absl::Status VerifyConsistency(uint64_t from, uint64_t to, const Digest& from_root,
                               const Digest& to_root, const std::vector<Digest>& path) {
  if (from == 0 || from > to) {
    return absl::InvalidArgumentError(
        absl::StrCat("een boom van ", from, " is niet te vergelijken met een van ", to));
  }
  if (from == to) {
    if (!path.empty()) return Broken("gelijke bomen hebben een leeg bewijs");
    if (from_root != to_root) return Broken("twee wortels voor dezelfde grootte");
    return absl::OkStatus();
  }
  if (path.empty()) return Broken("het bewijs van samenhang ontbreekt");
  Climb climb{from - 1, to - 1};
  while ((climb.node & 1) != 0) climb.Up();
  // The path of a power of two starts at the old root and leaves it out.
  const bool starts_at_root = std::has_single_bit(from);
  Digest old_hash = starts_at_root ? from_root : path.front();
  Digest new_hash = old_hash;
  for (const Digest& sibling : std::span(path).subspan(starts_at_root ? 0 : 1)) {
    if (climb.last == 0) return Broken("het bewijs van samenhang is te lang");
    if (climb.HasLeft()) {
      old_hash = NodeHash(sibling, old_hash);
      new_hash = NodeHash(sibling, new_hash);
      climb.SkipLonely();
    } else {
      new_hash = NodeHash(new_hash, sibling);
    }
    climb.Up();
  }
  if (climb.last != 0) return Broken("het bewijs van samenhang is te kort");
  if (old_hash != from_root) return Broken("het bewijs hoort niet bij de oude boom");
  if (new_hash != to_root) return Broken("het bewijs hoort niet bij de nieuwe boom");
  return absl::OkStatus();
}

}  // namespace eventstore::merkle
