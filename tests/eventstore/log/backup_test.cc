// Backups of a log that is being written, and what a restored one may do.
#include "eventstore/log/backup.h"

#include <gtest/gtest.h>

#include <thread>

#include "eventstore/base/errors.h"
#include "tests/eventstore/log/log_fixture.h"
#include "tests/testing/faulty_environment.h"

namespace eventstore::log {
namespace {

constexpr char kBackups[] = "/backups";

class BackupTest : public LogFixture {
 protected:
  void SetUp() override {
    options_.environment = &faults_;
    // A feed of another member, for the replicas.
    options_.directory = "/node/other";
    LogFixture::SetUp();
    ASSERT_TRUE(log_->CreateFeed(foreign_).ok());
    Fill(foreign_, 20);
    foreign_records_ = BytesOf(*log_, foreign_);
    foreign_root_ = *log_->RootAt(foreign_, 20);
    options_.directory = "/node/member";
    Reopen();
    ASSERT_TRUE(log_->CreateFeed(feed_).ok());
    Fill(feed_, 300);
    ASSERT_TRUE(log_->StoreVerified(foreign_, Sequence(0), foreign_records_, foreign_root_).ok());
  }
  void TearDown() override { log_.reset(); }

  uint32_t Backup() {
    uint64_t done = 0;
    const auto summary = log_->Backup(kBackups, [&](uint64_t bytes, uint64_t) { done = bytes; });
    EXPECT_TRUE(summary.ok()) << summary.status();
    EXPECT_GT(done, 0u);
    EXPECT_GT(summary->bytes, 0u);
    return summary->id;
  }
  void OpenRestored(uint32_t id) {
    log_.reset();
    options_.directory = "/node/restored-" + std::to_string(++restored_);
    const auto row = RestoreBackup(kBackups, id, options_.directory, &faults_);
    ASSERT_TRUE(row.ok()) << row.status();
    Reopen();
  }

  tests::testing::FaultyEnvironment faults_;
  const FeedId foreign_ = FeedOf(1, 2);
  std::vector<std::string> foreign_records_;
  crypto::Digest foreign_root_;
  int restored_ = 0;
};

TEST_F(BackupTest, ARestoredBackupIsTheLogOfThatMoment) {
  const auto records = BytesOf(*log_, feed_);
  const uint32_t id = Backup();
  Fill(feed_, 5);
  OpenRestored(id);
  EXPECT_TRUE(log_->OwnHealth().ok()) << log_->OwnHealth();
  EXPECT_TRUE(log_->ReplicasHealth().ok());
  EXPECT_EQ(BytesOf(*log_, feed_), records);
  EXPECT_EQ(BytesOf(*log_, foreign_), foreign_records_);
  ExpectSignedTree(feed_);
}

// It does not know what was said after it was made.
TEST_F(BackupTest, ARestoredLogIsLockedUntilOthersConfirm) {
  const uint32_t id = Backup();
  Fill(feed_, 5);
  OpenRestored(id);
  EXPECT_TRUE(log_->IsLocked(feed_));
  const absl::Status refused = log_->Append(Request(feed_, NewStream())).status();
  EXPECT_EQ(base::DetailsOf(refused).reason, "FEED_LOCKED") << refused;
}

// What others kept of the time after the backup comes back in the same feed.
TEST_F(BackupTest, WhatOthersKeptComesBack) {
  const uint32_t id = Backup();
  Fill(feed_, 5);
  const auto all = BytesOf(*log_, feed_);
  const crypto::Digest root = *log_->RootAt(feed_, 305);
  OpenRestored(id);
  const std::vector<std::string> rest(all.begin() + 300, all.end());
  ASSERT_TRUE(log_->StoreVerified(feed_, Sequence(300), rest, root).ok());
  EXPECT_EQ(BytesOf(*log_, feed_), all);
  Reopen();
  EXPECT_TRUE(log_->OwnHealth().ok());
  EXPECT_EQ(log_->Size(feed_), 305u);
}

TEST_F(BackupTest, ANextBackupCostsWhatIsNew) {
  Reopen();  // a table that does not change any more
  const uint32_t first = Backup();
  const auto size = [&] {
    size_t bytes = 0;
    for (const auto& [path, contents] : faults_.Files(kBackups)) bytes += contents.size();
    return bytes;
  };
  const size_t before = size();
  ASSERT_TRUE(log_->UnlockFeed(feed_).ok());
  Fill(feed_, 1);
  const uint32_t second = Backup();
  EXPECT_EQ(second, first + 1);
  EXPECT_LT(size() - before, before / 2);
  const auto rows = ListBackups(kBackups, &faults_);
  ASSERT_TRUE(rows.ok()) << rows.status();
  ASSERT_EQ(rows->size(), 2u);
  EXPECT_EQ((*rows)[0].heads.at(feed_).size, 300u);
  EXPECT_EQ((*rows)[1].heads.at(feed_).size, 301u);
  OpenRestored(first);
  EXPECT_EQ(log_->Size(feed_), 300u);
  OpenRestored(0);  // the newest
  EXPECT_EQ(log_->Size(feed_), 301u);
}

// Its head file is never ahead of its database.
TEST_F(BackupTest, BackupsOfALogThatIsBeingWrittenOpen) {
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    while (!stop) {
      const auto result = log_->Append(Request(feed_, ids_.New<StreamId>()));
      ASSERT_TRUE(result.ok()) << result.status();
    }
  });
  std::vector<uint32_t> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(Backup());
  stop = true;
  writer.join();
  for (const uint32_t id : ids) {
    OpenRestored(id);
    EXPECT_TRUE(log_->OwnHealth().ok()) << log_->OwnHealth();
    ExpectSignedTree(feed_);
  }
}

TEST_F(BackupTest, ADamagedBackupIsNotRestored) {
  Reopen();
  const uint32_t id = Backup();
  const auto files = faults_.Files(kBackups);
  int damaged = 0;
  for (const auto& [path, bytes] : files) {
    if (path.find("/meta/") != std::string::npos || bytes.size() < 1000) continue;
    auto turned = files;
    turned[path][bytes.size() / 2] ^= 1;
    faults_.PutBack(kBackups, turned);
    const std::string out = "/node/refused-" + std::to_string(++damaged);
    EXPECT_FALSE(RestoreBackup(kBackups, id, out, &faults_).ok()) << path;
    EXPECT_TRUE(faults_.Files(out).empty());
  }
  EXPECT_GT(damaged, 1);
}

TEST_F(BackupTest, NothingIsRestoredOverALog) {
  Backup();
  log_.reset();
  const auto before = faults_.Files("/node/member");
  EXPECT_TRUE(absl::IsAlreadyExists(RestoreBackup(kBackups, 0, "/node/member", &faults_).status()));
  EXPECT_EQ(faults_.Files("/node/member"), before);
  EXPECT_TRUE(absl::IsNotFound(RestoreBackup(kBackups, 9, "/node/new", &faults_).status()));
  EXPECT_TRUE(absl::IsNotFound(RestoreBackup("/nowhere", 0, "/node/new", &faults_).status()));
}

TEST_F(BackupTest, ADamagedLogIsNotBackedUp) {
  Backup();
  log_->ReportDamage(EventLog::Part::kOwn, absl::DataLossError("blok 7"));
  EXPECT_TRUE(absl::IsDataLoss(log_->Backup(kBackups, nullptr).status()));
  EXPECT_EQ(ListBackups(kBackups, &faults_)->size(), 1u);
}

}  // namespace
}  // namespace eventstore::log
