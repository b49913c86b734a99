#include "eventstore/replication/verify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "eventstore/merkle/tree.h"
#include "google/protobuf/stubs/logging.h"
#include "tests/eventstore/replication/story.h"

namespace eventstore::replication {
namespace {

using poolcirkel::log::v1::Package;

constexpr absl::Time kNow = absl::FromUnixSeconds(1'800'000'100);

std::vector<std::string> Payloads(size_t count, const std::string& prefix = "payload ") {
  std::vector<std::string> payloads;
  for (size_t i = 0; i < count; ++i) payloads.push_back(prefix + std::to_string(i));
  return payloads;
}

// What a node holds after the first `size` records.
Tail TailAt(const Story& story, uint64_t size) {
  Tail tail;
  for (uint64_t i = 0; i < size; ++i) {
    tail.tree.Append(merkle::LeafHash(story.records()[i]));
    tail.last_recorded_at =
        log::DecodeRecord(story.feed(), log::Sequence(i), story.records()[i])->recorded_at;
  }
  return tail;
}

class VerifyTest : public testing::Test {
 protected:
  absl::StatusOr<VerifiedPackage> Verify(const Package& package, uint64_t have) {
    return VerifyPackage(story_.feed(), writer_.key.public_key(), TailAt(story_, have), package,
                         kNow);
  }

  Person writer_{1};
  Person stranger_{2};
  Story story_{writer_, Payloads(40)};
};

TEST_F(VerifyTest, TakesEveryCutOfARealFeed) {
  for (uint64_t first = 0; first < 20; ++first) {
    for (uint64_t end = first + 1; end < 24; ++end) {
      for (const uint64_t size : {end, end + 1, uint64_t{40}}) {
        const auto verified = Verify(story_.Package(first, end, size), first);
        ASSERT_TRUE(verified.ok()) << first << " " << end << " " << size << verified.status();
        EXPECT_EQ(verified->records.first().value(), first);
        EXPECT_EQ(verified->after.size(), end);
        EXPECT_EQ(verified->root_after, story_.Root(end));
        EXPECT_EQ(verified->records.size(), end - first);
        EXPECT_EQ(verified->head.checkpoint.size, size);
        EXPECT_EQ(verified->skewed, 0u);
      }
    }
  }
}

TEST_F(VerifyTest, RefusesAPackageThatDoesNotStartWhereTheNodeIs) {
  EXPECT_TRUE(absl::IsAborted(Verify(story_.Package(5, 10, 40), 4).status()));
  EXPECT_TRUE(absl::IsAborted(Verify(story_.Package(5, 10, 40), 6).status()));
}

struct Corruption {
  std::string name;
  std::function<void(Package&)> apply;
  absl::StatusCode code;
};

TEST_F(VerifyTest, RefusesEveryCorruption) {
  const Story other_feed(stranger_, Payloads(40));
  const Story fork(writer_, Payloads(40, "other "));
  const auto kForm = absl::StatusCode::kInvalidArgument;
  const auto kProof = absl::StatusCode::kDataLoss;
  const auto kSigner = absl::StatusCode::kPermissionDenied;
  const std::vector<Corruption> corruptions = {
      {"other feed", [&](Package& p) { *p.mutable_feed() = log::ToProto(other_feed.feed()); },
       kForm},
      {"feed without circle", [](Package& p) { p.mutable_feed()->clear_circle_id(); }, kForm},
      {"other epoch", [](Package& p) { p.mutable_feed()->set_epoch(1); }, kForm},
      {"no records", [](Package& p) { p.clear_records(); }, kForm},
      {"first record gone", [](Package& p) { p.mutable_records()->DeleteSubrange(0, 1); }, kProof},
      {"last record gone", [](Package& p) { p.mutable_records()->RemoveLast(); }, kProof},
      {"records swapped", [](Package& p) { p.mutable_records()->SwapElements(1, 2); }, kForm},
      {"record twice", [](Package& p) { p.add_records(p.records(4)); }, kForm},
      {"empty record", [](Package& p) { p.mutable_records(3)->clear(); }, kForm},
      {"record of a fork", [&](Package& p) { *p.mutable_records(3) = fork.records()[13]; }, kProof},
      {"record of another feed",
       [&](Package& p) { *p.mutable_records(3) = other_feed.records()[13]; }, kForm},
      {"unknown field in a record",
       [](Package& p) { p.mutable_records(3)->append("\xf8\x7f\x01"); }, kForm},
      {"no checkpoint", [](Package& p) { p.clear_checkpoint_note(); }, kForm},
      {"checkpoint of another feed",
       [&](Package& p) { p.set_checkpoint_note(other_feed.Note(40)); }, kForm},
      {"checkpoint of a fork", [&](Package& p) { p.set_checkpoint_note(fork.Note(40)); }, kProof},
      {"checkpoint of a smaller tree", [&](Package& p) { p.set_checkpoint_note(story_.Note(14)); },
       kForm},
      {"checkpoint of another size", [&](Package& p) { p.set_checkpoint_note(story_.Note(39)); },
       kProof},
      {"checkpoint that others signed",
       [&](Package& p) {
         merkle::Note note = *merkle::ParseNote(p.checkpoint_note());
         note.signatures.clear();
         merkle::SignNote(note, log::Origin(story_.feed()), stranger_.key);
         p.set_checkpoint_note(merkle::FormatNote(note));
       },
       kSigner},
      {"checkpoint with another root under the old signature",
       [&](Package& p) {
         merkle::Note note = *merkle::ParseNote(p.checkpoint_note());
         note.text = merkle::ParseNote(fork.Note(40))->text;
         p.set_checkpoint_note(merkle::FormatNote(note));
       },
       kSigner},
      {"proof gone", [](Package& p) { p.clear_consistency_proof(); }, kProof},
      {"proof cut", [](Package& p) { p.mutable_consistency_proof()->RemoveLast(); }, kProof},
      {"proof longer", [](Package& p) { p.add_consistency_proof(std::string(32, 'x')); }, kProof},
      {"proof with a short hash", [](Package& p) { p.mutable_consistency_proof(0)->pop_back(); },
       kForm},
      {"proof with a wrong hash", [](Package& p) { (*p.mutable_consistency_proof(0))[0] ^= 1; },
       kProof},
      {"proof without end",
       [](Package& p) {
         while (p.consistency_proof_size() < 200) p.add_consistency_proof(std::string(32, 'x'));
       },
       kForm},
  };
  for (const Corruption& corruption : corruptions) {
    Package package = story_.Package(10, 15, 40);
    ASSERT_TRUE(Verify(package, 10).ok());
    corruption.apply(package);
    EXPECT_EQ(Verify(package, 10).status().code(), corruption.code)
        << corruption.name << ": " << Verify(package, 10).status();
  }
}

TEST_F(VerifyTest, NoFlippedBitGetsThrough) {
  const std::string bytes = story_.Package(2, 5, 11).SerializeAsString();
  const Tail have = TailAt(story_, 2);
  const google::protobuf::LogSilencer silencer;
  size_t parsed = 0;
  for (size_t i = 0; i < bytes.size() * 8; i += 3) {
    std::string flipped = bytes;
    flipped[i / 8] = static_cast<char>(flipped[i / 8] ^ (1 << (i % 8)));
    Package package;
    if (!package.ParseFromString(flipped)) continue;
    ++parsed;
    const auto verified =
        VerifyPackage(story_.feed(), writer_.key.public_key(), have, package, kNow);
    EXPECT_FALSE(verified.ok()) << "bit " << i;
  }
  EXPECT_GT(parsed, 1000u);
}

TEST_F(VerifyTest, RefusesTimesThatDoNotIncrease) {
  Story story(writer_, Payloads(3));
  const absl::Time last = absl::FromUnixSeconds(1'800'000'000) + absl::Microseconds(3);
  story.AddAt("same time", last);
  const auto verify = [&](uint64_t first, uint64_t end) {
    return VerifyPackage(story.feed(), writer_.key.public_key(), TailAt(story, first),
                         story.Package(first, end, 4), kNow);
  };
  EXPECT_TRUE(verify(0, 3).ok());
  EXPECT_TRUE(absl::IsInvalidArgument(verify(0, 4).status())) << "within a package";
  EXPECT_TRUE(absl::IsInvalidArgument(verify(3, 4).status())) << "on the border of two";
}

TEST_F(VerifyTest, CountsRecordsFromTheFutureAndTakesThem) {
  Story story(writer_, Payloads(3));
  story.AddAt("tomorrow", kNow + absl::Hours(24));
  story.AddAt("the day after", kNow + absl::Hours(48));
  const auto verified = VerifyPackage(story.feed(), writer_.key.public_key(), TailAt(story, 0),
                                      story.Package(0, 5, 5), kNow);
  ASSERT_TRUE(verified.ok()) << verified.status();
  EXPECT_EQ(verified->skewed, 2u);
}

TEST_F(VerifyTest, BoundsThePackage) {
  Story many(writer_, Payloads(1025));
  const auto verify = [&](const Story& story, uint64_t end) {
    return VerifyPackage(story.feed(), writer_.key.public_key(), Tail(),
                         story.Package(0, end, story.size()), kNow);
  };
  EXPECT_TRUE(verify(many, 1024).ok());
  EXPECT_TRUE(absl::IsInvalidArgument(verify(many, 1025).status()));

  const std::vector<std::string> large(72, std::string(60'000, 'x'));
  Story heavy(writer_, large);
  EXPECT_TRUE(verify(heavy, 60).ok());
  EXPECT_TRUE(absl::IsInvalidArgument(verify(heavy, 72).status()));
}

TEST_F(VerifyTest, AHeadWithoutItsWriterProvesNothing) {
  const auto verify = [&](const std::string& note) {
    return VerifyHead(story_.feed(), writer_.key.public_key(), note).status().code();
  };
  EXPECT_EQ(verify(story_.Note(7, {&stranger_})), absl::StatusCode::kOk);
  EXPECT_EQ(verify(""), absl::StatusCode::kInvalidArgument);
  merkle::Note note = *merkle::ParseNote(story_.Note(7, {&stranger_}));
  note.signatures.erase(note.signatures.begin());
  EXPECT_EQ(verify(merkle::FormatNote(note)), absl::StatusCode::kPermissionDenied);
}

TEST(CompactRangeTest, HasTheRootOfTheWholeTree) {
  const Person writer(1);
  const Story story(writer, Payloads(130));
  CompactRange range;
  EXPECT_EQ(range.Root(), merkle::EmptyRoot());
  for (uint64_t i = 0; i < story.size(); ++i) {
    range.Append(merkle::LeafHash(story.records()[i]));
    EXPECT_EQ(range.size(), i + 1);
    EXPECT_EQ(range.Root(), story.Root(i + 1));
  }
}

TEST(CompactRangeTest, RefusesAPathOfAnotherLength) {
  const crypto::Digest leaf = merkle::LeafHash("leaf");
  EXPECT_TRUE(CompactRange::FromLastLeaf(1, leaf, {}).ok());
  EXPECT_FALSE(CompactRange::FromLastLeaf(0, leaf, {}).ok());
  EXPECT_FALSE(CompactRange::FromLastLeaf(2, leaf, {}).ok());
  EXPECT_FALSE(CompactRange::FromLastLeaf(4, leaf, {leaf}).ok());
  EXPECT_TRUE(CompactRange::FromLastLeaf(4, leaf, {leaf, leaf}).ok());
}

}  // namespace
}  // namespace eventstore::replication
