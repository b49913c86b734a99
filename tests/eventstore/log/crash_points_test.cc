// The power fails before every single operation on a file. What is there afterwards is a
// prefix without a hole that holds every acknowledged event, and the log goes on.
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "eventstore/base/errors.h"
#include "eventstore/merkle/note.h"
#include "eventstore/merkle/tree.h"
#include "tests/eventstore/log/log_fixture.h"
#include "tests/testing/write_back_disk.h"

namespace eventstore::log {
namespace {

constexpr int kReplicaRecords = 300;
constexpr size_t kPackage = 128;

class CrashPointsTest : public LogFixture {
 protected:
  // What a run asked for, and what of it was answered.
  struct Story {
    std::vector<AppendRequest> requests;
    std::vector<AppendResult> answers;  // of the first ones
    uint64_t replica_stored = 0;
    bool cosignature_asked = false;
    bool finished = false;
  };

  void SetUp() override {
    // The other member's feed, from a log of its own.
    Reopen();
    ASSERT_TRUE(log_->CreateFeed(foreign_).ok());
    Fill(foreign_, kReplicaRecords);
    foreign_bytes_ = BytesOf(*log_, foreign_);
    foreign_checkpoint_ = *log_->CheckpointNote(foreign_);
    for (size_t size = 0; size <= kReplicaRecords; ++size) {
      foreign_roots_.push_back(*log_->RootAt(foreign_, size));
    }
    log_.reset();
  }

  std::vector<AppendRequest> MakeRequests() {
    std::vector<AppendRequest> requests;
    const StreamId stream = NewStream();
    for (int i = 0; i < 4; ++i) requests.push_back(Request(feed_, stream));
    for (int i = 0; i < 3; ++i) {
      requests.push_back(Request({Record(feed_, NewStream()), Record(private_, NewStream()),
                                  Record(feed_, stream, std::string(100, 'x'))}));
    }
    std::vector<NewRecord> many;  // longer than one block of a write-ahead log
    for (int i = 0; i < 40; ++i) many.push_back(Record(feed_, stream, std::string(1'000, 'y')));
    requests.push_back(Request(std::move(many)));
    for (int i = 0; i < 4; ++i) requests.push_back(Request(private_, NewStream()));
    return requests;
  }

  absl::Status OpenOn(tests::testing::WriteBackDisk& disk) {
    options_.environment = &disk;
    ASSIGN_OR_RETURN(log_, EventLog::Open(options_));
    RETURN_IF_ERROR(log_->OwnHealth());
    for (const FeedId& feed : {feed_, private_}) {
      RETURN_IF_ERROR(log_->IsOwn(feed) ? log_->UnlockFeed(feed) : log_->CreateFeed(feed));
    }
    return absl::OkStatus();
  }

  absl::Status AppendNext(Story& story, size_t count) {
    for (; count > 0; --count) {
      ASSIGN_OR_RETURN(AppendResult result, log_->Append(story.requests[story.answers.size()]));
      story.answers.push_back(std::move(result));
    }
    return absl::OkStatus();
  }

  absl::Status StorePackage(Story& story) {
    const size_t first = story.replica_stored;
    const size_t count = std::min(kPackage, kReplicaRecords - first);
    const auto begin = foreign_bytes_.begin() + static_cast<ptrdiff_t>(first);
    RETURN_IF_ERROR(log_->StoreVerified(foreign_, Sequence(first),
                                        {begin, begin + static_cast<ptrdiff_t>(count)},
                                        foreign_roots_[first + count]));
    story.replica_stored += count;
    return absl::OkStatus();
  }

  // Appends and replicas in turns, with a restart in between. Stops at the first error.
  absl::Status Run(tests::testing::WriteBackDisk& disk, Story& story) {
    RETURN_IF_ERROR(OpenOn(disk));
    RETURN_IF_ERROR(AppendNext(story, 5));
    RETURN_IF_ERROR(StorePackage(story));
    RETURN_IF_ERROR(AppendNext(story, 3));
    log_.reset();
    disk.RunJobs();
    RETURN_IF_ERROR(OpenOn(disk));
    RETURN_IF_ERROR(StorePackage(story));
    RETURN_IF_ERROR(AppendNext(story, 2));
    RETURN_IF_ERROR(StorePackage(story));
    RETURN_IF_ERROR(log_->StoreCheckpoint(foreign_, foreign_checkpoint_));
    story.cosignature_asked = true;
    RETURN_IF_ERROR(log_->StoreCosignature(feed_, foreign_.member, Cosigned()));
    RETURN_IF_ERROR(AppendNext(story, 2));
    story.finished = true;
    return absl::OkStatus();
  }

  std::string Cosigned() {
    merkle::Note note = *merkle::ParseNote(*log_->CheckpointNote(feed_));
    merkle::CosignNote(note, Origin(foreign_), key_, clock_.Now());
    return merkle::FormatNote(note);
  }

  // Every answer stands as it was given; of what was asked and not answered all or
  // nothing is there; nothing else is.
  void ExpectPrefix(const Story& story) {
    std::map<FeedId, std::vector<EventId>> expected;
    size_t done = 0;
    for (; done < story.requests.size(); ++done) {
      const auto found = log_->FindRequest(story.requests[done].request);
      if (!found.ok()) break;
      ASSERT_EQ(found->positions.size(), story.requests[done].records.size());
      for (const auto& position : found->positions) {
        auto& ids = expected[position.feed];
        ASSERT_EQ(position.sequence.value(), ids.size());
        ids.push_back(position.id);
      }
    }
    EXPECT_GE(done, story.answers.size()) << "an acknowledged request is gone";
    EXPECT_LE(done, story.answers.size() + 1);
    for (const FeedId& feed : {feed_, private_}) {
      ASSERT_EQ(log_->Size(feed), expected[feed].size());
      if (expected[feed].empty()) continue;
      const auto events = log_->ReadFeed(feed, Sequence(0), expected[feed].size());
      ASSERT_TRUE(events.ok()) << events.status();
      for (size_t i = 0; i < events->size(); ++i) EXPECT_EQ((*events)[i].id, expected[feed][i]);
      ExpectSignedTree(feed);
    }
  }

  void ExpectReplica(const Story& story) {
    ASSERT_TRUE(log_->ReplicasHealth().ok()) << log_->ReplicasHealth();
    const uint64_t size = log_->Size(foreign_);
    EXPECT_GE(size, story.replica_stored);
    const std::vector<std::string> bytes = BytesOf(*log_, foreign_);
    ASSERT_EQ(bytes.size(), size);
    EXPECT_TRUE(std::equal(bytes.begin(), bytes.end(), foreign_bytes_.begin()));
    if (size == 0) return;
    EXPECT_EQ(log_->RootAt(foreign_, size).value(), foreign_roots_[size]);
    // Notes of others are not synced, because they are told again; what is there is whole.
    const auto checkpoint = log_->CheckpointNote(foreign_);
    if (checkpoint.ok()) {
      EXPECT_EQ(*checkpoint, foreign_checkpoint_);
    }
    EXPECT_LE(log_->Cosignatures(feed_).size(), story.cosignature_asked ? 1u : 0u);
  }

  // Everything that was asked is asked once more, and then is there once.
  void ExpectGoesOn(Story story) {
    for (size_t i = 0; i < story.requests.size(); ++i) {
      const auto result = log_->Append(story.requests[i]);
      ASSERT_TRUE(result.ok()) << result.status();
      EXPECT_TRUE(result->repeated || i >= story.answers.size());
    }
    story.replica_stored = log_->Size(foreign_);
    while (story.replica_stored < kReplicaRecords) ASSERT_TRUE(StorePackage(story).ok());
    story.answers.resize(story.requests.size());
    ExpectPrefix(story);
    ExpectReplica(story);
  }

  // How many operations the run takes, or took before the power failed.
  uint64_t CrashAt(uint64_t operation, uint64_t seed) {
    tests::testing::WriteBackDisk disk;
    std::mt19937_64 random(seed);
    Story story;
    story.requests = MakeRequests();
    disk.CutBefore(operation);
    const absl::Status ended = Run(disk, story);
    EXPECT_EQ(ended.ok(), story.finished) << ended;
    EXPECT_EQ(story.finished, !disk.is_cut()) << ended;
    log_.reset();
    disk.RunJobs();
    const uint64_t operations = disk.operations();
    disk.Restart(random);
    const absl::Status opened = OpenOn(disk);
    EXPECT_TRUE(opened.ok()) << opened;
    if (opened.ok()) {
      ExpectPrefix(story);
      ExpectReplica(story);
      ExpectGoesOn(story);
    }
    log_.reset();
    return operations;
  }

  const FeedId private_ = FeedOf(9, 1);
  const FeedId foreign_ = FeedOf(1, 2);
  std::vector<std::string> foreign_bytes_;
  std::vector<crypto::Digest> foreign_roots_;
  std::string foreign_checkpoint_;
};

TEST_F(CrashPointsTest, EveryOperationOnAFileCanBeTheLast) {
  const uint64_t operations = CrashAt(0, 0);
  EXPECT_GT(operations, 60u);
  for (uint64_t operation = 1; operation <= operations && !HasFailure(); ++operation) {
    for (uint64_t seed = 0; seed < 3 && !HasFailure(); ++seed) {
      SCOPED_TRACE("operation " + std::to_string(operation) + ", seed " + std::to_string(seed));
      CrashAt(operation, operation * 1'000 + seed);
    }
  }
}

// Where unsynced bytes may come back as zeros, RocksDB takes the end of its write-ahead log
// for damage. Then the log says so and writes nothing; it never goes on without an event.
TEST_F(CrashPointsTest, ZerosInsteadOfUnsyncedBytesAreNeverTakenForLess) {
  int refused = 0;
  for (uint64_t operation = 20; operation <= 60 && !HasFailure(); ++operation) {
    SCOPED_TRACE("operation " + std::to_string(operation));
    tests::testing::WriteBackDisk disk;
    disk.SetZeroFills(true);
    std::mt19937_64 random(operation);
    Story story;
    story.requests = MakeRequests();
    disk.CutBefore(operation);
    const absl::Status ended = Run(disk, story);
    EXPECT_EQ(ended.ok(), story.finished);
    log_.reset();
    disk.RunJobs();
    disk.Restart(random);
    const absl::Status opened = OpenOn(disk);
    if (opened.ok() && log_->ReplicasHealth().ok()) {
      ExpectPrefix(story);
    } else {
      ++refused;
      EXPECT_TRUE(opened.ok() || absl::IsDataLoss(opened)) << opened;
    }
    log_.reset();
  }
  EXPECT_LT(refused, 20);
}

// The check itself: on a disk that only says that it synced, events go missing.
TEST_F(CrashPointsTest, ADiskThatLiesAboutSyncsIsFound) {
  int lost = 0;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    tests::testing::WriteBackDisk disk;
    std::mt19937_64 random(seed);
    Story story;
    story.requests = MakeRequests();
    ASSERT_TRUE(OpenOn(disk).ok());
    disk.SetDropsSyncs(true);
    ASSERT_TRUE(AppendNext(story, 5).ok());
    disk.CutBefore(1);
    log_.reset();
    disk.RunJobs();
    disk.Restart(random);
    disk.SetDropsSyncs(false);
    if (!OpenOn(disk).ok() || !log_->FindRequest(story.requests[4].request).ok()) ++lost;
    log_.reset();
  }
  EXPECT_GT(lost, 0);
}

}  // namespace
}  // namespace eventstore::log
