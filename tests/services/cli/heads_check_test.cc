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

// One feed of one member, with evidence proved in a head of ten events.
class HeadsCheckTest : public ::testing::Test {
 protected:
  HeadsCheckTest()
      : key_(*crypto::PrivateKey::FromSeed(std::string(32, 'k'))),
        other_key_(*crypto::PrivateKey::FromSeed(std::string(32, 'o'))),
        feed_{*log::CircleId::FromBytes(std::string(32, 'c')),
              *log::MemberId::FromBytes(std::string(16, 'm')), log::Epoch(0)} {
    poolcirkel::event::v1::Charter charter;
    auto& member = *charter.add_members();
    member.set_member_id(feed_.member.bytes());
    member.set_short_name("rotterdam");
    member.set_log_key(key_.public_key().bytes());
    evidence_.add_charters()->set_charter(charter.SerializeAsString());
    auto& proven = *evidence_.add_events();
    *proven.mutable_feed() = log::ToProto(feed_);
    proven.set_checkpoint_note(Head(10, 'r', key_));
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
    const auto claims = CheckHeads(evidence_, heads);
    EXPECT_EQ(claims.size(), 1u);
    return claims.at(0);
  }

  const crypto::PrivateKey key_;
  const crypto::PrivateKey other_key_;
  const log::FeedId feed_;
  api::AuditEvidenceResponse evidence_;
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
  const auto claims = CheckHeads(evidence_, {});
  ASSERT_EQ(claims.size(), 1u);
  EXPECT_FALSE(claims[0].ok);
}

TEST_F(HeadsCheckTest, AFeedOfNobodyIsRefused) {
  auto& stranger = *evidence_.add_events();
  *stranger.mutable_feed() = log::ToProto(feed_);
  stranger.mutable_feed()->set_member_id(std::string(16, 'x'));
  int refused = 0;
  for (const HeadClaim& claim : CheckHeads(evidence_, {})) {
    refused += claim.sentence.find("van niemand") != std::string::npos ? 1 : 0;
  }
  EXPECT_EQ(refused, 1);
}

TEST_F(HeadsCheckTest, EvidenceSignedBySomebodyElseIsRefused) {
  evidence_.mutable_events(0)->set_checkpoint_note(Head(10, 'r', other_key_));
  EXPECT_FALSE(CheckOne(Head(10, 'r', key_)).ok);
}

}  // namespace
}  // namespace services::cli
