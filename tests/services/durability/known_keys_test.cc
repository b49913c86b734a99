#include "services/durability/known_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "poolcirkel/event/v1/event.pb.h"

namespace services::durability {
namespace {

namespace crypto = eventstore::crypto;
namespace log = eventstore::log;
namespace event = poolcirkel::event::v1;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

log::FeedId FeedOf(char circle, char member, uint64_t epoch = 0) {
  log::FeedId feed;
  feed.circle = *log::CircleId::FromBytes(std::string(32, circle));
  feed.member = *log::MemberId::FromBytes(std::string(16, member));
  feed.epoch = log::Epoch(epoch);
  return feed;
}

crypto::PublicKey Key(char byte) { return *crypto::PublicKey::FromBytes(std::string(32, byte)); }

log::StoredEvent Adopted(const log::FeedId& feed, const event::Charter& charter) {
  event::Event body;
  body.mutable_charter_adopted()->mutable_charter()->set_charter(charter.SerializeAsString());
  log::StoredEvent stored;
  stored.feed = feed;
  stored.type = "charter_adopted";
  stored.payload = body.SerializeAsString();
  return stored;
}

TEST(KnownKeysTest, ChartersNameTheKeysOfAllEpochs) {
  KnownKeys keys({Key('o')});
  event::Charter charter;
  auto* member = charter.add_members();
  member->set_member_id(std::string(16, 'a'));
  member->set_log_key(std::string(32, '2'));
  member->add_closed_epochs()->set_log_key(std::string(32, '1'));
  charter.add_members()->set_member_id("short");
  keys.See(Adopted(FeedOf('c', 'b'), charter));
  EXPECT_THAT(keys.Of(FeedOf('c', 'a')), UnorderedElementsAre(Key('1'), Key('2')));
  EXPECT_THAT(keys.Of(FeedOf('c', 'a', 7)), UnorderedElementsAre(Key('1'), Key('2')));
  // Nobody that any charter names.
  EXPECT_THAT(keys.Of(FeedOf('c', 'z')), IsEmpty());
}

TEST(KnownKeysTest, AFeedWithoutChartersIsThePrivateOne) {
  KnownKeys keys({Key('o')});
  EXPECT_THAT(keys.Of(FeedOf('p', 'p')), ElementsAre(Key('o')));
}

TEST(KnownKeysTest, OtherEventsSayNothing) {
  KnownKeys keys({});
  log::StoredEvent stored = Adopted(FeedOf('c', 'b'), event::Charter());
  stored.type = "assignment_published";
  keys.See(stored);
  stored.type = "charter_adopted";
  stored.payload = "\xff";
  keys.See(stored);
  EXPECT_THAT(keys.Of(FeedOf('c', 'b')), IsEmpty());
}

}  // namespace
}  // namespace services::durability
