// Disks that really refuse: a small one that fills up, one that becomes read-only, and a
// process without file descriptors.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <iostream>
#include <vector>

#include "eventstore/base/errors.h"
#include "tests/eventstore/log/log_fixture.h"

namespace eventstore::log {
namespace {

class FullDiskTest : public LogFixture {
 protected:
  void SetUp() override {
    char pattern[] = "/tmp/poolcirkel-disk-XXXXXX";
    ASSERT_NE(mkdtemp(pattern), nullptr);
    disk_ = pattern;
    if (mount("tmpfs", disk_.c_str(), "tmpfs", 0, "size=260m") != 0) {
      std::cerr << "NOT TESTED: mounting a small disk is not permitted here: "
                << std::strerror(errno) << "\n";
      rmdir(disk_.c_str());
      disk_.clear();
      return;
    }
    options_.environment = nullptr;  // the real files
    options_.directory = disk_ + "/member";
    LogFixture::SetUp();
    ASSERT_TRUE(log_->CreateFeed(feed_).ok());
    Fill(feed_, 100);
  }

  void TearDown() override {
    log_.reset();
    if (disk_.empty()) return;
    umount2(disk_.c_str(), MNT_DETACH);
    rmdir(disk_.c_str());
  }

  // One append; true when it was acknowledged. What was is kept, to be found again.
  bool Append() {
    AppendRequest request = Request(feed_, NewStream(), std::string(20'000, 'p'));
    const auto result = log_->Append(request);
    if (result.ok()) {
      acknowledged_[result->positions[0].sequence.value()] = result->positions[0].id;
    } else {
      last_refusal_ = result.status();
      refused_ = std::move(request);
    }
    return result.ok();
  }

  void ExpectAllThere() {
    for (const auto& [sequence, id] : acknowledged_) {
      const auto event = log_->ReadFeed(feed_, Sequence(sequence), 1);
      ASSERT_TRUE(event.ok() && event->size() == 1) << event.status();
      EXPECT_EQ(event->front().id, id);
    }
    ExpectSignedTree(feed_);
  }

  // The refused request works again, exactly once, and all stands after a reopen.
  void ExpectRecovered() {
    const auto again = log_->Append(refused_);
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_TRUE(log_->OwnHealth().ok()) << log_->OwnHealth();
    EXPECT_EQ(log_->StreamRevision(feed_, refused_.records[0].stream), Revision(1));
    ExpectAllThere();
    Reopen();
    EXPECT_TRUE(log_->OwnHealth().ok()) << log_->OwnHealth();
    EXPECT_EQ(log_->StreamRevision(feed_, refused_.records[0].stream), Revision(1));
    ExpectAllThere();
  }

  // Only who may mount has a disk that can be filled.
  bool HasDisk() const { return !disk_.empty(); }

  std::string disk_;  // empty: there is none
  std::map<uint64_t, EventId> acknowledged_;
  absl::Status last_refusal_;
  AppendRequest refused_;
};

TEST_F(FullDiskTest, AFullDiskRefusesAndGoesOnWhenThereIsRoom) {
  if (!HasDisk()) return;
  const std::string ballast = disk_ + "/ballast";
  // Something else takes much of the disk: alone more than what is kept in reserve, since the
  // database may have gone into that while it still wrote a table.
  const int file = open(ballast.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  ASSERT_GE(file, 0);
  ASSERT_EQ(posix_fallocate(file, 0, 100 << 20), 0);
  close(file);
  // What the database keeps beside its data comes free when it is opened again, so the
  // disk is full when that does not help any more.
  int appended = 0;
  for (int refused = 0; refused < 3;) {
    refused = Append() ? 0 : refused + 1;
    ASSERT_LT(++appended, 5'000);
  }
  EXPECT_GT(appended, 0);
  EXPECT_EQ(base::DetailsOf(last_refusal_).reason, "DISK_FULL") << last_refusal_;
  EXPECT_TRUE(absl::IsUnavailable(last_refusal_));
  EXPECT_NE(base::DetailsOf(last_refusal_).metadata.at("remedy").find("ruimte"), std::string::npos);
  EXPECT_FALSE(log_->OwnHealth().ok());
  EXPECT_FALSE(Append());
  EXPECT_FALSE(log_->Recover().ok());
  ExpectAllThere();
  ASSERT_EQ(unlink(ballast.c_str()), 0);
  ExpectRecovered();
}

TEST_F(FullDiskTest, AFullDiskLetsALogOpenForReading) {
  if (!HasDisk()) return;
  log_.reset();
  const std::string ballast = disk_ + "/ballast";
  const int file = open(ballast.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  ASSERT_GE(file, 0);
  const std::string block(1 << 16, 'b');
  while (write(file, block.data(), block.size()) > 0) {
  }
  close(file);
  Reopen();
  EXPECT_EQ(BytesOf(*log_, feed_).size(), 100u);
  ASSERT_EQ(unlink(ballast.c_str()), 0);
  ASSERT_TRUE(log_->Recover().ok()) << log_->Recover();
  EXPECT_TRUE(log_->OwnHealth().ok()) << log_->OwnHealth();
  EXPECT_TRUE(log_->ReplicasHealth().ok()) << log_->ReplicasHealth();
  ASSERT_TRUE(log_->UnlockFeed(feed_).ok());
  EXPECT_TRUE(Append()) << last_refusal_;
}

TEST_F(FullDiskTest, AProcessWithoutDescriptorsRefusesAndGoesOn) {
  if (!HasDisk()) return;
  // Only what is open now may be open: a next file is one too many. The database makes
  // one when its write buffer is full.
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit tight = before;
  tight.rlim_cur = 256;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &tight), 0);
  std::vector<int> taken;
  for (int one = open("/dev/null", O_RDONLY | O_CLOEXEC); one >= 0;
       one = open("/dev/null", O_RDONLY | O_CLOEXEC)) {
    taken.push_back(one);
  }
  int appended = 0;
  bool refused = false;
  while (!refused && ++appended < 5000) refused = !Append();
  const absl::Status health = log_->OwnHealth();
  for (const int one : taken) close(one);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  ASSERT_TRUE(refused);
  EXPECT_EQ(base::DetailsOf(last_refusal_).reason, "TOO_MANY_FILES") << last_refusal_;
  EXPECT_FALSE(health.ok());
  ExpectRecovered();
}

TEST_F(FullDiskTest, ADiskThatBecomesReadOnlyRefusesAndGoesOn) {
  if (!HasDisk()) return;
  // A database that has files open for writing keeps a disk from being made read-only, as
  // an administrator would meet it; after a failure of the disk the kernel does it itself.
  // Here: the folder is opened when the disk already is.
  log_.reset();
  ASSERT_EQ(mount(nullptr, disk_.c_str(), nullptr, MS_REMOUNT | MS_RDONLY, "size=260m"), 0)
      << std::strerror(errno);
  Reopen();
  EXPECT_EQ(BytesOf(*log_, feed_).size(), 100u);
  ASSERT_TRUE(log_->UnlockFeed(feed_).ok());
  EXPECT_FALSE(Append());
  EXPECT_EQ(base::DetailsOf(last_refusal_).reason, "DISK_READ_ONLY") << last_refusal_;
  EXPECT_FALSE(log_->OwnHealth().ok());
  ASSERT_EQ(mount(nullptr, disk_.c_str(), nullptr, MS_REMOUNT, "size=260m"), 0);
  ExpectRecovered();
}

}  // namespace
}  // namespace eventstore::log
