#include "eventstore/log/event_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eventstore/base/errors.h"
#include "eventstore/merkle/proof.h"
#include "tests/eventstore/log/log_fixture.h"

namespace eventstore::log {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class EventLogTest : public LogFixture {
 protected:
  void SetUp() override {
    LogFixture::SetUp();
    ASSERT_TRUE(log_->CreateFeed(feed_).ok());
  }
};

std::vector<uint64_t> SequencesOf(const std::vector<StoredEvent>& events) {
  std::vector<uint64_t> sequences;
  for (const StoredEvent& event : events) sequences.push_back(event.sequence.value());
  return sequences;
}

TEST_F(EventLogTest, GivesBackWhatWasAppended) {
  const StreamId stream = NewStream();
  const AppendRequest request = Request(feed_, stream, "hello");
  const auto result = log_->Append(request);
  ASSERT_TRUE(result.ok()) << result.status();
  ASSERT_EQ(result->positions.size(), 1u);
  EXPECT_EQ(result->positions[0].sequence, Sequence(0));
  EXPECT_EQ(result->cursor.At(feed_), Sequence(1));
  EXPECT_FALSE(result->repeated);

  const auto events = log_->ReadFeed(feed_, Sequence(0), 10);
  ASSERT_TRUE(events.ok()) << events.status();
  ASSERT_EQ(events->size(), 1u);
  const StoredEvent& event = events->front();
  EXPECT_EQ(event.id, request.records[0].id);
  EXPECT_EQ(event.stream, stream);
  EXPECT_EQ(event.payload, "hello");
  EXPECT_EQ(event.type, "assignment_published");
  EXPECT_EQ(event.request, request.request);
  EXPECT_EQ(event.recorded_at, clock_.Now());
  EXPECT_EQ(event.actor.ciphertext(), std::string(40, 'c'));
  const auto decoded = DecodeRecord(feed_, Sequence(0), event.bytes);
  EXPECT_TRUE(decoded.ok()) << decoded.status();
  ExpectSignedTree(feed_);
}

TEST_F(EventLogTest, ReadsForwardsAndBackwards) {
  Fill(feed_, 10);
  const auto read = [&](uint64_t from, size_t limit, Direction direction) {
    return SequencesOf(*log_->ReadFeed(feed_, Sequence(from), limit, direction));
  };
  EXPECT_THAT(read(3, 3, Direction::kForwards), ElementsAre(3, 4, 5));
  EXPECT_THAT(read(8, 9, Direction::kForwards), ElementsAre(8, 9));
  EXPECT_THAT(read(10, 9, Direction::kForwards), ElementsAre());
  EXPECT_THAT(read(2, 9, Direction::kBackwards), ElementsAre(2, 1, 0));
  EXPECT_THAT(read(1'000, 2, Direction::kBackwards), ElementsAre(9, 8));
  EXPECT_THAT(read(3, 0, Direction::kBackwards), ElementsAre());
  EXPECT_THAT(SequencesOf(*log_->ReadFeed(FeedOf(9, 9), Sequence(0), 5)), ElementsAre());
}

TEST_F(EventLogTest, ReadsStreamsByRevision) {
  const StreamId one = NewStream();
  const StreamId other = NewStream();
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(log_->Append(Request({Record(feed_, one), Record(feed_, other)})).ok());
  }
  EXPECT_EQ(log_->StreamRevision(feed_, one), Revision(4));
  EXPECT_EQ(log_->StreamRevision(feed_, NewStream()), Revision(0));
  const auto read = [&](uint64_t from, size_t limit, Direction direction) {
    return SequencesOf(*log_->ReadStream(feed_, one, Revision(from), limit, direction));
  };
  EXPECT_THAT(read(0, 9, Direction::kForwards), ElementsAre(0, 2, 4, 6));
  EXPECT_THAT(read(1, 2, Direction::kForwards), ElementsAre(2, 4));
  EXPECT_THAT(read(9, 2, Direction::kBackwards), ElementsAre(6, 4));
  EXPECT_THAT(read(1, 9, Direction::kBackwards), ElementsAre(2, 0));
}

TEST_F(EventLogTest, KeepsEverythingAcrossAReopen) {
  Fill(feed_, 700);
  const auto before = BytesOf(*log_, feed_);
  const std::string note = *log_->CheckpointNote(feed_);
  Reopen();
  EXPECT_EQ(BytesOf(*log_, feed_), before);
  EXPECT_EQ(*log_->CheckpointNote(feed_), note);
  EXPECT_TRUE(log_->IsOwn(feed_));
  ExpectSignedTree(feed_);
}

}  // namespace
}  // namespace eventstore::log
