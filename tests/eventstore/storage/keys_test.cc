#include "eventstore/storage/keys.h"

#include <gtest/gtest.h>

#include <limits>

namespace eventstore::storage {
namespace {

const std::string kStream(16, 's');

TEST(KeysTest, SortAsWhatTheyName) {
  EXPECT_LT(RecordKey(1, 255), RecordKey(1, 256));
  EXPECT_LT(RecordKey(1, std::numeric_limits<uint64_t>::max()), RecordKey(2, 0));
  EXPECT_LT(StreamKey(1, kStream, 255), StreamKey(1, kStream, 256));
  EXPECT_LT(TileKey(1, 0, 1'000'000), TileKey(1, 1, 0));
}

TEST(KeysTest, StandInsideTheirRanges) {
  const auto inside = [](const std::string& key, const Range& range) {
    return range.lower <= key && key < range.upper;
  };
  EXPECT_TRUE(inside(RecordKey(7, std::numeric_limits<uint64_t>::max()), RecordsOf(7)));
  EXPECT_FALSE(inside(RecordKey(8, 0), RecordsOf(7)));
  EXPECT_TRUE(inside(StreamKey(7, kStream, 5), EventsOfStream(7, kStream)));
  EXPECT_TRUE(inside(StreamKey(7, kStream, 5), StreamsOf(7)));
  EXPECT_FALSE(inside(StreamKey(7, std::string(16, 't'), 0), EventsOfStream(7, kStream)));
  EXPECT_TRUE(inside(CosignatureKey(7, kStream), CosignaturesOf(7)));
  EXPECT_TRUE(inside(FeedKey(std::numeric_limits<FeedNumber>::max()), AllFeeds()));
  EXPECT_TRUE(inside(RequestIndexKey(), RequestIndex()));
  EXPECT_TRUE(inside(RequestKey(std::string(16, '\xFF')), RequestIndex()));
  EXPECT_FALSE(inside(RecordKey(1, 1), RequestIndex()));
}

TEST(KeysTest, ComeApartAgain) {
  EXPECT_EQ(FeedOfKey(FeedKey(0x01020304)), 0x01020304u);
  EXPECT_EQ(SequenceOfKey(RecordKey(1, 0x0102030405060708)), 0x0102030405060708u);
  EXPECT_EQ(RevisionOfKey(StreamKey(1, kStream, 9)), 9u);
  EXPECT_EQ(StreamOfKey(StreamKey(1, kStream, 9)), kStream);
  EXPECT_EQ(WitnessOfKey(CosignatureKey(1, kStream)), kStream);
  EXPECT_EQ(RequestOfKey(RequestKey(kStream)), kStream);
  EXPECT_EQ(RequestOfKey(RequestIndexKey()), "");
  EXPECT_EQ(FeedOfKey("F"), std::nullopt);
  EXPECT_EQ(SequenceOfKey("R1234567"), std::nullopt);
  EXPECT_EQ(RevisionOfKey("S"), std::nullopt);
  EXPECT_EQ(StreamOfKey("S"), "");
  EXPECT_EQ(WitnessOfKey("W"), "");
}

}  // namespace
}  // namespace eventstore::storage
