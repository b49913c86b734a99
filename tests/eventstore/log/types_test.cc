#include "eventstore/log/types.h"

#include <gtest/gtest.h>

#include "tests/eventstore/log/log_fixture.h"

namespace eventstore::log {
namespace {

class TypesTest : public LogFixture {};

TEST_F(TypesTest, AnOriginIsReadBack) {
  const FeedId feed = FeedOf(0xAB, 0x0C, 4'294'967'295);
  EXPECT_EQ(Origin(feed), "poolcirkel.example/v1/" + base::ToText(feed.circle) +
                              "/0c0c0c0c-0c0c-0c0c-0c0c-0c0c0c0c0c0c/4294967295");
  const auto parsed = ParseOrigin(Origin(feed));
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(*parsed, feed);
}

TEST_F(TypesTest, AnOriginIsWrittenInOneWayOnly) {
  const std::string origin = Origin(FeedOf(0xAB, 0x0C, 7));
  const std::string start = origin.substr(0, origin.size() - 1);
  const std::string upper = "poolcirkel.example/v1/AB" + origin.substr(24);
  for (const std::string& wrong : {std::string(), start, start + "07", start + "+7", start + " 7",
                                   start + "-1", start + "4294967296", origin + "/", origin + "\n",
                                   "x" + origin, upper, start + std::string(1'000, '1')}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParseOrigin(wrong).status())) << wrong;
  }
}

TEST_F(TypesTest, ACursorOnlyAdvances) {
  Cursor cursor;
  cursor.Advance(FeedOf(1, 1), Sequence(5));
  cursor.Advance(FeedOf(1, 1), Sequence(3));
  EXPECT_EQ(cursor.At(FeedOf(1, 1)), Sequence(5));
  EXPECT_EQ(cursor.At(FeedOf(1, 2)), Sequence(0));
}

TEST_F(TypesTest, ACursorCoversWhatItReached) {
  Cursor one;
  one.Set(FeedOf(1, 1), Sequence(5));
  Cursor other;
  EXPECT_TRUE(one.Covers(other));
  EXPECT_FALSE(other.Covers(one));
  other.Set(FeedOf(1, 1), Sequence(5));
  EXPECT_TRUE(other.Covers(one));
  other.Set(FeedOf(2, 1), Sequence(1));
  EXPECT_FALSE(one.Covers(other));
}

TEST_F(TypesTest, ACursorIsReadBack) {
  Cursor cursor;
  cursor.Set(FeedOf(2, 1), Sequence(5));
  cursor.Set(FeedOf(1, 1, 3), Sequence(7));
  const auto parsed = FromProto(ToProto(cursor));
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(*parsed, cursor);
}

TEST_F(TypesTest, ACursorWithAFeedTwiceOrOutOfOrderIsRefused) {
  Cursor cursor;
  cursor.Set(FeedOf(1, 1), Sequence(5));
  cursor.Set(FeedOf(2, 1), Sequence(5));
  auto swapped = ToProto(cursor);
  swapped.mutable_positions()->SwapElements(0, 1);
  EXPECT_TRUE(absl::IsInvalidArgument(FromProto(swapped).status()));
  auto twice = ToProto(cursor);
  *twice.mutable_positions(1) = twice.positions(0);
  EXPECT_TRUE(absl::IsInvalidArgument(FromProto(twice).status()));
  auto short_id = ToProto(cursor);
  short_id.mutable_positions(0)->mutable_feed()->set_circle_id("short");
  EXPECT_TRUE(absl::IsInvalidArgument(FromProto(short_id).status()));
}

}  // namespace
}  // namespace eventstore::log
