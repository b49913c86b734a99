#include "services/cli/heads_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eventstore/crypto/signature.h"
#include "eventstore/log/types.h"
#include "eventstore/merkle/note.h"

namespace services::cli {
namespace {

namespace api = poolcirkel::api::v1;
namespace crypto = eventstore::crypto;
namespace log = eventstore::log;
namespace merkle = eventstore::merkle;
using ::testing::HasSubstr;

// One feed of one member, of which a bundle was proved in a head of ten events.
class HeadsCheckTest : public ::testing::Test {
 protected:
  HeadsCheckTest()
      : key_(*crypto::PrivateKey::FromSeed(std::string(32, 'k'))),
        other_key_(*crypto::PrivateKey::FromSeed(std::string(32, 'o'))),
        feed_{*log::CircleId::FromBytes(std::string(32, 'c')),
              *log::MemberId::FromBytes(std::string(16, 'm')), log::Epoch(0)} {
    audit::verify::ProvenFeed proven;
    proven.id = feed_;
    proven.name = "rotterdam";
    proven.key = key_.public_key();
    proven.size = 10;
    proven.root = *crypto::Digest::FromBytes(std::string(32, 'r'));
    feeds_.push_back(proven);
  }

  std::string Head(uint64_t size, char root, const crypto::PrivateKey& key) const {
    merkle::Checkpoint checkpoint;
    checkpoint.origin = log::Origin(feed_);
    checkpoint.size = size;
    checkpoint.root = *crypto::Digest::FromBytes(std::string(32, root));
    merkle::Note note{merkle::FormatCheckpoint(checkpoint), {}};
    merkle::SignNote(note, checkpoint.origin, key);
    return merkle::FormatNote(note);
  }

  HeadClaim CheckOne(const std::string& note) const {
    api::LogHeadsResponse heads;
    auto& head = *heads.add_heads();
    *head.mutable_feed() = log::ToProto(feed_);
    head.set_checkpoint_note(note);
    const auto claims = CheckHeads(feeds_, heads);
    EXPECT_EQ(claims.size(), 1u);
    return claims.at(0);
  }

  const crypto::PrivateKey key_;
  const crypto::PrivateKey other_key_;
  const log::FeedId feed_;
  std::vector<audit::verify::ProvenFeed> feeds_;
};

TEST_F(HeadsCheckTest, TheSameOrALongerHeadHolds) {
  EXPECT_TRUE(CheckOne(Head(10, 'r', key_)).ok);
  const HeadClaim longer = CheckOne(Head(12, 's', key_));
  EXPECT_TRUE(longer.ok);
  EXPECT_THAT(longer.sentence, HasSubstr("Het hoofd van rotterdam (12 gebeurtenissen"));
}

TEST_F(HeadsCheckTest, AShorterHeadMeansThatTheTailIsGone) {
  EXPECT_FALSE(CheckOne(Head(9, 'r', key_)).ok);
}

TEST_F(HeadsCheckTest, AnotherRootOfTheSameSizeIsAFork) {
  const HeadClaim fork = CheckOne(Head(10, 'x', key_));
  EXPECT_FALSE(fork.ok);
  EXPECT_THAT(fork.sentence, HasSubstr("twee verschillende"));
}

TEST_F(HeadsCheckTest, AHeadOfAnotherKeyCountsForNothing) {
  EXPECT_FALSE(CheckOne(Head(10, 'r', other_key_)).ok);
  EXPECT_FALSE(CheckOne("geen noot").ok);
  EXPECT_FALSE(CheckOne("").ok);
}

TEST_F(HeadsCheckTest, AFeedWithoutAHeadIsMissed) {
  const auto claims = CheckHeads(feeds_, {});
  ASSERT_EQ(claims.size(), 1u);
  EXPECT_FALSE(claims[0].ok);
}

TEST_F(HeadsCheckTest, AClosedFeedHasNoHeadOfToday) {
  feeds_[0].closed = true;
  EXPECT_TRUE(CheckHeads(feeds_, {}).empty());
}

}  // namespace
}  // namespace services::cli
