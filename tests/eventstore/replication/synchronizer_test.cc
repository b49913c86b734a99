#include "eventstore/replication/synchronizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/eventstore/replication/story.h"

namespace eventstore::replication {
namespace {

using poolcirkel::log::v1::Head;
using testing::HasSubstr;
using testing::SizeIs;
using FetchOutcome = Synchronizer::FetchOutcome;

constexpr absl::Time kStart = absl::FromUnixSeconds(1'800'000'000);

std::vector<std::string> Payloads(size_t count, const std::string& prefix = "payload ") {
  std::vector<std::string> payloads;
  for (size_t i = 0; i < count; ++i) payloads.push_back(prefix + std::to_string(i));
  return payloads;
}

template <typename T>
std::vector<T> Only(const Actions& actions) {
  std::vector<T> result;
  for (const Action& action : actions) {
    if (const T* wanted = std::get_if<T>(&action)) result.push_back(*wanted);
  }
  return result;
}

// A node (person 0 of five) whose holdings are parts of stories.
class SynchronizerTest : public testing::Test {
 protected:
  void Make(size_t members = 5) {
    people_.clear();
    for (size_t i = 0; i < members; ++i) people_.emplace_back(static_cast<uint8_t>(i + 1));
    Synchronizer::Holdings holdings;
    holdings.size = [this](const log::FeedId& feed) { return SizeOf(feed); };
    holdings.root_at = [this](const log::FeedId& feed,
                              uint64_t size) -> absl::StatusOr<crypto::Digest> {
      return stories_.at(feed)->Root(size);
    };
    holdings.note = [this](const log::FeedId& feed) -> absl::StatusOr<std::string> {
      if (SizeOf(feed) == 0) return absl::NotFoundError("none");
      const auto noted = noted_.find(feed);
      return stories_.at(feed)->Note(noted == noted_.end() ? SizeOf(feed) : noted->second);
    };
    holdings.cosigned = [this](const log::FeedId& feed) { return cosigned_[feed]; };
    holdings.is_locked = [this](const log::FeedId&) { return locked_; };
    synchronizer_.emplace(Synchronizer::Options(), holdings, entropy_, MembershipOf(people_, 0));
  }

  uint64_t SizeOf(const log::FeedId& feed) const {
    const auto found = sizes_.find(feed);
    return found == sizes_.end() ? 0 : found->second;
  }
  void Hold(const Story& story, uint64_t size) {
    stories_[story.feed()] = &story;
    sizes_[story.feed()] = size;
  }
  Actions Grow(const Story& story, uint64_t size) {
    Hold(story, size);
    return synchronizer_->OnLocalChange(story.feed(), now_);
  }
  Actions Up(size_t peer) { return synchronizer_->OnPeerUp(people_[peer].id, now_); }
  Actions Heads(size_t peer, const std::vector<Head>& heads) {
    return synchronizer_->OnHeads(people_[peer].id, heads, now_);
  }
  Actions UpWith(size_t peer, const std::vector<Head>& heads) {
    Actions actions = Up(peer);
    for (Action& action : Heads(peer, heads)) actions.push_back(std::move(action));
    return actions;
  }
  Actions Ended(size_t peer, const Story& story, FetchOutcome outcome,
                const std::string& contested = "") {
    return synchronizer_->OnFetchEnded(people_[peer].id, story.feed(), outcome, contested, now_);
  }
  FeedStatus StatusOf(const Story& story) {
    for (const FeedStatus& status : synchronizer_->Feeds(now_)) {
      if (status.feed == story.feed()) return status;
    }
    ADD_FAILURE() << "no such feed";
    return {};
  }

  absl::Time now_ = kStart;
  tests::testing::SeededEntropy entropy_{7};
  std::vector<Person> people_;
  std::map<log::FeedId, const Story*> stories_;
  std::map<log::FeedId, uint64_t> sizes_;
  std::map<log::FeedId, uint64_t> noted_;  // sizes of heads that are older than what is held
  std::map<log::FeedId, std::map<log::MemberId, uint64_t>> cosigned_;
  bool locked_ = false;
  std::optional<Synchronizer> synchronizer_;
};

TEST_F(SynchronizerTest, AsksTheOriginFirstAndOthersWhenItFails) {
  Make();
  const Story story(people_[1], Payloads(5));
  EXPECT_EQ(StatusOf(story).state, FeedState::kUnknown);
  // Only a relay is there: it will do.
  auto fetches = Only<StartFetch>(UpWith(2, {story.Head(3)}));
  ASSERT_THAT(fetches, SizeIs(1));
  EXPECT_EQ(fetches[0].peer, people_[2].id);
  EXPECT_EQ(fetches[0].first.value(), 0u);
  EXPECT_EQ(StatusOf(story).state, FeedState::kCatchingUp);

  // One fetch of a feed at a time, whoever else offers it.
  EXPECT_THAT(Only<StartFetch>(UpWith(1, {story.Head(5)})), SizeIs(0));
  Hold(story, 3);
  fetches = Only<StartFetch>(Ended(2, story, FetchOutcome::kComplete));
  ASSERT_THAT(fetches, SizeIs(1));
  EXPECT_EQ(fetches[0].peer, people_[1].id);
  EXPECT_EQ(fetches[0].first.value(), 3u);

  UpWith(3, {story.Head(5)});
  fetches = Only<StartFetch>(Ended(1, story, FetchOutcome::kUnavailable));
  ASSERT_THAT(fetches, SizeIs(1));
  EXPECT_EQ(fetches[0].peer, people_[3].id);
  Hold(story, 5);
  EXPECT_THAT(Only<StartFetch>(Ended(3, story, FetchOutcome::kComplete)), SizeIs(0));
  EXPECT_EQ(StatusOf(story).state, FeedState::kLive);
}

TEST_F(SynchronizerTest, WaitsLongerAfterEachFailureAndNotForEver) {
  Make();
  const Story story(people_[1], Payloads(5));
  auto fetches = Only<StartFetch>(UpWith(1, {story.Head(5)}));
  absl::Duration longest = absl::ZeroDuration();
  for (int failure = 1; failure <= 12; ++failure) {
    ASSERT_THAT(fetches, SizeIs(1)) << failure;
    EXPECT_THAT(Only<StartFetch>(Ended(1, story, FetchOutcome::kUnavailable)), SizeIs(0));
    const absl::Duration wait = synchronizer_->NextTick() - now_;
    const absl::Duration expected =
        std::min(absl::Milliseconds(50) * (1 << std::min(failure - 1, 10)), absl::Seconds(2));
    EXPECT_GE(wait, expected / 2);
    EXPECT_LE(wait, expected);
    longest = std::max(longest, wait);
    EXPECT_THAT(Only<StartFetch>(synchronizer_->Tick(now_ + wait / 2)), SizeIs(0));
    now_ += wait;
    fetches = Only<StartFetch>(synchronizer_->Tick(now_));
  }
  EXPECT_GT(longest, absl::Seconds(1));
  // A peer that comes back is asked at once.
  Ended(1, story, FetchOutcome::kUnavailable);
  synchronizer_->OnPeerDown(people_[1].id, now_);
  EXPECT_EQ(StatusOf(story).state, FeedState::kStale);
  EXPECT_THAT(Only<StartFetch>(UpWith(1, {story.Head(5)})), SizeIs(1));
}

TEST_F(SynchronizerTest, APeerThatServesNothingOfWhatItTellsIsNotAskedAllTheTime) {
  Make();
  const Story story(people_[1], Payloads(5));
  UpWith(2, {story.Head(5)});
  EXPECT_THAT(Only<StartFetch>(Ended(2, story, FetchOutcome::kComplete)), SizeIs(0));
  EXPECT_GT(synchronizer_->NextTick(), now_);
}

TEST_F(SynchronizerTest, AClockThatGoesBackDoesNotStopIt) {
  Make();
  const Story story(people_[1], Payloads(5));
  UpWith(1, {story.Head(5)});
  Ended(1, story, FetchOutcome::kUnavailable);
  now_ -= absl::Hours(24);
  EXPECT_THAT(Only<StartFetch>(synchronizer_->OnLocalChange(story.feed(), now_)), SizeIs(1));
}

TEST_F(SynchronizerTest, BoundsTheFetchesFromOnePeer) {
  Make(9);
  std::vector<Story> stories;
  std::vector<Head> heads;
  for (size_t i = 2; i < 9; ++i) {
    stories.emplace_back(people_[i], Payloads(2));
    heads.push_back(stories.back().Head(2));
  }
  EXPECT_THAT(Only<StartFetch>(UpWith(1, heads)), SizeIs(4));
  Hold(stories[0], 2);
  EXPECT_THAT(Only<StartFetch>(Ended(1, stories[0], FetchOutcome::kComplete)), SizeIs(1));
}

TEST_F(SynchronizerTest, SkipsHeadsThatProveNothing) {
  Make();
  const Story story(people_[1], Payloads(5));
  const Person stranger(99);
  const Story foreign(stranger, Payloads(5));
  Head unsigned_head = story.Head(5);
  merkle::Note note = *merkle::ParseNote(unsigned_head.checkpoint_note());
  note.signatures.clear();
  merkle::SignNote(note, log::Origin(story.feed()), people_[2].key);
  unsigned_head.set_checkpoint_note(merkle::FormatNote(note));
  Head mislabelled = story.Head(5);
  *mislabelled.mutable_feed() = log::ToProto(Story(people_[3], {}).feed());
  Head other_epoch = story.Head(5);
  other_epoch.mutable_feed()->set_epoch(3);
  EXPECT_THAT(UpWith(2, {unsigned_head, mislabelled, other_epoch, foreign.Head(5), Head()}),
              SizeIs(0));
  EXPECT_EQ(StatusOf(story).known_size, 0u);
  // And nobody tells before he is up, or when he is no member.
  EXPECT_THAT(Heads(3, {story.Head(5)}), SizeIs(0));
  EXPECT_THAT(synchronizer_->OnPeerUp(stranger.id, now_), SizeIs(0));
}

void ExpectEvidence(const FeedStatus& status, const Person& writer) {
  EXPECT_EQ(status.state, FeedState::kFrozen);
  EXPECT_THAT(status.detail, HasSubstr("tegenspreken"));
  ASSERT_TRUE(status.evidence.has_value());
  const auto held = VerifyHead(status.feed, writer.key.public_key(), status.evidence->held);
  const auto contested =
      VerifyHead(status.feed, writer.key.public_key(), status.evidence->contested);
  ASSERT_TRUE(held.ok()) << held.status();
  ASSERT_TRUE(contested.ok()) << contested.status();
  EXPECT_NE(held->checkpoint.root, contested->checkpoint.root);
}

TEST_F(SynchronizerTest, FreezesOnTwoStoriesOfOneSizeThatNobodyHereHolds) {
  Make();
  const Story story(people_[1], Payloads(5));
  const Story fork(people_[1], Payloads(5, "other "));
  UpWith(2, {story.Head(4)});
  UpWith(3, {fork.Head(4)});
  ExpectEvidence(StatusOf(story), people_[1]);
  EXPECT_THAT(Ended(2, story, FetchOutcome::kUnavailable), SizeIs(0));
  EXPECT_EQ(synchronizer_->NextTick(), absl::InfiniteFuture());
}

TEST_F(SynchronizerTest, FreezesOnAStoryThatIsNotThePrefixOfWhatIsHeld) {
  Make();
  const Story story(people_[1], Payloads(5));
  const Story fork(people_[1], Payloads(5, "other "));
  Grow(story, 5);
  UpWith(2, {fork.Head(3)});
  ExpectEvidence(StatusOf(story), people_[1]);
  EXPECT_THAT(Only<StartFetch>(UpWith(1, {story.Head(5)})), SizeIs(0));
}

TEST_F(SynchronizerTest, FreezesWhenWhatItFetchesContradictsWhatWasTold) {
  Make();
  const Story story(people_[1], Payloads(5));
  const Story fork(people_[1], Payloads(5, "other "));
  UpWith(1, {story.Head(5)});
  UpWith(2, {fork.Head(3)});
  EXPECT_NE(StatusOf(story).state, FeedState::kFrozen);
  const Actions actions = Grow(story, 5);
  ExpectEvidence(StatusOf(story), people_[1]);
  EXPECT_THAT(Only<Cosign>(actions), SizeIs(0));
}

TEST_F(SynchronizerTest, ShowsTheHeadOfWhatItHoldsAlsoWhenTheFeedIsFrozen) {
  Make();
  const Story story(people_[1], Payloads(5));
  const Story fork(people_[1], Payloads(5, "other "));
  // The power failed between the events and their head: the head that is known may be
  // older than the fork, and others would never hear of this story.
  noted_[story.feed()] = 1;
  Grow(story, 5);
  UpWith(2, {fork.Head(4)});
  ExpectEvidence(StatusOf(story), people_[1]);
  EXPECT_EQ(StatusOf(story).evidence->held, story.Note(1));
  const Actions actions = UpWith(1, {story.Head(5)});
  const auto kept = Only<KeepCheckpoint>(actions);
  ASSERT_THAT(kept, SizeIs(1));
  EXPECT_EQ(kept[0].note, story.Note(5));
  EXPECT_THAT(Only<Cosign>(actions), SizeIs(0));
  EXPECT_THAT(Only<StartFetch>(actions), SizeIs(0));
  // What is kept as evidence contradicts the other note by now, and stays.
  ExpectEvidence(StatusOf(story), people_[1]);
  EXPECT_EQ(StatusOf(story).evidence->held, story.Note(5));
  EXPECT_EQ(synchronizer_->TakeFound().at(story.feed()).held, story.Note(5));
  Heads(1, {story.Head(5)});
  EXPECT_TRUE(synchronizer_->TakeFound().empty());
}

TEST_F(SynchronizerTest, ARelayCannotFreezeAnothersFeedButItsWriterCan) {
  Make();
  const Story story(people_[1], Payloads(5));
  const Story fork(people_[1], Payloads(7, "other "));
  Grow(story, 5);
  UpWith(2, {fork.Head(7)});
  Ended(2, story, FetchOutcome::kContradicts, fork.Note(7));
  EXPECT_EQ(StatusOf(story).state, FeedState::kCatchingUp);
  UpWith(1, {fork.Head(7)});
  Ended(1, story, FetchOutcome::kContradicts, fork.Note(7));
  ExpectEvidence(StatusOf(story), people_[1]);
}

TEST_F(SynchronizerTest, CosignsWhatIsHeldButNotTooOften) {
  Make();
  const Story story(people_[1], Payloads(9));
  EXPECT_THAT(Only<Cosign>(Grow(story, 1)), SizeIs(1));
  EXPECT_THAT(Only<Cosign>(Grow(story, 1)), SizeIs(0)) << "the same head again";
  now_ += absl::Milliseconds(10);
  EXPECT_THAT(Only<Cosign>(Grow(story, 2)), SizeIs(0));
  EXPECT_EQ(synchronizer_->NextTick(), kStart + absl::Milliseconds(50));
  EXPECT_THAT(Only<Cosign>(Grow(story, 3)), SizeIs(0));
  now_ = kStart + absl::Milliseconds(50);
  EXPECT_THAT(Only<Cosign>(synchronizer_->Tick(now_)), SizeIs(1)) << "two heads, one cosignature";
  EXPECT_EQ(synchronizer_->NextTick(), absl::InfiniteFuture());
}

TEST_F(SynchronizerTest, NeverCosignsASmallerHeadThanBefore) {
  Make();
  const Story story(people_[1], Payloads(9));
  cosigned_[story.feed()][people_[0].id] = 7;
  EXPECT_THAT(Only<Cosign>(Grow(story, 6)), SizeIs(0));
  EXPECT_THAT(Only<Cosign>(Grow(story, 7)), SizeIs(0));
  EXPECT_THAT(Only<Cosign>(Grow(story, 8)), SizeIs(1));
}

TEST_F(SynchronizerTest, KeepsTrueCosignaturesOnce) {
  Make();
  const Story own(people_[0], Payloads(4));
  Hold(own, 4);
  const Person stranger(99);
  auto kept =
      Only<KeepCosignature>(UpWith(1, {own.Head(4, {&people_[1], &people_[2], &stranger})}));
  ASSERT_THAT(kept, SizeIs(2));
  EXPECT_EQ(kept[0].witness, people_[1].id);
  EXPECT_EQ(kept[1].witness, people_[2].id);
  const auto note = merkle::ParseNote(kept[1].note);
  ASSERT_TRUE(note.ok());
  EXPECT_THAT(note->signatures, SizeIs(2)) << "the writer's and that witness's";
  kept = Only<KeepCosignature>(UpWith(2, {own.Head(4, {&people_[1], &people_[2]})}));
  EXPECT_THAT(kept, SizeIs(0));
}

TEST_F(SynchronizerTest, KeepsNoFalseCosignature) {
  Make();
  const Story own(people_[0], Payloads(4));
  Hold(own, 4);
  Head head = own.Head(4, {&people_[1]});
  merkle::Note note = *merkle::ParseNote(head.checkpoint_note());
  note.signatures[1].signature[20] ^= 1;
  head.set_checkpoint_note(merkle::FormatNote(note));
  EXPECT_THAT(Only<KeepCosignature>(UpWith(1, {head})), SizeIs(0));
  // A cosignature on a larger head counts once that head is here.
  const Story story(people_[3], Payloads(6));
  EXPECT_THAT(Only<KeepCosignature>(UpWith(2, {story.Head(6, {&people_[2]})})), SizeIs(0));
  EXPECT_THAT(Only<KeepCosignature>(Grow(story, 6)), SizeIs(1));
}

TEST_F(SynchronizerTest, EarlierEpochsOfItsOwnComeBackBeforeItWrites) {
  Make(3);
  locked_ = true;
  Person next(9);
  next.id = people_[0].id;
  const Story closed(people_[0], Payloads(6));
  const Story present(next, Payloads(2), 1);
  Membership membership = MembershipOf(people_, 0);
  Member& self = membership.members[0];
  self.closed.push_back({self.log_key, 5, closed.Root(5), /*by_member=*/true});
  self.log_key = next.key.public_key();
  // The disk that was put back is older than the end of the epoch before.
  Hold(closed, 2);
  Hold(present, 2);
  synchronizer_->SetMembership(membership, now_);
  const auto fetches = Only<StartFetch>(UpWith(1, {closed.Head(6), present.Head(2)}));
  ASSERT_THAT(fetches, SizeIs(1));
  EXPECT_EQ(fetches[0].feed, closed.feed());
  EXPECT_EQ(fetches[0].first.value(), 2u);
  EXPECT_THAT(Only<Unlock>(UpWith(2, {closed.Head(6), present.Head(2)})), SizeIs(0));
  EXPECT_THAT(synchronizer_->OwnHead().detail, HasSubstr("ontbreken hier nog 3"));
  const auto unlocked = Only<Unlock>(Grow(closed, 6));
  ASSERT_THAT(unlocked, SizeIs(1));
  EXPECT_EQ(unlocked[0].feed, present.feed());
}

TEST_F(SynchronizerTest, UnlocksOnceMoreThanHalfOfTheOthersTold) {
  Make();
  locked_ = true;
  const Story own(people_[0], Payloads(4));
  Hold(own, 4);
  EXPECT_EQ(synchronizer_->OwnHead().needed, 3u);
  EXPECT_THAT(Only<Unlock>(UpWith(1, {own.Head(4)})), SizeIs(0));
  EXPECT_THAT(Only<Unlock>(UpWith(2, {})), SizeIs(0)) << "nothing held counts as told";
  EXPECT_THAT(Only<Unlock>(Up(3)), SizeIs(0)) << "up is not told";
  EXPECT_FALSE(synchronizer_->OwnHead().confirmed);
  EXPECT_THAT(synchronizer_->OwnHead().detail, HasSubstr("wacht"));
  EXPECT_THAT(Only<Unlock>(Heads(3, {own.Head(2)})), SizeIs(1));
  locked_ = false;
  EXPECT_TRUE(synchronizer_->OwnHead().confirmed);
}

TEST_F(SynchronizerTest, StaysLockedWhenAPeerHoldsMore) {
  Make();
  locked_ = true;
  const Story own(people_[0], Payloads(6));
  Hold(own, 4);
  UpWith(1, {own.Head(4)});
  UpWith(2, {own.Head(6)});
  EXPECT_THAT(Only<Unlock>(UpWith(3, {own.Head(4)})), SizeIs(0));
  EXPECT_THAT(Only<Unlock>(UpWith(4, {own.Head(4)})), SizeIs(0));
  const OwnHeadStatus status = synchronizer_->OwnHead();
  EXPECT_TRUE(status.contested);
  EXPECT_EQ(status.known_size, 6u);
  EXPECT_THAT(status.detail, HasSubstr("teruggezet"));
  EXPECT_THAT(Only<Unlock>(synchronizer_->Tick(now_ + absl::Hours(1))), SizeIs(0));
}

TEST_F(SynchronizerTest, StaysLockedWhenAPeerHoldsAnotherStory) {
  Make();
  locked_ = true;
  const Story own(people_[0], Payloads(6));
  const Story before(people_[0], Payloads(6, "before "));
  Hold(own, 6);
  UpWith(1, {own.Head(6)});
  UpWith(2, {before.Head(3)});
  EXPECT_THAT(Only<Unlock>(UpWith(3, {own.Head(6)})), SizeIs(0));
  EXPECT_TRUE(synchronizer_->OwnHead().contested);
  EXPECT_TRUE(synchronizer_->OwnHead().evidence.has_value());
}

TEST_F(SynchronizerTest, AStoryThatItsMemberDidNotSignDoesNotLockIt) {
  Make();
  locked_ = true;
  const Story own(people_[0], Payloads(4));
  Hold(own, 4);
  Head forged = Story(people_[0], Payloads(9, "forged ")).Head(9);
  merkle::Note note = *merkle::ParseNote(forged.checkpoint_note());
  note.signatures.clear();
  merkle::SignNote(note, log::Origin(own.feed()), people_[1].key);
  forged.set_checkpoint_note(merkle::FormatNote(note));
  UpWith(1, {forged});
  synchronizer_->OnHeard(people_[1].id, forged);
  EXPECT_FALSE(synchronizer_->OwnHead().contested);
  UpWith(2, {own.Head(4)});
  EXPECT_THAT(Only<Unlock>(UpWith(3, {own.Head(4)})), SizeIs(1));
}

TEST_F(SynchronizerTest, ACircleOfOneNeedsNobody) {
  Make(1);
  locked_ = true;
  EXPECT_THAT(Only<Unlock>(synchronizer_->Tick(now_)), SizeIs(1));
}

TEST_F(SynchronizerTest, TellsHowFreshAHeadIs) {
  Make();
  const Story story(people_[1], Payloads(5));
  EXPECT_EQ(synchronizer_->HeadToldAt(story.feed()), absl::InfinitePast());
  UpWith(2, {story.Head(5)});
  Hold(story, 5);
  synchronizer_->OnLocalChange(story.feed(), now_);
  EXPECT_EQ(synchronizer_->HeadToldAt(story.feed()), absl::InfinitePast()) << "hearsay";
  EXPECT_EQ(StatusOf(story).state, FeedState::kStale);
  now_ += absl::Seconds(1);
  UpWith(1, {story.Head(5)});
  EXPECT_EQ(synchronizer_->HeadToldAt(story.feed()), now_);
  now_ += absl::Seconds(5);
  Heads(1, {});
  EXPECT_EQ(synchronizer_->HeadToldAt(story.feed()), now_) << "nothing changed";
  const absl::Time last = now_;
  const Story longer(people_[1], Payloads(6));
  now_ += absl::Seconds(5);
  Heads(1, {longer.Head(6)});
  EXPECT_EQ(synchronizer_->HeadToldAt(story.feed()), last) << "there is more, not here yet";
  Grow(longer, 6);
  EXPECT_EQ(synchronizer_->HeadToldAt(story.feed()), now_);
  EXPECT_EQ(StatusOf(story).state, FeedState::kLive);
  now_ += absl::Seconds(16);
  EXPECT_EQ(StatusOf(story).state, FeedState::kStale) << "silent too long";
}

TEST_F(SynchronizerTest, AWordThatComesLateTakesNothingBack) {
  Make();
  const Story story(people_[1], Payloads(5));
  UpWith(1, {story.Head(5)});
  Heads(1, {story.Head(3)});
  EXPECT_EQ(StatusOf(story).known_size, 5u);
}

TEST_F(SynchronizerTest, AMemberThatJoinsIsAskedAndOneThatLeftIsNot) {
  Make(3);
  std::vector<Person> more;
  for (uint8_t i = 1; i <= 4; ++i) more.emplace_back(i);
  const Story joiner(more[3], Payloads(2));
  EXPECT_THAT(UpWith(1, {joiner.Head(2)}), SizeIs(0));
  synchronizer_->SetMembership(MembershipOf(more, 0), now_);
  EXPECT_THAT(Only<StartFetch>(Heads(1, {joiner.Head(2)})), SizeIs(1));
  synchronizer_->SetMembership(MembershipOf(people_, 0), now_);
  EXPECT_THAT(Only<StartFetch>(Ended(1, joiner, FetchOutcome::kUnavailable)), SizeIs(0));
  EXPECT_THAT(Only<StartFetch>(synchronizer_->Tick(now_ + absl::Hours(1))), SizeIs(0));
}

}  // namespace
}  // namespace eventstore::replication
