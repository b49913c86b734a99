// Feeds of others: storing, proving, handing on.
#include <gtest/gtest.h>

#include "eventstore/log/event_log.h"
#include "eventstore/merkle/proof.h"
#include "tests/eventstore/log/log_fixture.h"

namespace eventstore::log {
namespace {

class ReplicasTest : public LogFixture {
 protected:
  // `origin_` is another member's log with 600 events; `log_` is to hold them.
  void SetUp() override {
    LogFixture::SetUp();
    ASSERT_TRUE(log_->CreateFeed(feed_).ok());
    Fill(feed_, 600);
    origin_ = std::move(log_);
    records_ = BytesOf(*origin_, feed_);
    options_.directory = "/node/replica";
    Reopen();
  }

  void RestartOrigin() {
    const std::string replica = std::exchange(options_.directory, "/node/member");
    std::swap(origin_, log_);
    Reopen();
    std::swap(origin_, log_);
    options_.directory = replica;
  }

  absl::Status Store(uint64_t first, uint64_t end) {
    const std::vector<std::string> part(records_.begin() + static_cast<ptrdiff_t>(first),
                                        records_.begin() + static_cast<ptrdiff_t>(end));
    return log_->StoreVerified(feed_, Sequence(first), part, *origin_->RootAt(feed_, end));
  }

  // The origin's latest checkpoint with a cosignature of `witness`.
  std::string Cosign(const FeedId& witness) {
    merkle::Note note = *merkle::ParseNote(*origin_->CheckpointNote(feed_));
    const std::vector<merkle::NoteSignature> own = {note.signatures[0]};
    note.signatures = own;
    merkle::CosignNote(note, Origin(witness), witness_key_, clock_.Now());
    return merkle::FormatNote(note);
  }

  std::unique_ptr<EventLog> origin_;
  std::vector<std::string> records_;
  crypto::PrivateKey witness_key_ = crypto::PrivateKey::Generate(entropy_);
};

TEST_F(ReplicasTest, HoldTheSameBytesAndProveTheSame) {
  for (uint64_t first = 0; first < 600; first += 150) {
    ASSERT_TRUE(Store(first, first + 150).ok());
  }
  ASSERT_TRUE(log_->StoreCheckpoint(feed_, *origin_->CheckpointNote(feed_)).ok());
  EXPECT_EQ(BytesOf(*log_, feed_), records_);
  EXPECT_FALSE(log_->IsOwn(feed_));
  ExpectSignedTree(feed_);
  Reopen();
  EXPECT_EQ(BytesOf(*log_, feed_), records_);
  ExpectSignedTree(feed_);
  EXPECT_EQ(log_->Feeds(), std::vector<FeedId>{feed_});
  const StreamId stream = DecodeRecord(feed_, Sequence(9), records_[9])->stream;
  EXPECT_EQ(log_->StreamRevision(feed_, stream), Revision(1));
  EXPECT_EQ(log_->ReadStream(feed_, stream, Revision(0), 9)->front().sequence, Sequence(9));
}

TEST_F(ReplicasTest, AWrongRootIsRefusedAndLeavesNothing) {
  EXPECT_TRUE(absl::IsDataLoss(
      log_->StoreVerified(feed_, Sequence(0), records_, *origin_->RootAt(feed_, 599))));
  EXPECT_TRUE(log_->Feeds().empty());
  ASSERT_TRUE(Store(0, 100).ok());
  std::vector<std::string> swapped = {records_[101], records_[100]};
  EXPECT_TRUE(absl::IsDataLoss(
      log_->StoreVerified(feed_, Sequence(100), swapped, *origin_->RootAt(feed_, 102))));
  EXPECT_EQ(log_->Size(feed_), 100u);
  ASSERT_TRUE(Store(100, 600).ok());
  EXPECT_EQ(BytesOf(*log_, feed_), records_);
}

TEST_F(ReplicasTest, RecordsMustGoOnWhereTheFeedEnds) {
  EXPECT_TRUE(absl::IsAborted(Store(1, 10)));
  ASSERT_TRUE(Store(0, 10).ok());
  EXPECT_TRUE(absl::IsAborted(Store(0, 10)));
  EXPECT_TRUE(absl::IsAborted(Store(11, 20)));
  EXPECT_FALSE(log_->StoreVerified(feed_, Sequence(10), {}, *origin_->RootAt(feed_, 10)).ok());
  EXPECT_EQ(log_->Size(feed_), 10u);
}

TEST_F(ReplicasTest, WhatIsNoRecordOfTheFeedIsRefused) {
  EXPECT_TRUE(absl::IsInvalidArgument(
      log_->StoreVerified(FeedOf(5, 5), Sequence(0), records_, *origin_->RootAt(feed_, 600))));
  EXPECT_TRUE(absl::IsInvalidArgument(
      log_->StoreVerified(feed_, Sequence(0), {"noise"}, merkle::LeafHash("noise"))));
  EXPECT_TRUE(log_->Feeds().empty());
}

TEST_F(ReplicasTest, OwnFeedsAreNotReplicated) {
  ASSERT_TRUE(log_->CreateFeed(feed_).ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(Store(0, 10)));
}

TEST_F(ReplicasTest, ReplicasAreNotWritten) {
  ASSERT_TRUE(Store(0, 10).ok());
  EXPECT_TRUE(absl::IsNotFound(log_->Append(Request(feed_, NewStream())).status()));
}

TEST_F(ReplicasTest, CheckpointsAreKeptWhenNewerAndNotAheadOfTheRecords) {
  const std::string newest = *origin_->CheckpointNote(feed_);
  EXPECT_TRUE(absl::IsNotFound(log_->StoreCheckpoint(feed_, newest)));
  ASSERT_TRUE(Store(0, 599).ok());
  EXPECT_TRUE(absl::IsInvalidArgument(log_->StoreCheckpoint(feed_, newest)));
  EXPECT_TRUE(absl::IsNotFound(log_->CheckpointNote(feed_).status()));
  ASSERT_TRUE(Store(599, 600).ok());
  ASSERT_TRUE(log_->StoreCheckpoint(feed_, newest).ok());
  merkle::Note older{
      merkle::FormatCheckpoint({Origin(feed_), 599, *origin_->RootAt(feed_, 599), ""}), {}};
  merkle::SignNote(older, Origin(feed_), key_);
  ASSERT_TRUE(log_->StoreCheckpoint(feed_, merkle::FormatNote(older)).ok());
  EXPECT_EQ(*log_->CheckpointNote(feed_), newest);
  EXPECT_FALSE(log_->StoreCheckpoint(feed_, "noise").ok());
}

TEST_F(ReplicasTest, CosignaturesOfTheLatestCheckpointAreHandedOnWithIt) {
  const FeedId one = FeedOf(1, 2);
  const FeedId two = FeedOf(1, 3);
  ASSERT_TRUE(origin_->StoreCosignature(feed_, one.member, Cosign(one)).ok());
  ASSERT_TRUE(origin_->StoreCosignature(feed_, two.member, Cosign(two)).ok());
  const auto note = merkle::ParseNote(*origin_->CheckpointNote(feed_));
  ASSERT_TRUE(note.ok());
  EXPECT_EQ(note->signatures.size(), 3u);
  using merkle::NoteAlgorithm;
  const auto verified = merkle::VerifyNote(
      *note, {{Origin(feed_), NoteAlgorithm::kEd25519, key_.public_key()},
              {Origin(one), NoteAlgorithm::kCosignatureV1, witness_key_.public_key()},
              {Origin(two), NoteAlgorithm::kCosignatureV1, witness_key_.public_key()}});
  ASSERT_TRUE(verified.ok()) << verified.status();
  EXPECT_EQ(verified->size(), 3u);
  const auto cosigned = origin_->Cosignatures(feed_);
  ASSERT_EQ(cosigned.size(), 2u);
  EXPECT_EQ(cosigned[0].witness, one.member);
  EXPECT_EQ(cosigned[0].size, 600u);
}

TEST_F(ReplicasTest, OfEachWitnessTheLargestCosignatureIsKept) {
  const FeedId witness = FeedOf(1, 2);
  ASSERT_TRUE(Store(0, 600).ok());
  const std::string largest = Cosign(witness);
  ASSERT_TRUE(log_->StoreCosignature(feed_, witness.member, largest).ok());
  merkle::Note older{merkle::FormatCheckpoint({Origin(feed_), 10, *origin_->RootAt(feed_, 10), ""}),
                     {}};
  merkle::CosignNote(older, Origin(witness), witness_key_, clock_.Now());
  ASSERT_TRUE(log_->StoreCosignature(feed_, witness.member, merkle::FormatNote(older)).ok());
  Reopen();
  const auto cosigned = log_->Cosignatures(feed_);
  ASSERT_EQ(cosigned.size(), 1u);
  EXPECT_EQ(cosigned[0].size, 600u);
  EXPECT_EQ(cosigned[0].note, largest);
  EXPECT_FALSE(log_->StoreCosignature(FeedOf(8, 8), witness.member, largest).ok());
}

// A crash does not come between what is held and what can be shown of it.
TEST_F(ReplicasTest, TheHeadIsStoredWithTheRecords) {
  const auto package = origin_->MakePackage(feed_, Sequence(0), 250);
  ASSERT_TRUE(package.ok()) << package.status();
  const std::vector<std::string> records(package->records().begin(), package->records().end());
  const std::string& note = package->checkpoint_note();
  const crypto::Digest root = *origin_->RootAt(feed_, 250);
  EXPECT_TRUE(absl::IsInvalidArgument(log_->StoreVerified(
      feed_, Sequence(0), records, root, *origin_->CheckpointNote(feed_))))
      << "that of more";
  EXPECT_EQ(log_->Size(feed_), 0u);
  ASSERT_TRUE(log_->StoreVerified(feed_, Sequence(0), records, root, note).ok());
  EXPECT_EQ(log_->CheckpointNote(feed_).value_or(""), note);
  ExpectSignedTree(feed_);
  Reopen();
  EXPECT_EQ(log_->CheckpointNote(feed_).value_or(""), note);
  ExpectSignedTree(feed_);
}

TEST_F(ReplicasTest, TheWriterSignsForTheEndOfEachPackage) {
  for (uint64_t next = 0; next < 600;) {
    const auto package = origin_->MakePackage(feed_, Sequence(next), 250);
    ASSERT_TRUE(package.ok()) << package.status();
    next += static_cast<uint64_t>(package->records_size());
    EXPECT_EQ(package->consistency_proof_size(), 0);
    const merkle::Note note = *merkle::ParseNote(package->checkpoint_note());
    EXPECT_EQ(merkle::ParseCheckpoint(note.text)->size, next);
    EXPECT_EQ(merkle::ParseCheckpoint(note.text)->root, *origin_->RootAt(feed_, next));
    const auto verified = merkle::VerifyNote(
        note, {{Origin(feed_), merkle::NoteAlgorithm::kEd25519, key_.public_key()}});
    ASSERT_TRUE(verified.ok()) << verified.status();
    EXPECT_EQ(verified->size(), 1u);
  }
}

// After a start nobody has confirmed the feed, and no new head is signed.
TEST_F(ReplicasTest, PackagesLeadToTheSignedHead) {
  RestartOrigin();
  ASSERT_TRUE(origin_->IsLocked(feed_));
  merkle::Frontier frontier;
  std::vector<merkle::Frontier::FullTile> finished;
  uint64_t next = 0;
  while (next < 600) {
    const auto package = origin_->MakePackage(feed_, Sequence(next), 250);
    ASSERT_TRUE(package.ok()) << package.status();
    EXPECT_EQ(package->first_sequence(), next);
    EXPECT_LE(package->records_size(), 250);
    EXPECT_EQ(package->checkpoint_note(), *origin_->CheckpointNote(feed_));
    std::vector<std::string> records(package->records().begin(), package->records().end());
    for (const std::string& record : records) frontier.Append(merkle::LeafHash(record), finished);
    const auto checkpoint =
        merkle::ParseCheckpoint(merkle::ParseNote(package->checkpoint_note())->text);
    ASSERT_TRUE(checkpoint.ok());
    std::vector<crypto::Digest> proof;
    for (const std::string& hash : package->consistency_proof()) {
      proof.push_back(*crypto::Digest::FromBytes(hash));
    }
    EXPECT_TRUE(merkle::VerifyConsistency(frontier.size(), checkpoint->size, frontier.Root(),
                                          checkpoint->root, proof)
                    .ok());
    ASSERT_TRUE(log_->StoreVerified(feed_, Sequence(next), records, frontier.Root()).ok());
    next += records.size();
  }
  EXPECT_EQ(BytesOf(*log_, feed_), records_);
  EXPECT_TRUE(absl::IsOutOfRange(origin_->MakePackage(feed_, Sequence(600), 1).status()));
  // A node that has records and no checkpoint yet has nothing that it could prove.
  EXPECT_TRUE(absl::IsOutOfRange(log_->MakePackage(feed_, Sequence(0), 1).status()));
  EXPECT_TRUE(absl::IsOutOfRange(log_->MakePackage(FeedOf(8, 8), Sequence(0), 1).status()));
}

TEST_F(ReplicasTest, ProofsVerify) {
  for (const uint64_t size : {1u, 2u, 255u, 256u, 257u, 511u, 513u, 600u}) {
    const crypto::Digest root = *origin_->RootAt(feed_, size);
    for (const uint64_t index : {uint64_t{0}, size / 2, size - 1}) {
      const auto path = origin_->InclusionProof(feed_, Sequence(index), size);
      ASSERT_TRUE(path.ok()) << path.status();
      EXPECT_TRUE(
          merkle::VerifyInclusion(index, size, merkle::LeafHash(records_[index]), *path, root)
              .ok());
    }
    const auto path = origin_->ConsistencyProof(feed_, size, 600);
    ASSERT_TRUE(path.ok()) << path.status();
    EXPECT_TRUE(
        merkle::VerifyConsistency(size, 600, root, *origin_->RootAt(feed_, 600), *path).ok());
  }
  EXPECT_EQ(*origin_->RootAt(feed_, 0), merkle::EmptyRoot());
  EXPECT_TRUE(absl::IsOutOfRange(origin_->RootAt(feed_, 601).status()));
  EXPECT_FALSE(origin_->InclusionProof(feed_, Sequence(600), 600).ok());
  EXPECT_FALSE(origin_->ConsistencyProof(feed_, 0, 600).ok());
  EXPECT_FALSE(origin_->RootAt(FeedOf(8, 8), 0).ok());
}

}  // namespace
}  // namespace eventstore::log
