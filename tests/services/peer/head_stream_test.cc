#include "services/peer/head_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eventstore/merkle/note.h"

namespace services::peer {
namespace {

namespace log = eventstore::log;
using std::chrono::milliseconds;
using testing::SizeIs;
using Time = HeadStream::Time;

class HeadStreamTest : public testing::Test {
 protected:
  HeadStreamTest() {
    membership_.circle = *log::CircleId::FromBytes(std::string(32, 'c'));
    for (const char id : {'a', 'b', 'c'}) {
      membership_.members.push_back({*log::MemberId::FromBytes(std::string(16, id)), {}});
    }
    membership_.self = membership_.members[0].id;
  }

  log::FeedId FeedOf(size_t member) const {
    return membership_.FeedOf(membership_.members[member].id);
  }
  // Puts a head in place and lets the stream look.
  void Change(size_t member, uint64_t size, const std::vector<size_t>& witnesses = {}) {
    eventstore::merkle::Note note;
    note.text = "origin\n" + std::to_string(size) + "\n";
    for (const size_t witness : witnesses) {
      note.signatures.push_back(
          {WitnessName(membership_, membership_.members[witness].id), 1, "signature"});
    }
    notes_[FeedOf(member)] = FormatNote(note);
    stream_.Look(membership_, {FeedOf(member)}, now_);
  }
  void ExpectDueIn(milliseconds wait) { EXPECT_EQ((stream_.Due() - now_).count(), Count(wait)); }
  static Time::rep Count(milliseconds wait) { return Time::duration(wait).count(); }

  eventstore::replication::Membership membership_;
  std::map<log::FeedId, std::string> notes_;
  HeadStream stream_{{.coalesce = absl::Milliseconds(20), .heartbeat = absl::Seconds(5)},
                     [this](const log::FeedId& feed) {
                       return std::make_shared<const std::string>(notes_[feed]);
                     }};
  Time now_ = Time(std::chrono::hours(1));
};

TEST_F(HeadStreamTest, TheFirstMessageHoldsAllAndGoesAtOnce) {
  Change(0, 3);
  Change(1, 4);
  stream_.Look(membership_, {FeedOf(2)}, now_);
  EXPECT_LE(stream_.Due(), now_);
  EXPECT_THAT(stream_.Take(now_).heads(), SizeIs(2)) << "the third has no head";
}

TEST_F(HeadStreamTest, SaysThatNothingChanged) {
  stream_.Take(now_);
  ExpectDueIn(milliseconds(5000));
  now_ += milliseconds(5000);
  EXPECT_THAT(stream_.Take(now_).heads(), SizeIs(0));
}

TEST_F(HeadStreamTest, TellsAGrownOwnHeadAtOnceButNotTooOften) {
  stream_.Take(now_);
  now_ += milliseconds(1000);
  Change(0, 1);
  EXPECT_LE(stream_.Due(), now_);
  EXPECT_THAT(stream_.Take(now_).heads(), SizeIs(1));
  now_ += milliseconds(5);
  Change(0, 2);
  Change(0, 3);
  ExpectDueIn(milliseconds(15));
  const auto told = stream_.Take(now_ + milliseconds(15));
  ASSERT_THAT(told.heads(), SizeIs(1)) << "the newest only";
  EXPECT_EQ(told.heads(0).checkpoint_note(), notes_[FeedOf(0)]);
}

TEST_F(HeadStreamTest, AHeadOfAnotherWaitsAMomentForTheCosignature) {
  stream_.Take(now_);
  now_ += milliseconds(1000);
  Change(1, 1);
  ExpectDueIn(milliseconds(20));
  EXPECT_EQ((stream_.NextLook() - now_).count(), Count(milliseconds(5)));
  now_ += milliseconds(5);
  Change(1, 1, {0});
  EXPECT_LE(stream_.Due(), now_);
  EXPECT_THAT(stream_.Take(now_).heads(), SizeIs(1));
  ExpectDueIn(milliseconds(5000));
}

TEST_F(HeadStreamTest, AHeadThatIsNotCosignedIsToldAllTheSame) {
  stream_.Take(now_);
  now_ += milliseconds(1000);
  Change(1, 1);
  for (int i = 0; i < 4; ++i) {
    now_ += milliseconds(5);
    Change(1, static_cast<uint64_t>(i + 2));
  }
  EXPECT_LE(stream_.Due(), now_) << "growing does not put it off";
}

TEST_F(HeadStreamTest, HearsayMayWait) {
  Change(0, 3);
  stream_.Take(now_);
  Change(0, 3, {1});
  ExpectDueIn(milliseconds(1000));
  Change(0, 3, {1, 2});
  ExpectDueIn(milliseconds(1000));
  EXPECT_THAT(stream_.Take(now_ + milliseconds(1000)).heads(), SizeIs(1));
}

TEST_F(HeadStreamTest, TellsNothingTwiceAndNothingOfStrangers) {
  Change(0, 3);
  stream_.Take(now_);
  Change(0, 3);
  log::FeedId stranger = FeedOf(1);
  stranger.member = *log::MemberId::FromBytes(std::string(16, 'x'));
  notes_[stranger] = notes_[FeedOf(0)];
  stream_.Look(membership_, {stranger}, now_);
  ExpectDueIn(milliseconds(5000));
}

}  // namespace
}  // namespace services::peer
