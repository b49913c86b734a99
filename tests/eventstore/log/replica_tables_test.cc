// Records of others that come by many megabytes, and are stored as tables.
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "eventstore/base/errors.h"
#include "eventstore/log/replica.h"
#include "tests/eventstore/log/log_fixture.h"
#include "tests/testing/faulty_environment.h"
#include "tests/testing/write_back_disk.h"

namespace eventstore::log {
namespace {

constexpr size_t kRecords = 300;
constexpr size_t kStreams = 7;
// Where a store begins: as a table, as a table, as a batch.
constexpr size_t kBorders[] = {0, 140, 290, kRecords};

class ReplicaTablesTest : public LogFixture {
 protected:
  // `origin_` is another member's log.
  void SetUp() override {
    LogFixture::SetUp();
    ASSERT_TRUE(log_->CreateFeed(feed_).ok());
    std::vector<StreamId> streams;
    for (size_t i = 0; i < kStreams; ++i) streams.push_back(NewStream());
    for (size_t i = 0; i < kRecords; ++i) {
      const std::string payload(i < 290 ? 16'000 : 10, static_cast<char>('a' + i % 26));
      ASSERT_TRUE(log_->Append(Request(feed_, streams[i % kStreams], payload)).ok());
      positions_[streams[i % kStreams]].push_back(Sequence(i));
    }
    origin_ = std::move(log_);
    records_ = BytesOf(*origin_, feed_);
    options_.directory = "/node/replica";
  }

  absl::Status Store(uint64_t first, uint64_t end) {
    const std::vector<std::string> part(records_.begin() + static_cast<ptrdiff_t>(first),
                                        records_.begin() + static_cast<ptrdiff_t>(end));
    return log_->StoreVerified(feed_, Sequence(first), part, *origin_->RootAt(feed_, end));
  }

  // What is still to come.
  absl::Status StoreRest() {
    for (size_t i = 0; i + 1 < std::size(kBorders); ++i) {
      const uint64_t size = log_->Size(feed_);
      if (size >= kBorders[i + 1]) continue;
      RETURN_IF_ERROR(Store(size, kBorders[i + 1]));
    }
    return log_->StoreCheckpoint(feed_, *origin_->CheckpointNote(feed_));
  }

  absl::Status OpenOn(storage::Environment& disk) {
    options_.environment = &disk;
    log_.reset();
    ASSIGN_OR_RETURN(log_, EventLog::Open(options_));
    return log_->ReplicasHealth();
  }

  // The first events of the origin, their tree and their streams, and nothing else.
  void ExpectBeginning() {
    const uint64_t size = log_->Size(feed_);
    const std::vector<std::string> bytes = BytesOf(*log_, feed_);
    ASSERT_EQ(bytes.size(), size);
    EXPECT_TRUE(std::equal(bytes.begin(), bytes.end(), records_.begin()));
    if (size == 0) return;
    EXPECT_EQ(log_->RootAt(feed_, size).value(), origin_->RootAt(feed_, size).value());
    for (const auto& [stream, positions] : positions_) {
      const auto events = log_->ReadStream(feed_, stream, Revision(0), kRecords);
      ASSERT_TRUE(events.ok()) << events.status();
      std::vector<Sequence> there;
      for (const StoredEvent& event : *events) there.push_back(event.sequence);
      std::vector<Sequence> expected = positions;
      std::erase_if(expected, [&](Sequence sequence) { return sequence.value() >= size; });
      EXPECT_EQ(there, expected);
      EXPECT_EQ(log_->StreamRevision(feed_, stream), Revision(expected.size()));
    }
  }

  std::unique_ptr<EventLog> origin_;
  std::vector<std::string> records_;
  std::map<StreamId, std::vector<Sequence>> positions_;
};

TEST_F(ReplicaTablesTest, HoldWhatBatchesWouldHold) {
  size_t bytes = 0;
  for (size_t i = kBorders[0]; i < kBorders[1]; ++i) bytes += records_[i].size();
  ASSERT_GE(bytes, kBytesForATable);
  Reopen();
  ASSERT_TRUE(Store(0, 5).ok());  // the table comes after a batch, too
  ASSERT_TRUE(StoreRest().ok());
  ExpectBeginning();
  ExpectSignedTree(feed_);
  Reopen();
  ASSERT_EQ(log_->Size(feed_), kRecords);
  ExpectBeginning();
  ExpectSignedTree(feed_);
}

TEST_F(ReplicaTablesTest, LeaveNothingOfWhatHasAnotherRoot) {
  Reopen();
  ASSERT_TRUE(Store(0, 5).ok());
  const std::vector<std::string> part(records_.begin() + 5, records_.begin() + 150);
  EXPECT_TRUE(absl::IsDataLoss(
      log_->StoreVerified(feed_, Sequence(5), part, *origin_->RootAt(feed_, 149))));
  EXPECT_EQ(log_->Size(feed_), 5u);
  ASSERT_TRUE(StoreRest().ok());
  ExpectBeginning();
}

// The power fails before every single operation on a file. A table first: RocksDB waits for
// its own jobs before it takes one in over keys in the write buffer, and this disk runs them
// in between only.
TEST_F(ReplicaTablesTest, SurviveThePowerAtEveryOperation) {
  const auto crash_at = [&](uint64_t operation) {
    tests::testing::WriteBackDisk disk;
    std::mt19937_64 random(operation);
    disk.CutBefore(operation);
    uint64_t stored = 0;
    absl::Status ended = OpenOn(disk);
    for (size_t i = 0; ended.ok() && i + 1 < std::size(kBorders); ++i) {
      ended = Store(kBorders[i], kBorders[i + 1]);
      if (ended.ok()) stored = kBorders[i + 1];
      disk.RunJobs();
    }
    if (ended.ok()) ended = log_->StoreCheckpoint(feed_, *origin_->CheckpointNote(feed_));
    EXPECT_EQ(ended.ok(), !disk.is_cut()) << ended;
    log_.reset();
    disk.RunJobs();
    const uint64_t operations = disk.operations();
    disk.Restart(random);
    const absl::Status opened = OpenOn(disk);
    EXPECT_TRUE(opened.ok()) << opened;
    if (!opened.ok()) return operations;
    EXPECT_TRUE(log_->StartReport().empty()) << log_->StartReport().front();
    EXPECT_GE(log_->Size(feed_), stored);
    ExpectBeginning();
    EXPECT_TRUE(StoreRest().ok());
    EXPECT_EQ(log_->Size(feed_), kRecords);
    ExpectBeginning();
    log_.reset();
    disk.RunJobs();
    return operations;
  };
  const uint64_t operations = crash_at(0);
  EXPECT_GT(operations, 40u);
  for (uint64_t operation = 1; operation <= operations && !HasFailure(); ++operation) {
    SCOPED_TRACE("operation " + std::to_string(operation));
    crash_at(operation);
  }
}

// The disk fails from every operation on, until the store gave up. It goes on by itself when
// the disk is well, also when the failure came after the tables were listed.
TEST_F(ReplicaTablesTest, GoOnAfterTheDiskFailed) {
  using tests::testing::FaultyEnvironment;
  bool ended = false;
  for (int at = 0; !ended && !HasFailure(); ++at) {
    SCOPED_TRACE("operation " + std::to_string(at));
    FaultyEnvironment disk;
    ASSERT_TRUE(OpenOn(disk).ok());
    ASSERT_TRUE(Store(0, 5).ok());
    int operations = 0;
    disk.SetJudge([&](tests::testing::FileOperation, const std::string&) {
      return operations++ < at ? FaultyEnvironment::Verdict::kGoOn
                               : FaultyEnvironment::Verdict::kFail;
    });
    const absl::Status stored = Store(5, 140);
    disk.GoOn();
    ended = stored.ok();
    if (!ended) {
      EXPECT_EQ(log_->Size(feed_), 5u);
    }
    // The first write finds the database open again, and perhaps more in it than it knew of.
    absl::Status rest = StoreRest();
    if (absl::IsAborted(rest)) rest = StoreRest();
    EXPECT_TRUE(rest.ok()) << rest;
    EXPECT_EQ(log_->Size(feed_), kRecords);
    ExpectBeginning();
    ExpectSignedTree(feed_);
    ASSERT_TRUE(OpenOn(disk).ok());
    EXPECT_TRUE(log_->StartReport().empty());
    ExpectBeginning();
    log_.reset();
  }
  EXPECT_TRUE(ended);
}

}  // namespace
}  // namespace eventstore::log
