// What the state machine makes of feeds that came to an end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eventstore/replication/synchronizer.h"
#include "tests/eventstore/replication/story.h"
#include "tests/testing/seams.h"

namespace eventstore::replication {
namespace {

using testing::SizeIs;
using FetchOutcome = Synchronizer::FetchOutcome;

constexpr absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

template <typename T>
std::vector<T> Only(const Actions& actions) {
  std::vector<T> result;
  for (const Action& action : actions) {
    if (const T* wanted = std::get_if<T>(&action)) result.push_back(*wanted);
  }
  return result;
}

std::vector<std::string> Payloads(size_t count, const std::string& prefix = "payload ") {
  std::vector<std::string> payloads;
  for (size_t i = 0; i < count; ++i) payloads.push_back(prefix + std::to_string(i));
  return payloads;
}

// Person 0 of three; person 1 ends an epoch, and goes on with the key of person 9.
class EpochsTest : public testing::Test {
 protected:
  EpochsTest() {
    for (size_t i = 0; i < 3; ++i) people_.emplace_back(static_cast<uint8_t>(i + 1));
    // The same member with the key of its next epoch.
    next_writer_.id = people_[1].id;
    Synchronizer::Holdings holdings;
    holdings.size = [this](const log::FeedId& feed) { return sizes_[feed]; };
    holdings.root_at = [this](const log::FeedId& feed,
                              uint64_t size) -> absl::StatusOr<crypto::Digest> {
      return stories_.at(feed)->Root(size);
    };
    holdings.note = [this](const log::FeedId& feed) -> absl::StatusOr<std::string> {
      if (sizes_[feed] == 0) return absl::NotFoundError("none");
      return stories_.at(feed)->Note(sizes_[feed]);
    };
    holdings.cosigned = [](const log::FeedId&) { return std::map<log::MemberId, uint64_t>(); };
    holdings.is_locked = [](const log::FeedId&) { return false; };
    holdings.is_own = [this](const log::FeedId& feed) { return feed.member == people_[0].id; };
    synchronizer_.emplace(Synchronizer::Options(), holdings, entropy_, MembershipOf(people_, 0));
  }

  void Hold(const Story& story, uint64_t size) {
    stories_[story.feed()] = &story;
    sizes_[story.feed()] = size;
  }
  Membership Ended(const Story& story, uint64_t size, bool by_member, bool suspended = false) {
    Membership membership = MembershipOf(people_, 0);
    Member& member = membership.members[1];
    member.closed.push_back({member.log_key, size, story.Root(size), by_member});
    member.suspended = suspended;
    if (!suspended) member.log_key = next_writer_.key.public_key();
    return membership;
  }
  Actions UpWith(size_t peer, const std::vector<poolcirkel::log::v1::Head>& heads) {
    Actions actions = synchronizer_->OnPeerUp(people_[peer].id, kNow);
    for (Action& action : synchronizer_->OnHeads(people_[peer].id, heads, kNow)) {
      actions.push_back(std::move(action));
    }
    return actions;
  }

  tests::testing::SeededEntropy entropy_{7};
  std::vector<Person> people_;
  Person next_writer_{9};
  std::map<log::FeedId, const Story*> stories_;
  std::map<log::FeedId, uint64_t> sizes_;
  std::optional<Synchronizer> synchronizer_;
};

TEST_F(EpochsTest, AHeadThatCameBeforeItsCharterIsTakenThen) {
  const Story old(people_[1], Payloads(5));
  const Story next(next_writer_, Payloads(3), 1);
  Hold(old, 5);
  EXPECT_THAT(Only<StartFetch>(UpWith(1, {next.Head(3)})), SizeIs(0));
  const auto fetches =
      Only<StartFetch>(synchronizer_->SetMembership(Ended(old, 5, /*by_member=*/true), kNow));
  ASSERT_THAT(fetches, SizeIs(1));
  EXPECT_EQ(fetches[0].feed, next.feed());
}

TEST_F(EpochsTest, WhatTheCircleEndedIsTakenUpToTheEndAndNotCosigned) {
  const Story story(people_[1], Payloads(9));
  synchronizer_->SetMembership(Ended(story, 6, /*by_member=*/false, /*suspended=*/true), kNow);
  Hold(story, 2);
  auto actions = UpWith(2, {story.Head(9)});
  EXPECT_THAT(Only<StartFetch>(actions), SizeIs(1)) << "four events are missing";
  EXPECT_THAT(Only<Cosign>(actions), SizeIs(0));
  Hold(story, 6);
  actions =
      synchronizer_->OnFetchEnded(people_[2].id, story.feed(), FetchOutcome::kComplete, "", kNow);
  EXPECT_THAT(Only<StartFetch>(actions), SizeIs(0));
  EXPECT_THAT(Only<Cosign>(actions), SizeIs(0));
  for (const auto& status : synchronizer_->Feeds(kNow)) EXPECT_NE(status.feed, story.feed());
}

TEST_F(EpochsTest, WhatAMemberEndedItselfGoesOnToBeCosigned) {
  const Story story(people_[1], Payloads(8));
  Hold(story, 8);
  const auto actions = synchronizer_->SetMembership(Ended(story, 6, /*by_member=*/true), kNow);
  EXPECT_THAT(Only<Cosign>(actions), SizeIs(1));
}

TEST_F(EpochsTest, TheOtherSideOfAForkIsShownUntilItIsFetchedAnew) {
  const Story agreed(people_[1], Payloads(6));
  const Story held(people_[1], Payloads(6, "other "));
  Hold(held, 6);
  synchronizer_->SetMembership(Ended(agreed, 6, /*by_member=*/false), kNow);
  const auto statuses = synchronizer_->Feeds(kNow);
  const auto found = std::find_if(statuses.begin(), statuses.end(),
                                  [&](const auto& status) { return status.feed == held.feed(); });
  ASSERT_NE(found, statuses.end());
  EXPECT_EQ(found->state, FeedState::kFrozen);
  EXPECT_THAT(found->detail, testing::HasSubstr("de mappen log/replicas en views"));
}

// The copy that is wrong stands elsewhere, and there is more in that place.
TEST_F(EpochsTest, TheMemberItselfHearsOfItsOwnCopy) {
  const Story agreed(people_[0], Payloads(6));
  const Story held(people_[0], Payloads(6, "other "));
  Hold(held, 6);
  Membership membership = MembershipOf(people_, 0);
  Member& self = membership.members[0];
  self.closed.push_back({self.log_key, 6, agreed.Root(6), /*by_member=*/false});
  self.log_key = next_writer_.key.public_key();
  synchronizer_->SetMembership(membership, kNow);
  const auto statuses = synchronizer_->Feeds(kNow);
  const auto found = std::find_if(statuses.begin(), statuses.end(),
                                  [&](const auto& status) { return status.feed == held.feed(); });
  ASSERT_NE(found, statuses.end());
  EXPECT_EQ(found->state, FeedState::kFrozen);
  EXPECT_THAT(found->detail, testing::HasSubstr("de mappen log en views"));
}

TEST_F(EpochsTest, AForkOfAClosedEpochStopsNothing) {
  const Story agreed(people_[1], Payloads(6));
  const Story other(people_[1], Payloads(6, "other "));
  Hold(agreed, 3);
  UpWith(1, {other.Head(3)});  // frozen
  const auto fetches = Only<StartFetch>([&] {
    Actions actions = synchronizer_->SetMembership(Ended(agreed, 6, /*by_member=*/false), kNow);
    for (Action& action : UpWith(2, {agreed.Head(6)})) actions.push_back(std::move(action));
    return actions;
  }());
  EXPECT_THAT(fetches, SizeIs(1));
}

}  // namespace
}  // namespace eventstore::replication
