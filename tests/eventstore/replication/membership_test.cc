#include "eventstore/replication/membership.h"

#include <gtest/gtest.h>

namespace eventstore::replication {
namespace {

template <typename Id>
Id IdOf(uint8_t byte) {
  std::array<uint8_t, Id::kSize> bytes;
  bytes.fill(byte);
  return Id(bytes);
}

class MembershipTest : public ::testing::Test {
 protected:
  MembershipTest() {
    membership_.circle = IdOf<log::CircleId>(9);
    membership_.self = IdOf<log::MemberId>(1);
    for (uint8_t i = 1; i <= 3; ++i) {
      Member member{IdOf<log::MemberId>(i), IdOf<crypto::PublicKey>(i)};
      membership_.members.push_back(member);
    }
  }
  Member& Second() { return membership_.members[1]; }
  log::FeedId Feed(uint64_t epoch) const {
    return {membership_.circle, IdOf<log::MemberId>(2), log::Epoch(epoch)};
  }
  void Close(bool by_member) {
    ClosedFeed closed;
    closed.log_key = Second().log_key;
    closed.final_size = 5;
    closed.final_root = IdOf<crypto::Digest>(7);
    closed.by_member = by_member;
    Second().closed.push_back(closed);
    Second().log_key = IdOf<crypto::PublicKey>(0x22);
  }

  Membership membership_;
};

TEST_F(MembershipTest, EachEpochHasItsKey) {
  Close(/*by_member=*/true);
  EXPECT_EQ(membership_.FeedOf(Second().id), Feed(1));
  EXPECT_EQ(membership_.FeedsOf(Second().id), (std::vector<log::FeedId>{Feed(0), Feed(1)}));
  EXPECT_EQ(membership_.AuthorityOf(Feed(0))->log_key, IdOf<crypto::PublicKey>(2));
  EXPECT_EQ(membership_.AuthorityOf(Feed(1))->log_key, IdOf<crypto::PublicKey>(0x22));
  EXPECT_FALSE(membership_.AuthorityOf(Feed(2)).has_value());
  EXPECT_EQ(membership_.WriterOf(Feed(0)), nullptr);
  EXPECT_EQ(membership_.WriterOf(Feed(1)), &Second());
  EXPECT_EQ(WitnessVerifiers(membership_, Second()).size(), 2u);
}

TEST_F(MembershipTest, OnlyWhatTheCircleEndedHasALimit) {
  Close(/*by_member=*/true);
  EXPECT_FALSE(membership_.AuthorityOf(Feed(0))->limit.has_value());
  Second().closed[0].by_member = false;
  EXPECT_EQ(membership_.AuthorityOf(Feed(0))->limit, 5u);
  EXPECT_EQ(membership_.AuthorityOf(Feed(0))->final_root, IdOf<crypto::Digest>(7));
}

TEST_F(MembershipTest, ASuspendedMemberWritesNothingAndCountsForNobody) {
  EXPECT_EQ(membership_.Others(), 2u);
  Close(/*by_member=*/false);
  Second().suspended = true;
  EXPECT_EQ(membership_.FeedOf(Second().id), Feed(0));
  EXPECT_EQ(membership_.FeedsOf(Second().id), std::vector<log::FeedId>{Feed(0)});
  EXPECT_EQ(membership_.WriterOf(Feed(0)), nullptr);
  EXPECT_TRUE(membership_.AuthorityOf(Feed(0)).has_value());
  EXPECT_FALSE(membership_.AuthorityOf(Feed(1)).has_value());
  EXPECT_EQ(membership_.Others(), 1u);
}

}  // namespace
}  // namespace eventstore::replication
