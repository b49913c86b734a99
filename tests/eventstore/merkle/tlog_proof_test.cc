#include "eventstore/merkle/tlog_proof.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/eventstore/merkle/reference.h"

namespace eventstore::merkle {
namespace {

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
constexpr auto kDataLoss = absl::StatusCode::kDataLoss;
constexpr char kOrigin[] = "poolcirkel.example/test";

// The example of https://c2sp.org/tlog-proof, whose signatures are shortened there; here
// the checkpoint is the example of https://c2sp.org/tlog-cosignature.
constexpr char kExample[] =
    "c2sp.org/tlog-proof@v1\n"
    "extra YWdlLXYxLjIuMS1kYXJ3aW4tYXJtNjQudGFyLmd6kYXJ3aW4tYXJ\n"
    "index 73894\n"
    "gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=\n"
    "B95lDa8R83lS8n0eG+o0buTxRKQTYFi//1U8anccXmA=\n"
    "EKNzoDWG8LGC0Yp9o+sv3qllpMP9uHQ9B20KNL+Q1zs=\n"
    "RoopEkOdqkYqMB4MJXrbt/hMjOxsVn0IrWjpz1ZMMes=\n"
    "AHCioX9nLjsrse6YhjRRmk1WUEirVOLLRoOQ6vfO5vk=\n"
    "\n"
    "example.com/behind-the-sofa\n"
    "20852163\n"
    "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    "\n"
    "— example.com/behind-the-sofa "
    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8="
    "\n"
    "— witness.example.com/w1 "
    "jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIU"
    "BkBIfZ+qnA==\n";

crypto::PrivateKey KeyOf(char seed) { return *crypto::PrivateKey::FromSeed(std::string(32, seed)); }
NoteVerifier Log() { return {kOrigin, NoteAlgorithm::kEd25519, KeyOf('l').public_key()}; }
NoteVerifier Witness() { return {"w", NoteAlgorithm::kCosignatureV1, KeyOf('w').public_key()}; }

// Entry 5 of a log of seven, signed and cosigned.
class TlogProofTest : public testing::Test {
 protected:
  TlogProofTest() {
    ReferenceTree tree;
    proof_.index = 5;
    proof_.path = tree.Path(5, 0, 7);
    proof_.note.text = FormatCheckpoint({kOrigin, 7, tree.Root(0, 7), ""});
    SignNote(proof_.note, kOrigin, KeyOf('l'));
    CosignNote(proof_.note, "w", KeyOf('w'), absl::FromUnixSeconds(1'700'000'000));
  }

  absl::Status Verify(const TlogProof& proof) const {
    return VerifyTlogProof(proof, ReferenceTree::Leaf(5), kOrigin, Log(), {Witness()}).status();
  }

  TlogProof proof_;
};

TEST(TlogProof, ReadsTheExampleOfTheSpecification) {
  const auto proof = ParseTlogProof(kExample);
  ASSERT_TRUE(proof.ok()) << proof.status();
  EXPECT_EQ(proof->extra->substr(0, 18), "age-v1.2.1-darwin-");
  EXPECT_EQ(proof->index, 73'894U);
  EXPECT_EQ(proof->path.size(), 5U);
  EXPECT_EQ(proof->note.signatures.size(), 2U);
  EXPECT_EQ(FormatTlogProof(*proof), kExample);
}

TEST(TlogProof, RefusesEveryOtherShape) {
  const std::string good = kExample;
  const std::string note = good.substr(good.find("example.com"));
  const std::string hash = "gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=\n";
  const std::string first = "c2sp.org/tlog-proof@v1\n";
  ASSERT_TRUE(ParseTlogProof(first + "index 0\n\n" + note).ok());
  ASSERT_TRUE(ParseTlogProof(first + "index 18446744073709551615\n\n" + note).ok());
  std::string long_path;
  for (size_t i = 0; i <= kMaximumInclusionProof; ++i) long_path += hash;
  for (const std::string& text : std::vector<std::string>{
           "",
           first,
           note,
           "\n" + good,
           first + "\n" + note,
           first + "index\n\n" + note,
           first + "index \n\n" + note,
           first + "index 00\n\n" + note,
           first + "index 01\n\n" + note,
           first + "index -1\n\n" + note,
           first + "index +1\n\n" + note,
           first + "index 1 \n\n" + note,
           first + "index  1\n\n" + note,
           first + "Index 1\n\n" + note,
           first + "index 18446744073709551616\n\n" + note,
           first + "index 1\r\n\n" + note,
           first + "index 1\n" + note,
           first + "index 1\n\n\n" + note,
           first + "index 1\n" + hash + note,
           first + "index 1\n" + hash.substr(1) + "\n" + note,
           first + "index 1\n" + hash.substr(0, 42) + "V=\n\n" + note,  // a pad bit
           first + "index 1\n" + hash.substr(0, 43) + "\n\n" + note,
           first + "index 1\nAAAA\n\n" + note,
           first + "index 1\n" + long_path + "\n" + note,
           first + "extra \nindex 1\n\n" + note,
           first + "extra\nindex 1\n\n" + note,
           first + "extra AB==\nindex 1\n\n" + note,
           first + "extra AA==\nextra AA==\nindex 1\n\n" + note,
           first + "index 1\nextra AA==\n\n" + note,
           first + "index 1\n\n" + note.substr(0, note.size() - 1),
           first + "index 1\n\n" + note + "\n",
           first + "index 1\n\nexample.com\n1\n\n" + note.substr(note.find("—")),
           "c2sp.org/tlog-proof@v2\nindex 1\n\n" + note,
           "c2sp.org/tlog-proof@v1\r\nindex 1\n\n" + note,
           good + std::string(kMaximumTlogProofSize, '\n')}) {
    EXPECT_EQ(ParseTlogProof(text).status().code(), kInvalid) << text.substr(0, 150);
  }
}

TEST_F(TlogProofTest, Verifies) {
  const auto parsed = ParseTlogProof(FormatTlogProof(proof_));
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(*parsed, proof_);
  const auto verified =
      VerifyTlogProof(*parsed, ReferenceTree::Leaf(5), kOrigin, Log(), {Witness()});
  ASSERT_TRUE(verified.ok()) << verified.status();
  EXPECT_EQ(verified->checkpoint.size, 7U);
  EXPECT_EQ(verified->signatures.size(), 2U);
}

TEST_F(TlogProofTest, RefusesWhatIsUntrue) {
  EXPECT_EQ(VerifyTlogProof(proof_, ReferenceTree::Leaf(4), kOrigin, Log(), {}).status().code(),
            kDataLoss);
  EXPECT_EQ(VerifyTlogProof(proof_, ReferenceTree::Leaf(5), "ander", Log(), {}).status().code(),
            kDataLoss);
  for (const uint64_t index : {0, 1, 2, 3, 4, 6, 7, 100}) {
    TlogProof changed = proof_;
    changed.index = index;
    EXPECT_EQ(Verify(changed).code(), kDataLoss) << index;
  }
  TlogProof changed = proof_;
  changed.path.pop_back();
  EXPECT_EQ(Verify(changed).code(), kDataLoss);
  changed = proof_;
  changed.path.push_back(LeafHash(""));
  EXPECT_EQ(Verify(changed).code(), kDataLoss);
  // Without the log's own signature witnesses prove nothing.
  changed = proof_;
  changed.note.signatures.erase(changed.note.signatures.begin());
  EXPECT_EQ(Verify(changed).code(), kDataLoss);
  // A wrong signature of a known witness is fatal; one of an unknown witness is ignored.
  changed = proof_;
  changed.note.signatures[1].signature[20] ^= 1;
  EXPECT_EQ(Verify(changed).code(), kDataLoss);
  EXPECT_TRUE(VerifyTlogProof(changed, ReferenceTree::Leaf(5), kOrigin, Log(), {}).ok());
}

}  // namespace
}  // namespace eventstore::merkle
