// What EventLog::Append takes and refuses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "eventstore/base/errors.h"
#include "eventstore/log/event_log.h"
#include "tests/eventstore/log/log_fixture.h"

namespace eventstore::log {
namespace {

using testing::HasSubstr;

class AppendTest : public LogFixture {
 protected:
  void SetUp() override {
    LogFixture::SetUp();
    ASSERT_TRUE(log_->CreateFeed(feed_).ok());
    ASSERT_TRUE(log_->CreateFeed(other_feed_).ok());
  }

  std::string ReasonOf(const absl::Status& status) { return base::DetailsOf(status).reason; }

  const FeedId other_feed_ = FeedOf(2, 2);
};

TEST_F(AppendTest, OneRequestGoesToSeveralFeedsAndStreams) {
  const StreamId one = NewStream();
  const StreamId two = NewStream();
  AppendRequest request =
      Request({Record(feed_, one), Record(other_feed_, two), Record(feed_, one)});
  request.expected = {{feed_, one, Revision(0)}, {other_feed_, two, Revision(0)}};
  const auto result = log_->Append(request);
  ASSERT_TRUE(result.ok()) << result.status();
  ASSERT_EQ(result->positions.size(), 3u);
  EXPECT_EQ(result->positions[1].feed, other_feed_);
  EXPECT_EQ(result->positions[2].sequence, Sequence(1));
  EXPECT_EQ(result->positions[2].id, request.records[2].id);
  EXPECT_EQ(result->cursor.At(feed_), Sequence(2));
  EXPECT_EQ(result->cursor.At(other_feed_), Sequence(1));
  EXPECT_TRUE(log_->Heads().Covers(result->cursor));
  ExpectSignedTree(feed_);
  ExpectSignedTree(other_feed_);
}

TEST_F(AppendTest, AFailedCheckLeavesNothingInAnyFeed) {
  const StreamId stream = NewStream();
  AppendRequest request = Request({Record(feed_, stream), Record(other_feed_, stream)});
  request.expected = {{other_feed_, stream, Revision(1)}};
  const auto result = log_->Append(request);
  EXPECT_TRUE(absl::IsAborted(result.status())) << result.status();
  EXPECT_EQ(log_->Size(feed_), 0u);
  EXPECT_EQ(log_->Size(other_feed_), 0u);
  EXPECT_TRUE(absl::IsNotFound(log_->CheckpointNote(feed_).status()));
  EXPECT_TRUE(absl::IsNotFound(log_->FindRequest(request.request).status()));
  // The same request id may then be used for what does fit.
  request.expected = {{other_feed_, stream, Revision(0)}};
  EXPECT_TRUE(log_->Append(request).ok());
}

TEST_F(AppendTest, AStaleRevisionTellsTheCurrentOne) {
  const StreamId stream = NewStream();
  ASSERT_TRUE(log_->Append(Request({Record(feed_, stream), Record(feed_, stream)})).ok());
  AppendRequest request = Request(feed_, stream);
  request.expected = {{feed_, stream, Revision(1)}};
  const absl::Status status = log_->Append(request).status();
  EXPECT_TRUE(absl::IsAborted(status));
  const auto details = base::DetailsOf(status);
  EXPECT_EQ(details.reason, "STALE_REVISION");
  EXPECT_EQ(details.metadata.at("current_revision"), "2");
  EXPECT_EQ(details.metadata.at("stream"), base::ToText(stream));
  EXPECT_TRUE(details.retry_delay.has_value());
}

TEST_F(AppendTest, RevisionsAreRightAfterAReopen) {
  const StreamId stream = NewStream();
  ASSERT_TRUE(log_->Append(Request({Record(feed_, stream), Record(feed_, stream)})).ok());
  Reopen();
  ASSERT_TRUE(log_->UnlockFeed(feed_).ok());
  AppendRequest request = Request(feed_, stream);
  request.expected = {{feed_, stream, Revision(2)}};
  EXPECT_TRUE(log_->Append(request).ok());
  EXPECT_EQ(log_->StreamRevision(feed_, stream), Revision(3));
}

TEST_F(AppendTest, EverythingThatIsWrongIsInOneAnswer) {
  const StreamId one = NewStream();
  const StreamId two = NewStream();
  ASSERT_TRUE(log_->Append(Request(feed_, one)).ok());
  AppendRequest request = Request({Record(feed_, one, std::string(kMaximumPayloadSize + 1, 'x')),
                                   Record(FeedOf(9, 9), one), Record(feed_, one, "p", "No type")});
  request.expected = {{feed_, one, Revision(7)}, {feed_, two, Revision(8)}};
  const absl::Status status = log_->Append(request).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("61440"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("type"));
  EXPECT_THAT(std::string(status.message()), HasSubstr(Origin(FeedOf(9, 9))));
  EXPECT_THAT(std::string(status.message()), HasSubstr("versie 1 in plaats van 7"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("versie 0 in plaats van 8"));
  EXPECT_EQ(base::DetailsOf(status).field_violations.size(), 2u);
}

TEST_F(AppendTest, RefusesWhatIsNoRequest) {
  EXPECT_TRUE(absl::IsInvalidArgument(log_->Append(Request({})).status()));
  AppendRequest many = Request(std::vector<NewRecord>(1'001, Record(feed_, NewStream())));
  EXPECT_TRUE(absl::IsInvalidArgument(log_->Append(many).status()));
  AppendRequest nameless = Request(feed_, NewStream());
  nameless.request = RequestId();
  EXPECT_TRUE(absl::IsInvalidArgument(log_->Append(nameless).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(log_->FindRequest(RequestId()).status()));
  AppendRequest undigested = Request(feed_, NewStream());
  undigested.request_digest = "short";
  EXPECT_TRUE(absl::IsInvalidArgument(log_->Append(undigested).status()));
  EXPECT_EQ(log_->Size(feed_), 0u);
}

TEST_F(AppendTest, FeedsOfOthersAreUnknown) {
  const absl::Status status = log_->Append(Request(FeedOf(9, 9), NewStream())).status();
  EXPECT_TRUE(absl::IsNotFound(status));
  EXPECT_EQ(ReasonOf(status), "FEED_UNKNOWN");
  EXPECT_TRUE(absl::IsNotFound(log_->UnlockFeed(FeedOf(9, 9))));
}

TEST_F(AppendTest, AFeedIsMadeOnce) {
  EXPECT_TRUE(absl::IsAlreadyExists(log_->CreateFeed(feed_)));
  EXPECT_TRUE(log_->IsOwn(feed_));
  EXPECT_FALSE(log_->IsLocked(feed_));
  Reopen();
  EXPECT_TRUE(absl::IsAlreadyExists(log_->CreateFeed(feed_)));
  EXPECT_TRUE(log_->IsOwn(feed_));
  // Also without events: others may hold what was lost here.
  EXPECT_TRUE(log_->IsLocked(feed_));
}

TEST_F(AppendTest, FeedsOpenLocked) {
  Fill(feed_, 1);
  EXPECT_FALSE(log_->IsLocked(feed_));
  Reopen();
  EXPECT_TRUE(log_->IsLocked(feed_));
  const AppendRequest request = Request(
      {Record(feed_, NewStream()), Record(feed_, NewStream()), Record(other_feed_, NewStream())});
  const absl::Status status = log_->Append(request).status();
  EXPECT_TRUE(absl::IsUnavailable(status));
  EXPECT_EQ(ReasonOf(status), "FEED_LOCKED");
  ASSERT_TRUE(log_->UnlockFeed(feed_).ok());
  ASSERT_TRUE(log_->UnlockFeed(other_feed_).ok());
  EXPECT_TRUE(log_->Append(request).ok());
}

TEST_F(AppendTest, RecordedTimesIncreaseWhateverTheClockDoes) {
  const auto last_time = [&](const FeedId& feed) {
    return log_->ReadFeed(feed, Sequence(~uint64_t{0}), 1, Direction::kBackwards)
        ->front()
        .recorded_at;
  };
  Fill(feed_, 2);
  const absl::Time first = last_time(feed_);
  clock_.Set(clock_.Now() - absl::Hours(1));
  Fill(other_feed_, 1);
  EXPECT_EQ(last_time(other_feed_), first + absl::Microseconds(1));
  Reopen();
  ASSERT_TRUE(log_->UnlockFeed(feed_).ok());
  Fill(feed_, 1);
  EXPECT_EQ(last_time(feed_), first + absl::Microseconds(2));
  clock_.Set(first + absl::Hours(1));
  Fill(feed_, 1);
  EXPECT_EQ(last_time(feed_), clock_.Now());
}

TEST_F(AppendTest, AFeedTakesEventsOverManyTiles) {
  Fill(feed_, 66'000);
  ExpectSignedTree(feed_);
  const std::string note = *log_->CheckpointNote(feed_);
  Reopen();
  ASSERT_TRUE(log_->UnlockFeed(feed_).ok());
  EXPECT_EQ(*log_->CheckpointNote(feed_), note);
  Fill(feed_, 300);
  ExpectSignedTree(feed_);
}

}  // namespace
}  // namespace eventstore::log
