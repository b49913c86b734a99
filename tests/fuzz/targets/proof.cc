#include "eventstore/merkle/proof.h"

#include "tests/fuzz/targets/expect.h"
#include "tests/fuzz/targets/known.h"
#include "tests/fuzz/targets/reader.h"
#include "tests/fuzz/targets/targets.h"

namespace tests::fuzz {
namespace {

using ::eventstore::crypto::Digest;

std::vector<Digest> PathOf(Reader& reader) {
  std::vector<Digest> path;
  while (reader.rest().size() >= Digest::kSize) {
    path.push_back(*Digest::FromBytes(reader.Take(Digest::kSize)));
  }
  return path;
}

}  // namespace

// Inclusion and consistency in a tree that is known: no path, of whatever length, shows a
// leaf where it is not, or a prefix that is none. Input: which of the two, two numbers, the
// place of what is claimed, and the path.
void Proof(std::string_view input) {
  const KnownTree& tree = TheTree();
  Reader reader(input);
  const bool inclusion = reader.Byte() % 2 == 0;
  const uint64_t first = reader.Number();
  const uint64_t second = reader.Number();
  const size_t claimed = reader.Byte() % tree.leaves.size();
  const std::vector<Digest> path = PathOf(reader);
  // A root comes with its size: both stand in one signed checkpoint.
  const uint64_t size = second <= kTreeSize ? second : second % kTreeSize;
  if (inclusion) {
    const Digest& leaf = tree.leaves[claimed];
    if (!eventstore::merkle::VerifyInclusion(first, size, leaf, path, tree.roots[size]).ok())
      return;
    Expect(first < size && first == claimed, "a leaf was shown where it is not");
    Expect(path == InclusionPath(first, size), "there is one path");
  } else {
    const Digest& from_root = tree.roots[claimed];
    if (!eventstore::merkle::VerifyConsistency(first, size, from_root, tree.roots[size], path).ok())
      return;
    Expect(first <= size && first == claimed, "a tree was shown to be a prefix that is none");
    Expect(path == ConsistencyPath(first, size), "there is one path");
  }
}

}  // namespace tests::fuzz
