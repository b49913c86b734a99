#include "services/peer/key_wants.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "poolcirkel/event/v1/event.pb.h"
#include "tests/testing/seams.h"

namespace services::peer {
namespace {

using eventstore::privacy::KeyId;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

KeyId Key(char name) { return *KeyId::FromBytes(std::string(16, name)); }
KeyMaker Maker(char name) {
  return {*eventstore::log::CircleId::FromBytes(std::string(32, 'c')),
          *eventstore::log::MemberId::FromBytes(std::string(16, name))};
}

TEST(KeysNamedInTest, FindsTheKeysOfSealedFields) {
  poolcirkel::event::v1::Event event;
  auto* body = event.mutable_secondment_proposed();
  auto* hidden = body->add_sealed();
  hidden->set_field_number(3);
  for (const int field : {4, 5}) {
    auto* sealed = body->add_sealed();
    sealed->set_field_number(static_cast<uint32_t>(field));
    sealed->set_key_id(std::string(16, 'e'));
  }
  const NamedKeys named = KeysNamedIn(event.SerializeAsString());
  EXPECT_THAT(named.keys, UnorderedElementsAre(Key('e')));
  EXPECT_TRUE(named.hidden);
}

TEST(KeysNamedInTest, TakesAnythingForAPayload) {
  EXPECT_THAT(KeysNamedIn("").keys, IsEmpty());
  EXPECT_THAT(KeysNamedIn("\xff\xff\xff").keys, IsEmpty());
  poolcirkel::event::v1::Event event;
  auto* sealed = event.mutable_secondment_proposed()->add_sealed();
  sealed->set_field_number(999);
  sealed->set_key_id(std::string(16, 'e'));
  sealed = event.mutable_secondment_proposed()->add_sealed();
  sealed->set_field_number(1);  // not a sealed field
  sealed->set_key_id(std::string(16, 'e'));
  EXPECT_THAT(KeysNamedIn(event.SerializeAsString()).keys, IsEmpty());
  event.mutable_charter_signed()->set_version(1);
  EXPECT_FALSE(KeysNamedIn(event.SerializeAsString()).hidden);
}

class KeyWantsTest : public testing::Test {
 protected:
  tests::testing::SeededEntropy entropy_{3};
  KeyWants wants_{KeyWants::Options(), entropy_};
  KeyWants::Time now_ = KeyWants::Time(std::chrono::hours(1));
};

TEST_F(KeyWantsTest, AsksEachMakerForItsKeysUntilTheyCome) {
  EXPECT_EQ(wants_.NextDue(), KeyWants::Time::max());
  wants_.Want(Maker('a'), Key('1'), now_);
  wants_.Want(Maker('a'), Key('2'), now_);
  wants_.Want(Maker('a'), Key('2'), now_ + seconds(9));
  wants_.Want(Maker('b'), Key('3'), now_);
  EXPECT_EQ(wants_.NextDue(), now_);
  EXPECT_THAT(wants_.Due(now_).keys, ElementsAre(Key('1'), Key('2')));
  wants_.OnKept(Maker('a'), Key('1'));
  wants_.OnKept(Maker('a'), Key('2'));
  EXPECT_EQ(wants_.Due(now_).maker, Maker('b'));
  wants_.OnKept(Maker('b'), Key('3'));
  wants_.OnKept(Maker('b'), Key('3'));
  EXPECT_THAT(wants_.Due(now_).keys, IsEmpty());
}

TEST_F(KeyWantsTest, AKeyThatIsLeftOutIsAskedForEverLessOften) {
  wants_.Want(Maker('a'), Key('1'), now_);
  seconds last(0);
  for (int i = 0; i < 15; ++i) {
    wants_.OnLeftOut(Maker('a'), Key('1'), now_);
    EXPECT_THAT(wants_.Due(now_).keys, IsEmpty());
    const auto wait = wants_.NextDue() - now_;
    EXPECT_LE(wait, std::chrono::minutes(10));
    last = std::chrono::duration_cast<seconds>(wait);
    now_ += wait;
    EXPECT_THAT(wants_.Due(now_).keys, SizeIs(1));
  }
  EXPECT_GE(last, std::chrono::minutes(5));
}

TEST_F(KeyWantsTest, AMakerThatIsAwayDoesNotHoldUpOthers) {
  wants_.Want(Maker('a'), Key('1'), now_);
  wants_.Want(Maker('b'), Key('2'), now_);
  wants_.OnUnreachable(Maker('a'), now_);
  EXPECT_EQ(wants_.Due(now_).maker, Maker('b'));
  wants_.OnKept(Maker('b'), Key('2'));
  EXPECT_THAT(wants_.Due(now_).keys, IsEmpty());
  EXPECT_EQ(wants_.NextDue(), now_ + seconds(1));
}

TEST_F(KeyWantsTest, BoundsRequestsAndMemory) {
  KeyWants wants({.limit = 1500}, entropy_);
  for (int i = 0; i < 2000; ++i) {
    std::string id(16, '\0');
    id[0] = static_cast<char>(i >> 8);
    id[1] = static_cast<char>(i);
    wants.Want(Maker('a'), *KeyId::FromBytes(id), now_);
  }
  const auto first = wants.Due(now_);
  EXPECT_THAT(first.keys, SizeIs(1000));
  for (const KeyId& key : first.keys) wants.OnKept(Maker('a'), key);
  EXPECT_THAT(wants.Due(now_).keys, SizeIs(500));
}

}  // namespace
}  // namespace services::peer
