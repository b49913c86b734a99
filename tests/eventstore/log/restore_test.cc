// Records of an own feed that others kept, back in a log that lost them.
#include <gtest/gtest.h>

#include "eventstore/log/event_log.h"
#include "tests/eventstore/log/log_fixture.h"

namespace eventstore::log {
namespace {

class RestoreTest : public LogFixture {
 protected:
  // `before_` is the log that is lost; `log_` begins empty, with the same key.
  void SetUp() override {
    LogFixture::SetUp();
    ASSERT_TRUE(log_->CreateFeed(feed_).ok());
    Fill(feed_, 300);
    last_ = Request(feed_, NewStream());
    ASSERT_TRUE(log_->Append(last_).ok());
    before_ = std::move(log_);
    records_ = BytesOf(*before_, feed_);
    options_.directory = "/node/again";
    Reopen();
    ASSERT_TRUE(log_->CreateFeed(feed_, /*locked=*/true).ok());
  }

  absl::Status Store(uint64_t first, uint64_t end) {
    const std::vector<std::string> part(records_.begin() + static_cast<ptrdiff_t>(first),
                                        records_.begin() + static_cast<ptrdiff_t>(end));
    return log_->StoreVerified(feed_, Sequence(first), part, *before_->RootAt(feed_, end));
  }

  std::unique_ptr<EventLog> before_;
  std::vector<std::string> records_;
  AppendRequest last_;
};

TEST_F(RestoreTest, HoldsTheSameBytesAndGoesOnFromThere) {
  EXPECT_FALSE(log_->Append(Request(feed_, NewStream())).ok());
  ASSERT_TRUE(Store(0, 256).ok());
  ASSERT_TRUE(Store(256, 301).ok());
  ASSERT_TRUE(log_->StoreCheckpoint(feed_, *before_->CheckpointNote(feed_)).ok());
  EXPECT_TRUE(log_->IsOwn(feed_));
  EXPECT_EQ(BytesOf(*log_, feed_), records_);
  EXPECT_EQ(*log_->CheckpointNote(feed_), *before_->CheckpointNote(feed_));
  ExpectSignedTree(feed_);
  ASSERT_TRUE(log_->UnlockFeed(feed_).ok());
  Fill(feed_, 3);
  EXPECT_EQ(log_->Size(feed_), 304u);
  ExpectSignedTree(feed_);
  // The head file and the index know all of it.
  Reopen();
  ASSERT_TRUE(log_->OwnHealth().ok()) << log_->OwnHealth();
  EXPECT_EQ(log_->Size(feed_), 304u);
  EXPECT_TRUE(log_->IsLocked(feed_));
}

TEST_F(RestoreTest, TimesGoOnAfterThoseThatCameBack) {
  ASSERT_TRUE(Store(0, 301).ok());
  ASSERT_TRUE(log_->UnlockFeed(feed_).ok());
  clock_.Set(absl::FromUnixSeconds(1));  // the clock is far behind
  Fill(feed_, 1);
  const auto events = log_->ReadFeed(feed_, Sequence(300), 2);
  ASSERT_TRUE(events.ok());
  EXPECT_GT((*events)[1].recorded_at, (*events)[0].recorded_at);
}

TEST_F(RestoreTest, ExecutesNothingTwice) {
  ASSERT_TRUE(Store(0, 301).ok());
  ASSERT_TRUE(log_->UnlockFeed(feed_).ok());
  for (int i = 0; i < 2; ++i) {
    const auto again = log_->Append(last_);
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_TRUE(again->repeated);
    EXPECT_EQ(again->positions[0].sequence, Sequence(300));
    EXPECT_EQ(log_->Size(feed_), 301u);
    Reopen();  // the index is made again
    ASSERT_TRUE(log_->UnlockFeed(feed_).ok());
  }
}

TEST_F(RestoreTest, RefusesWhatDoesNotFit) {
  EXPECT_TRUE(absl::IsAborted(Store(3, 9)));
  ASSERT_TRUE(Store(0, 9).ok());
  const auto wrong =
      log_->StoreVerified(feed_, Sequence(9), {records_[9]}, *before_->RootAt(feed_, 9));
  EXPECT_TRUE(absl::IsDataLoss(wrong)) << wrong;
  EXPECT_EQ(log_->Size(feed_), 9u);
  // A feed that is being written is nobody else's.
  ASSERT_TRUE(log_->UnlockFeed(feed_).ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(Store(9, 12)));
}

TEST_F(RestoreTest, AnEmptyFeedStaysLockedOverARestart) {
  Reopen();
  EXPECT_TRUE(log_->IsLocked(feed_));
}

}  // namespace
}  // namespace eventstore::log
