#include "eventstore/merkle/proof.h"

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "tests/eventstore/merkle/reference.h"

namespace eventstore::merkle {
namespace {

constexpr auto kOk = absl::StatusCode::kOk;
constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
constexpr auto kDataLoss = absl::StatusCode::kDataLoss;

using google::protobuf::Struct;
using google::protobuf::Value;

// One object of the file with published answers.
class Answers {
 public:
  static Answers Load() {
    std::ifstream file("tests/eventstore/merkle/vectors/rfc6962_known_answers.json");
    std::stringstream text;
    text << file.rdbuf();
    Struct parsed;
    EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(text.str(), &parsed).ok())
        << "run in the folder of the source";
    return Answers(parsed);
  }

  Answers At(const std::string& key) const { return Answers(Get(key).struct_value()); }
  uint64_t Number(const std::string& key) const {
    return static_cast<uint64_t>(Get(key).number_value());
  }
  std::string Bytes(const std::string& key) const { return Unhex(Get(key)); }
  Digest Hash(const std::string& key) const { return *Digest::FromBytes(Bytes(key)); }
  std::vector<std::string> ListOfBytes(const std::string& key) const {
    std::vector<std::string> list;
    for (const Value& value : Get(key).list_value().values()) list.push_back(Unhex(value));
    return list;
  }
  std::vector<Digest> Hashes(const std::string& key) const {
    std::vector<Digest> list;
    for (const std::string& bytes : ListOfBytes(key)) list.push_back(*Digest::FromBytes(bytes));
    return list;
  }
  std::vector<Answers> List(const std::string& key) const {
    std::vector<Answers> list;
    for (const Value& value : Get(key).list_value().values()) {
      list.push_back(Answers(value.struct_value()));
    }
    EXPECT_FALSE(list.empty()) << key;
    return list;
  }
  std::string Why() const { return Get("why").string_value(); }

 private:
  explicit Answers(Struct fields) : fields_(std::move(fields)) {}
  static std::string Unhex(const Value& value) { return *base::FromHex(value.string_value()); }
  const Value& Get(const std::string& key) const { return fields_.fields().at(key); }

  Struct fields_;
};

TEST(KnownAnswers, OfHashing) {
  const Answers hash = Answers::Load().At("hash");
  EXPECT_EQ(EmptyRoot(), hash.Hash("empty_tree"));
  for (const Answers& leaf : hash.List("leaves")) {
    EXPECT_EQ(LeafHash(leaf.Bytes("data")), leaf.Hash("hash"));
  }
  for (const Answers& node : hash.List("nodes")) {
    const auto left = Digest::FromBytes(node.Bytes("left"));
    const auto right = Digest::FromBytes(node.Bytes("right"));
    if (left.ok()) {
      EXPECT_EQ(NodeHash(*left, *right), node.Hash("hash"));
    } else {
      EXPECT_EQ(crypto::Sha256({"\1", node.Bytes("left"), node.Bytes("right")}), node.Hash("hash"));
    }
  }
}

TEST(KnownAnswers, OfTreesAndTheirProofs) {
  const Answers answers = Answers::Load();
  const std::vector<std::string> leaves = answers.At("tree").ListOfBytes("leaves");
  const std::vector<Digest> roots = answers.At("tree").Hashes("roots_by_size");
  ASSERT_EQ(roots.size(), leaves.size());
  TileMap tiles;
  for (size_t i = 0; i < leaves.size(); ++i) {
    tiles.Append(LeafHash(leaves[i]));
    EXPECT_EQ(tiles.frontier().Root(), roots[i]);
  }
  for (const Answers& proof : answers.List("inclusion_paths")) {
    const uint64_t index = proof.Number("leaf_index");
    const uint64_t size = proof.Number("tree_size");
    EXPECT_EQ(*InclusionProof(index, size, tiles.Fetch()), proof.Hashes("path"));
    EXPECT_EQ(VerifyInclusion(index, size, LeafHash(leaves[index]), proof.Hashes("path"),
                              roots[size - 1]),
              absl::OkStatus());
  }
  for (const Answers& proof : answers.List("consistency_proofs")) {
    const uint64_t from = proof.Number("size1");
    const uint64_t to = proof.Number("size2");
    EXPECT_EQ(*ConsistencyProof(from, to, tiles.Fetch()), proof.Hashes("proof"));
    EXPECT_EQ(VerifyConsistency(from, to, roots[from - 1], roots[to - 1], proof.Hashes("proof")),
              absl::OkStatus());
  }
}

TEST(KnownAnswers, OfProofsThatMustFail) {
  for (const Answers& proof : Answers::Load().List("consistency_negative")) {
    EXPECT_FALSE(VerifyConsistency(proof.Number("size1"), proof.Number("size2"),
                                   proof.Hash("root1"), proof.Hash("root2"), proof.Hashes("proof"))
                     .ok())
        << proof.Why();
  }
}

TEST(KnownAnswers, OfAPublicLogAndOfEveryShape) {
  const Answers answers = Answers::Load();
  const Answers log = answers.At("real_ct_log");
  EXPECT_EQ(VerifyInclusion(log.Number("leaf_index"), log.Number("tree_size"),
                            log.Hash("leaf_hash"), log.Hashes("path"), log.Hash("root")),
            absl::OkStatus());
  for (const Answers& shape : answers.List("inclusion_shapes")) {
    EXPECT_EQ(
        VerifyInclusion(shape.Number("index"), shape.Number("size"), LeafHash(shape.Bytes("leaf")),
                        shape.Hashes("path"), shape.Hash("root")),
        absl::OkStatus())
        << shape.Why();
  }
}

Digest Flip(const Digest& digest, size_t byte) {
  auto bytes = digest.array();
  bytes[byte] ^= static_cast<uint8_t>(1 << byte % 8);
  return Digest(bytes);
}

// Calls `check` with every path that differs from `path` in one byte, misses one
// hash, or has one more.
template <typename Check>
void ForEveryDamage(const std::vector<Digest>& path, const Check& check) {
  for (size_t i = 0; i < path.size(); ++i) {
    for (size_t byte = 0; byte < Digest::kSize; ++byte) {
      std::vector<Digest> damaged = path;
      damaged[i] = Flip(path[i], byte);
      check(damaged);
    }
    std::vector<Digest> shorter = path;
    shorter.erase(shorter.begin() + static_cast<std::ptrdiff_t>(i));
    check(shorter);
  }
  for (size_t i = 0; i <= path.size(); ++i) {
    std::vector<Digest> longer = path;
    longer.insert(longer.begin() + static_cast<std::ptrdiff_t>(i), Digest());
    check(longer);
  }
}

TEST(VerifyInclusion, HoldsForEveryLeafAndForNothingElse) {
  ReferenceTree reference;
  for (uint64_t size = 1; size <= 70; ++size) {
    const Digest root = reference.Root(0, size);
    for (uint64_t index = 0; index < size; ++index) {
      const Digest leaf = ReferenceTree::Leaf(index);
      const std::vector<Digest> path = reference.Path(index, 0, size);
      ASSERT_EQ(VerifyInclusion(index, size, leaf, path, root).code(), kOk);
      for (uint64_t other = 0; other < size; ++other) {
        if (other == index) continue;
        ASSERT_EQ(VerifyInclusion(other, size, leaf, path, root).code(), kDataLoss);
        ASSERT_EQ(VerifyInclusion(index, size, ReferenceTree::Leaf(other), path, root).code(),
                  kDataLoss);
      }
      ASSERT_EQ(VerifyInclusion(index, size, Flip(leaf, 0), path, root).code(), kDataLoss);
      ASSERT_EQ(VerifyInclusion(index, size, leaf, path, Flip(root, 31)).code(), kDataLoss);
      if (size > 20 && size < 62) continue;  // damage takes its time
      ForEveryDamage(path, [&](const std::vector<Digest>& damaged) {
        ASSERT_EQ(VerifyInclusion(index, size, leaf, damaged, root).code(), kDataLoss);
      });
    }
  }
}

TEST(VerifyInclusion, RefusesALeafOutsideTheTree) {
  EXPECT_EQ(VerifyInclusion(0, 0, Digest(), {}, EmptyRoot()).code(), kInvalid);
  EXPECT_EQ(VerifyInclusion(5, 5, Digest(), {}, Digest()).code(), kInvalid);
  EXPECT_EQ(VerifyInclusion(~uint64_t{0}, 5, Digest(), {}, Digest()).code(), kInvalid);
}

TEST(VerifyInclusion, StopsAtAPathThatIsFarTooLong) {
  const std::vector<Digest> path(100'000);
  EXPECT_EQ(VerifyInclusion(0, ~uint64_t{0}, Digest(), path, Digest()).code(), kDataLoss);
}

// Known and unavoidable: size and root must come from one signed checkpoint.
TEST(VerifyInclusion, DoesNotBindTheSizeOfTheTree) {
  ReferenceTree reference;
  const std::vector<Digest> path = reference.Path(0, 0, 8);
  for (const uint64_t size : {5, 6, 7, 8}) {
    EXPECT_TRUE(VerifyInclusion(0, size, ReferenceTree::Leaf(0), path, reference.Root(0, 8)).ok());
  }
}

TEST(VerifyConsistency, HoldsForEveryPairAndForNothingElse) {
  ReferenceTree reference;
  for (uint64_t to = 1; to <= 70; ++to) {
    const Digest to_root = reference.Root(0, to);
    for (uint64_t from = 1; from <= to; ++from) {
      const Digest from_root = reference.Root(0, from);
      const std::vector<Digest> path = reference.Subproof(from, 0, to, true);
      ASSERT_EQ(VerifyConsistency(from, to, from_root, to_root, path).code(), kOk)
          << from << "/" << to;
      ASSERT_EQ(VerifyConsistency(from, to, Flip(from_root, 3), to_root, path).code(), kDataLoss);
      ASSERT_EQ(VerifyConsistency(from, to, from_root, Flip(to_root, 30), path).code(), kDataLoss);
      for (uint64_t other = 1; other <= to; ++other) {
        if (other == from) continue;
        const Digest other_root = reference.Root(0, other);
        ASSERT_EQ(VerifyConsistency(from, to, other_root, to_root, path).code(), kDataLoss);
      }
      if (to > 20 && to < 62) continue;
      ForEveryDamage(path, [&](const std::vector<Digest>& damaged) {
        ASSERT_EQ(VerifyConsistency(from, to, from_root, to_root, damaged).code(), kDataLoss);
      });
    }
  }
}

TEST(VerifyConsistency, HoldsAroundTiles) {
  ReferenceTree reference;
  for (const uint64_t to : {255, 256, 257, 511, 512, 513}) {
    for (uint64_t from = 1; from <= to; ++from) {
      ASSERT_EQ(VerifyConsistency(from, to, reference.Root(0, from), reference.Root(0, to),
                                  reference.Subproof(from, 0, to, true)),
                absl::OkStatus());
    }
  }
}

TEST(VerifyConsistency, RefusesNothingAsTheOldTree) {
  ReferenceTree reference;
  EXPECT_EQ(VerifyConsistency(0, 0, EmptyRoot(), EmptyRoot(), {}).code(), kInvalid);
  EXPECT_EQ(VerifyConsistency(0, 5, EmptyRoot(), reference.Root(0, 5), {}).code(), kInvalid);
  EXPECT_EQ(VerifyConsistency(5, 4, reference.Root(0, 5), reference.Root(0, 4), {}).code(),
            kInvalid);
}

TEST(VerifyConsistency, OfEqualSizesNeedsAnEmptyPathAndEqualRoots) {
  ReferenceTree reference;
  const Digest root = reference.Root(0, 6);
  EXPECT_TRUE(VerifyConsistency(6, 6, root, root, {}).ok());
  EXPECT_EQ(VerifyConsistency(6, 6, root, root, {root}).code(), kDataLoss);
  EXPECT_EQ(VerifyConsistency(6, 6, root, Flip(root, 0), {}).code(), kDataLoss);
}

TEST(VerifyConsistency, LeavesOutTheOldRootOfAPowerOfTwo) {
  ReferenceTree reference;
  const Digest from_root = reference.Root(0, 4);
  const Digest to_root = reference.Root(0, 7);
  const std::vector<Digest> path = {reference.Root(4, 7)};
  EXPECT_EQ(reference.Subproof(4, 0, 7, true), path);
  EXPECT_TRUE(VerifyConsistency(4, 7, from_root, to_root, path).ok());
  EXPECT_EQ(VerifyConsistency(4, 7, from_root, to_root, {from_root, path[0]}).code(), kDataLoss);
}

TEST(VerifyConsistency, StopsAtAPathThatIsFarTooLong) {
  const std::vector<Digest> path(100'000);
  EXPECT_EQ(VerifyConsistency(3, ~uint64_t{0}, Digest(), Digest(), path).code(), kDataLoss);
}

}  // namespace
}  // namespace eventstore::merkle
