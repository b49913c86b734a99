#include "eventstore/replication/evidence_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/eventstore/replication/story.h"

namespace eventstore::replication {
namespace {

class EvidenceFileTest : public ::testing::Test {
 protected:
  EvidenceFileTest()
      : path_(::testing::TempDir() + "/forks-" +
              ::testing::UnitTest::GetInstance()->current_test_info()->name()) {
    std::filesystem::remove(path_);
  }
  std::unique_ptr<EvidenceFile> Open() {
    auto file = EvidenceFile::Open(path_);
    EXPECT_TRUE(file.ok()) << file.status();
    return file.ok() ? *std::move(file) : nullptr;
  }

  const std::string path_;
  const Fork fork_{{TestCircle(), Person(1).id, log::Epoch(2)},
                   {"een stand\nop regels\n", "een andere"},
                   absl::FromUnixMicros(1'800'000'000'000'001)};
};

TEST_F(EvidenceFileTest, KeepsTheFirstEvidenceOfAFeed) {
  ASSERT_TRUE(Open()->Keep(fork_).ok());
  Fork later = fork_;
  later.evidence.contested = "nog een andere";
  ASSERT_TRUE(Open()->Keep(later).ok());
  const auto file = Open();
  ASSERT_EQ(file->All().size(), 1u);
  EXPECT_EQ(file->All()[0].feed, fork_.feed);
  EXPECT_EQ(file->All()[0].found_at, fork_.found_at);
  EXPECT_EQ(file->Find(fork_.feed), fork_.evidence);
  log::FeedId other = fork_.feed;
  other.epoch = log::Epoch(3);
  EXPECT_FALSE(file->Find(other).has_value());
}

TEST_F(EvidenceFileTest, KeepsABetterNoteOfTheOwnStory) {
  ASSERT_TRUE(Open()->Keep(fork_).ok());
  Fork better = fork_;
  better.evidence.held = "een latere stand";
  better.found_at += absl::Hours(1);
  ASSERT_TRUE(Open()->Keep(better).ok());
  const auto file = Open();
  ASSERT_EQ(file->All().size(), 1u);
  EXPECT_EQ(file->Find(fork_.feed), better.evidence);
  EXPECT_EQ(file->All()[0].found_at, fork_.found_at);
}

TEST_F(EvidenceFileTest, KeepsAlsoWhatItCannotRead) {
  ASSERT_TRUE(Open()->Keep(fork_).ok());
  std::ofstream(path_, std::ios::app) << "fork onleesbaar\n";
  EXPECT_EQ(Open()->unreadable(), 1u);
  Fork other = fork_;
  other.feed.epoch = log::Epoch(3);
  other.evidence.held.clear();
  ASSERT_TRUE(Open()->Keep(other).ok());
  const auto file = Open();
  EXPECT_EQ(file->unreadable(), 1u);
  EXPECT_EQ(file->Find(fork_.feed), fork_.evidence);
  EXPECT_EQ(file->Find(other.feed), other.evidence);
}

}  // namespace
}  // namespace eventstore::replication
