// A node as a witness of another member's feed: what it gives out under its name stands on
// its own disk first, and it begins where there is nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <random>

#include "eventstore/merkle/proof.h"
#include "eventstore/merkle/tree.h"
#include "eventstore/replication/replicator.h"
#include "tests/eventstore/replication/story.h"
#include "tests/testing/faulty_environment.h"
#include "tests/testing/seams.h"
#include "tests/testing/write_back_disk.h"

namespace eventstore::replication {
namespace {

using testing::IsEmpty;
using tests::testing::FaultyEnvironment;
using tests::testing::FileOperation;
using tests::testing::WriteBackDisk;

constexpr uint64_t kEvents = 8;
constexpr uint64_t kPiece = 4;

class NoTransport final : public Transport {
 public:
  void StartFetch(const log::MemberId&, const log::FeedId&, log::Sequence) override {}
};

// Person 0 is the witness, person 1 writes.
class WitnessTest : public testing::Test {
 protected:
  WitnessTest() {
    for (uint8_t i = 1; i <= 3; ++i) people_.emplace_back(i);
    story_.emplace(people_[1], std::vector<std::string>());
    for (uint64_t i = 0; i < kEvents; ++i) story_->Add("payload " + std::to_string(i));
  }

  absl::StatusOr<std::unique_ptr<log::EventLog>> Open(storage::Environment& files) {
    log::EventLog::Options options;
    options.directory = "/node";
    options.clock = &clock_;
    options.log_key = &people_[0].key;
    options.environment = &files;
    return log::EventLog::Open(options);
  }
  std::unique_ptr<Replicator> Replicate(log::EventLog& log) {
    Replicator::Options options;
    options.log = &log;
    options.log_key = &people_[0].key;
    options.entropy = &entropy_;
    options.transport = &transport_;
    auto replicator = std::make_unique<Replicator>(options, MembershipOf(people_, 0), clock_.Now());
    replicator->OnPeerUp(people_[1].id, clock_.Now());
    replicator->OnHeads(people_[1].id, {}, clock_.Now());
    return replicator;
  }
  // The writer tells a head, and gives what stands between this and the one before.
  void Grow(Replicator& replicator, uint64_t from, uint64_t to) {
    clock_.Advance(absl::Seconds(1));
    replicator.OnHeads(people_[1].id, {story_->Head(to)}, clock_.Now());
    replicator.OnPackage(people_[1].id, story_->feed(), story_->Package(from, to, to), clock_.Now())
        .IgnoreError();
    replicator.OnFetchEnded(people_[1].id, story_->feed(), absl::OkStatus(), clock_.Now());
  }

  // A node over these files takes the whole story, as far as its disk goes. Returns the size
  // of the largest head that it let anybody see with its cosignature.
  uint64_t Witness(storage::Environment& files) {
    auto log = Open(files);
    if (!log.ok()) return 0;
    const log::FeedId own{TestCircle(), people_[0].id, log::Epoch(0)};
    if (!(*log)->CreateFeed(own).ok()) return 0;
    uint64_t shown = 0;
    const auto listener = (*log)->OnChange([&](const log::FeedId& feed) {
      const auto note = (*log)->CheckpointNote(feed);
      if (note.ok()) shown = std::max(shown, CosignedSize(*note));
    });
    const auto replicator = Replicate(**log);
    for (uint64_t size = 0; size < kEvents; size += kPiece) {
      Grow(*replicator, size, size + kPiece);
    }
    return shown;
  }
  // The size of the checkpoint in a note when it bears this node's cosignature; else 0.
  uint64_t CosignedSize(const std::string& text) {
    const Membership membership = MembershipOf(people_, 0);
    const auto note = merkle::ParseNote(text);
    const auto verified =
        merkle::VerifyNote(*note, {WitnessVerifier(membership, membership.members[0])});
    if (!verified.ok() || verified->empty()) return 0;
    return merkle::ParseCheckpoint(note->text)->size;
  }
  // What a node that starts on these files knows to have cosigned.
  uint64_t Remembered(const log::EventLog& log) {
    uint64_t size = 0;
    for (const auto& cosigned : log.Cosignatures(story_->feed())) {
      if (cosigned.witness == people_[0].id) size = cosigned.size;
    }
    return size;
  }

  std::vector<Person> people_;
  tests::testing::ManualClock clock_;
  tests::testing::SeededEntropy entropy_{1};
  NoTransport transport_;
  std::optional<Story> story_;
};

TEST_F(WitnessTest, WritesItsCosignatureBeforeAnybodySeesIt) {
  uint64_t shown = 0;
  uint64_t most = 0;
  for (; shown < kEvents; ++most) {
    FaultyEnvironment files;
    std::atomic<uint64_t> writes = 0;
    files.SetJudge([&](FileOperation operation, const std::string&) {
      const bool fails = operation == FileOperation::kWrite && writes++ >= most;
      return fails ? FaultyEnvironment::Verdict::kFail : FaultyEnvironment::Verdict::kGoOn;
    });
    shown = Witness(files);
    files.GoOn();
    const auto log = Open(files);
    ASSERT_TRUE(log.ok()) << log.status();
    EXPECT_GE(Remembered(**log), shown) << "after " << most << " writes";
    ASSERT_LT(most, 1'000u) << "it never gets through";
  }
  EXPECT_GT(most, 5u) << "nothing was written";
}

// Whatever the power takes: what was shown, and the events under it, are there.
TEST_F(WitnessTest, NeverLosesWhatItCosignedWithThePower) {
  for (const uint64_t seed : {1, 2, 3}) {
    uint64_t shown = 0;
    for (uint64_t cut = 1; shown < kEvents; ++cut) {
      std::mt19937_64 random(seed * 10'000 + cut);
      WriteBackDisk disk;
      disk.CutBefore(cut);
      shown = Witness(disk);
      disk.RunJobs();
      disk.Restart(random);
      const auto log = Open(disk);
      ASSERT_TRUE(log.ok()) << log.status() << " cut before " << cut;
      ASSERT_GE((*log)->Size(story_->feed()), shown) << "cut before " << cut;
      EXPECT_GE(Remembered(**log), shown) << "cut before " << cut;
      if (shown > 0) {
        EXPECT_EQ(*(*log)->RootAt(story_->feed(), shown), story_->Root(shown));
      }
      ASSERT_LT(cut, 2'000u) << "it never gets through";
    }
  }
}

// Of an empty tree nothing can be proven (RFC 6962), so a verifier refuses to try; a witness
// that knows nothing of a log yet takes its first head as it is (c2sp.org/tlog-witness).
TEST_F(WitnessTest, BeginsAtNothingWhereAVerifierRefuses) {
  EXPECT_TRUE(absl::IsInvalidArgument(
      merkle::VerifyConsistency(0, kEvents, merkle::EmptyRoot(), story_->Root(kEvents), {})));
  const crypto::PublicKey key = people_[1].key.public_key();
  const auto whole = story_->Package(0, kEvents, kEvents);
  EXPECT_EQ(whole.consistency_proof_size(), 0);
  EXPECT_TRUE(VerifyPackage(story_->feed(), key, Tail(), whole, clock_.Now()).ok());

  FaultyEnvironment files;
  auto log = *Open(files);
  const auto replicator = Replicate(*log);
  replicator->OnHeads(people_[1].id, {story_->Head(0)}, clock_.Now());
  EXPECT_THAT(log->Cosignatures(story_->feed()), IsEmpty()) << "nothing to put a name to";
  Grow(*replicator, 0, kEvents);
  EXPECT_EQ(Remembered(*log), kEvents);
  // The empty head is the beginning of every story, also when it is told again.
  replicator->OnHeads(people_[1].id, {story_->Head(0)}, clock_.Now());
  for (const auto& status : replicator->synchronizer().Feeds(clock_.Now())) {
    EXPECT_NE(status.state, FeedState::kFrozen) << status.detail;
  }
  EXPECT_EQ(Remembered(*log), kEvents);
}

TEST_F(WitnessTest, TakesNoEmptyHeadWithARoot) {
  const std::string origin = log::Origin(story_->feed());
  merkle::Note note{merkle::FormatCheckpoint({origin, 0, story_->Root(1), ""}), {}};
  merkle::SignNote(note, origin, people_[1].key);
  EXPECT_TRUE(absl::IsInvalidArgument(
      VerifyHead(story_->feed(), people_[1].key.public_key(), merkle::FormatNote(note)).status()));
}

}  // namespace
}  // namespace eventstore::replication
