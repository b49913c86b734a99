#include "eventstore/replication/replicator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/eventstore/replication/simulated_circle.h"

namespace eventstore::replication {
namespace {

using testing::Contains;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<std::string> BytesOf(const log::EventLog& log, const log::FeedId& feed) {
  std::vector<std::string> bytes;
  const auto events = log.ReadFeed(feed, log::Sequence(0), 100'000);
  EXPECT_TRUE(events.ok()) << events.status();
  if (!events.ok()) return bytes;
  for (const log::StoredEvent& event : *events) bytes.push_back(event.bytes);
  return bytes;
}

// Every node holds every feed, byte-equal, and has every other member's cosignature on
// the whole of it.
void ExpectEqual(SimulatedCircle& circle, size_t members) {
  for (size_t writer = 0; writer < members; ++writer) {
    const log::FeedId feed = circle.FeedOf(writer);
    const auto original = BytesOf(circle.log(writer), feed);
    EXPECT_EQ(original.size(), circle.appended(writer)) << "an acknowledged event is gone";
    EXPECT_FALSE(circle.log(writer).IsLocked(feed)) << writer;
    for (size_t node = 0; node < members; ++node) {
      EXPECT_EQ(BytesOf(circle.log(node), feed), original) << writer << " at " << node;
      EXPECT_TRUE(circle.replicator(node).log_error().ok()) << circle.replicator(node).log_error();
      if (original.empty()) continue;
      std::map<log::MemberId, uint64_t> sizes;
      for (const log::Cosigned& cosigned : circle.log(node).Cosignatures(feed)) {
        sizes[cosigned.witness] = cosigned.size;
      }
      EXPECT_THAT(sizes, SizeIs(members - 1)) << writer << " at " << node;
      for (const auto& [witness, size] : sizes) EXPECT_EQ(size, original.size());
    }
  }
}

void ExpectAllLive(SimulatedCircle& circle, size_t members, absl::Time now) {
  for (size_t node = 0; node < members; ++node) {
    for (const FeedStatus& status : circle.replicator(node).synchronizer().Feeds(now)) {
      EXPECT_NE(status.state, FeedState::kFrozen) << status.detail;
      EXPECT_EQ(status.size, status.known_size);
    }
  }
}

TEST(ReplicatorTest, SpreadsAnEventAndItsCosignatures) {
  SimulatedCircle circle(3, 1);
  circle.Run(absl::Seconds(1));
  EXPECT_TRUE(circle.Append(0));
  circle.Run(absl::Seconds(1));
  ExpectEqual(circle, 3);
}

TEST(ReplicatorTest, CatchesUpThroughManyPackagesThenLive) {
  SimulatedCircle circle(3, 2);
  circle.Run(absl::Seconds(1));
  circle.Kill(2);
  for (int i = 0; i < 50; ++i) EXPECT_TRUE(circle.Append(0));
  circle.Run(absl::Seconds(2));
  circle.Start(2);
  // The border between catching up and live: events keep coming.
  for (int i = 0; i < 50; ++i) {
    circle.Run(absl::Milliseconds(7));
    EXPECT_TRUE(circle.Append(0));
  }
  circle.Run(absl::Seconds(5));
  ExpectEqual(circle, 3);
}

TEST(ReplicatorTest, AnotherMemberServesAFeedWhoseOriginIsDown) {
  SimulatedCircle circle(3, 3);
  circle.Run(absl::Seconds(1));
  circle.SetReachable(0, 2, false);
  for (int i = 0; i < 9; ++i) EXPECT_TRUE(circle.Append(0));
  circle.Run(absl::Seconds(3));
  EXPECT_EQ(circle.log(2).Size(circle.FeedOf(0)), 9u);
  EXPECT_THAT(circle.ServersOf(circle.FeedOf(0)), Contains(1u));
  // Of two others both must tell, and one cannot be reached.
  circle.Kill(0);
  circle.Start(0);
  circle.Run(absl::Seconds(3));
  EXPECT_TRUE(circle.log(0).IsLocked(circle.FeedOf(0)));
  circle.SetReachable(0, 2, true);
  circle.Run(absl::Seconds(3));
  ExpectEqual(circle, 3);
}

TEST(ReplicatorTest, ARestartedNodeWaitsForItsPeers) {
  SimulatedCircle circle(5, 4);
  circle.Run(absl::Seconds(1));
  EXPECT_TRUE(circle.Append(0));
  circle.Run(absl::Seconds(1));
  for (size_t peer = 1; peer < 4; ++peer) circle.Kill(peer);
  circle.Kill(0);
  circle.Start(0);
  circle.Run(absl::Seconds(5));
  EXPECT_TRUE(circle.log(0).IsLocked(circle.FeedOf(0))) << "one of four told";
  EXPECT_FALSE(circle.Append(0));
  circle.Start(1);
  circle.Start(2);
  circle.Run(absl::Seconds(5));
  EXPECT_FALSE(circle.log(0).IsLocked(circle.FeedOf(0)));
  EXPECT_TRUE(circle.Append(0));
}

// One run with everything that can go wrong short of lies, then peace.
class ChaosTest : public testing::TestWithParam<uint64_t> {};

TEST_P(ChaosTest, EndsWithEqualNodes) {
  constexpr size_t kMembers = 4;
  SimulatedCircle circle(kMembers, GetParam());
  circle.Run(absl::Milliseconds(200));
  circle.SetFaults({.broken_connection = 0.02,
                    .lost_package = 0.1,
                    .repeated_package = 0.2,
                    .reordered_packages = true});
  std::mt19937_64& random = circle.random();
  for (int step = 0; step < 250; ++step) {
    const size_t node = random() % kMembers;
    const size_t other = (node + 1 + random() % (kMembers - 1)) % kMembers;
    if (circle.Chance(0.03)) {
      circle.IsRunning(node) ? circle.Kill(node) : circle.Start(node);
    } else if (circle.Chance(0.05)) {
      circle.SetReachable(node, other, circle.Chance(0.5));
    } else {
      circle.Append(node);
    }
    circle.Run(absl::Milliseconds(random() % 40));
  }
  circle.SetFaults({});
  for (size_t node = 0; node < kMembers; ++node) {
    if (!circle.IsRunning(node)) circle.Start(node);
    for (size_t other = 0; other < node; ++other) circle.SetReachable(node, other, true);
  }
  circle.Run(absl::Seconds(30));
  ExpectEqual(circle, kMembers);
  ExpectAllLive(circle, kMembers, absl::FromUnixSeconds(1'800'000'000));
}

INSTANTIATE_TEST_SUITE_P(Seeds, ChaosTest, testing::Range(uint64_t{100}, uint64_t{112}));

// ---- what a single node stores, and what it does not ----

class NoTransport final : public Transport {
 public:
  void StartFetch(const log::MemberId& peer, const log::FeedId&, log::Sequence) override {
    asked.push_back(peer);
  }
  std::vector<log::MemberId> asked;
};

class StoringTest : public testing::Test {
 protected:
  explicit StoringTest(uint8_t members = 3) {
    for (uint8_t i = 1; i <= members; ++i) people_.emplace_back(i);
    log::EventLog::Options options;
    options.directory = "/node";
    options.clock = &clock_;
    options.log_key = &people_[0].key;
    options.environment = files_.get();
    log_ = *log::EventLog::Open(options);
    EXPECT_TRUE(log_->CreateFeed({TestCircle(), people_[0].id, log::Epoch(0)}).ok());
    Replicator::Options replicator;
    replicator.log = log_.get();
    replicator.log_key = &people_[0].key;
    replicator.entropy = &entropy_;
    replicator.transport = &transport_;
    replicator_ = std::make_unique<Replicator>(replicator, MembershipOf(people_, 0), clock_.Now());
    for (size_t peer = 1; peer < members; ++peer) {
      replicator_->OnPeerUp(people_[peer].id, clock_.Now());
      replicator_->OnHeads(people_[peer].id, {}, clock_.Now());
    }
  }

  absl::Status Give(size_t peer, const Story& story, const poolcirkel::log::v1::Package& package) {
    return replicator_->OnPackage(people_[peer].id, story.feed(), package, clock_.Now());
  }
  void End(size_t peer, const Story& story) {
    replicator_->OnFetchEnded(people_[peer].id, story.feed(), absl::OkStatus(), clock_.Now());
  }
  FeedStatus StatusOf(const Story& story) {
    for (const FeedStatus& status : replicator_->synchronizer().Feeds(clock_.Now())) {
      if (status.feed == story.feed()) return status;
    }
    return {};
  }

  std::vector<Person> people_;
  tests::testing::ManualClock clock_;
  tests::testing::SeededEntropy entropy_{1};
  std::unique_ptr<storage::Environment> files_ = storage::Environment::InMemory();
  std::unique_ptr<log::EventLog> log_;
  NoTransport transport_;
  std::unique_ptr<Replicator> replicator_;
};

TEST_F(StoringTest, StoresNothingThatDoesNotVerify) {
  const Story story(people_[1], {"a", "b", "c"});
  const Story fork(people_[1], {"x", "y", "z"});
  replicator_->OnHeads(people_[1].id, {story.Head(3)}, clock_.Now());
  ASSERT_THAT(transport_.asked, SizeIs(1));
  auto package = story.Package(0, 3, 3);
  *package.mutable_records(1) = fork.records()[1];
  EXPECT_TRUE(absl::IsDataLoss(Give(1, story, package)));
  EXPECT_EQ(log_->Size(story.feed()), 0u);
  EXPECT_THAT(log_->Cosignatures(story.feed()), IsEmpty());
  EXPECT_FALSE(Give(2, story, story.Package(0, 3, 3)).ok()) << "nobody asked that peer";
  EXPECT_EQ(log_->Size(story.feed()), 0u);
}

TEST_F(StoringTest, CosignsUnderItsOwnNameWhatItStored) {
  const Story story(people_[1], {"a", "b", "c"});
  replicator_->OnHeads(people_[1].id, {story.Head(3)}, clock_.Now());
  EXPECT_TRUE(Give(1, story, story.Package(0, 2, 3)).ok());
  EXPECT_THAT(log_->Cosignatures(story.feed()), IsEmpty()) << "not a head yet";
  EXPECT_TRUE(Give(1, story, story.Package(0, 2, 3)).ok()) << "again is harmless";
  EXPECT_TRUE(Give(1, story, story.Package(2, 3, 3)).ok());
  End(1, story);
  const auto cosigned = log_->Cosignatures(story.feed());
  ASSERT_THAT(cosigned, SizeIs(1));
  EXPECT_EQ(cosigned[0].witness, people_[0].id);
  EXPECT_EQ(cosigned[0].size, 3u);
  const Membership membership = MembershipOf(people_, 0);
  const auto verified =
      merkle::VerifyNote(*merkle::ParseNote(cosigned[0].note),
                         {WitnessVerifier(membership, membership.members[0]),
                          CheckpointVerifier(story.feed(), people_[1].key.public_key())});
  ASSERT_TRUE(verified.ok()) << verified.status();
  EXPECT_THAT(*verified, SizeIs(2));
}

TEST_F(StoringTest, FreezesWhenTheWriterServesAStoryThatDoesNotGoOnFromTheOneHeld) {
  const Story story(people_[1], {"a", "b", "c"});
  const Story fork(people_[1], {"x", "y", "z", "and more"});
  replicator_->OnHeads(people_[1].id, {story.Head(3)}, clock_.Now());
  EXPECT_TRUE(Give(1, story, story.Package(0, 3, 3)).ok());
  End(1, story);
  replicator_->OnHeads(people_[1].id, {fork.Head(4)}, clock_.Now());
  ASSERT_THAT(transport_.asked, SizeIs(2));
  EXPECT_TRUE(absl::IsDataLoss(Give(1, fork, fork.Package(3, 4, 4))));
  End(1, fork);
  const FeedStatus status = StatusOf(story);
  EXPECT_EQ(status.state, FeedState::kFrozen);
  ASSERT_TRUE(status.evidence.has_value());
  for (const std::string& note : {status.evidence->held, status.evidence->contested}) {
    EXPECT_TRUE(VerifyHead(story.feed(), people_[1].key.public_key(), note).ok());
  }
  EXPECT_EQ(log_->Size(story.feed()), 3u);
  EXPECT_EQ(log_->Cosignatures(story.feed())[0].size, 3u);
}

TEST_F(StoringTest, TheTailOfALogIsThatOfWhatItHolds) {
  std::vector<std::string> payloads(70, "payload");
  const Story story(people_[1], payloads);
  replicator_->OnHeads(people_[1].id, {story.Head(70)}, clock_.Now());
  for (uint64_t i = 0; i < 70; ++i) {
    const auto tail = LoadTail(*log_, story.feed());
    ASSERT_TRUE(tail.ok()) << tail.status();
    EXPECT_EQ(tail->size(), i);
    EXPECT_EQ(tail->tree.Root(), story.Root(i));
    ASSERT_TRUE(Give(1, story, story.Package(i, i + 1, 70)).ok());
    // It would have been stored with the next ones.
    clock_.Advance(absl::Seconds(1));
    if (i < 69) {
      ASSERT_LE(replicator_->NextTick(), clock_.Now());
    }
    replicator_->Tick(clock_.Now());
  }
}

TEST_F(StoringTest, StoresSeveralPackagesTogether) {
  const std::vector<std::string> payloads(70, "payload");
  const Story story(people_[1], payloads);
  replicator_->OnHeads(people_[1].id, {story.Head(70)}, clock_.Now());
  ASSERT_TRUE(Give(1, story, story.Package(0, 20, 70)).ok());
  ASSERT_TRUE(Give(1, story, story.Package(20, 40, 70)).ok());
  EXPECT_EQ(log_->Size(story.feed()), 0u);
  ASSERT_TRUE(Give(1, story, story.Package(40, 70, 70)).ok());  // up to the head
  EXPECT_EQ(log_->Size(story.feed()), 70u);
}

class ManyFeedsTest : public StoringTest {
 protected:
  ManyFeedsTest() : StoringTest(5) {}
};

TEST_F(ManyFeedsTest, WhatWaitsIsBoundedForEachFeedAndForAll) {
  constexpr uint64_t kPackage = 60;
  constexpr size_t kBytesOfOne = 16 << 20;
  constexpr size_t kBytesOfAll = 32 << 20;
  constexpr size_t kBytesOfPackage = 4 << 20;
  const std::vector<std::string> payloads(400, std::string(60'000, 'x'));
  std::vector<Story> stories;
  for (size_t peer = 1; peer < people_.size(); ++peer)
    stories.emplace_back(people_[peer], payloads);
  for (size_t i = 0; i < stories.size(); ++i) {
    replicator_->OnHeads(people_[i + 1].id, {stories[i].Head(400)}, clock_.Now());
  }
  size_t most = 0;
  for (uint64_t first = 0; first + kPackage < 400; first += kPackage) {
    for (size_t i = 0; i < stories.size(); ++i) {
      ASSERT_TRUE(Give(i + 1, stories[i], stories[i].Package(first, first + kPackage, 400)).ok());
      size_t waiting = 0;
      for (size_t feed = 0; feed < stories.size(); ++feed) {
        const uint64_t given = first + (feed <= i ? kPackage : 0);
        const size_t bytes = (given - log_->Size(stories[feed].feed())) * 60'000;
        EXPECT_LT(bytes, kBytesOfOne);
        waiting += bytes;
      }
      EXPECT_LT(waiting, kBytesOfAll);
      most = std::max(most, waiting);
    }
  }
  EXPECT_GT(most, kBytesOfAll - 2 * kBytesOfPackage) << "not stored one by one";
}

TEST_F(StoringTest, WhatWaitsIsStoredWhenTheFetchEnds) {
  const std::vector<std::string> payloads(70, "payload");
  const Story story(people_[1], payloads);
  replicator_->OnHeads(people_[1].id, {story.Head(70)}, clock_.Now());
  ASSERT_TRUE(Give(1, story, story.Package(0, 20, 70)).ok());
  replicator_->OnFetchEnded(people_[1].id, story.feed(), absl::UnavailableError("weg"),
                            clock_.Now());
  EXPECT_EQ(log_->Size(story.feed()), 20u);
}

// What the writer itself serves leads to a head at the end of each package, so that what was
// stored can be shown, also when its writer lost everything and asks how far it was.
TEST_F(StoringTest, WhatAFetchThatBrokeOffLeftCanBeShown) {
  const std::vector<std::string> payloads(70, "payload");
  const Story story(people_[1], payloads);
  replicator_->OnHeads(people_[1].id, {story.Head(70)}, clock_.Now());
  ASSERT_TRUE(Give(1, story, story.Package(0, 20, 20)).ok());
  ASSERT_TRUE(Give(1, story, story.Package(20, 40, 40)).ok());
  EXPECT_EQ(log_->Size(story.feed()), 0u) << "they wait for each other";
  replicator_->OnFetchEnded(people_[1].id, story.feed(), absl::UnavailableError("weg"),
                            clock_.Now());
  EXPECT_EQ(log_->Size(story.feed()), 40u);
  const auto note = log_->CheckpointNote(story.feed());
  ASSERT_TRUE(note.ok()) << note.status();
  const auto head = VerifyHead(story.feed(), people_[1].key.public_key(), *note);
  ASSERT_TRUE(head.ok()) << head.status();
  EXPECT_EQ(head->checkpoint.size, 40u);
  EXPECT_TRUE(log_->MakePackage(story.feed(), log::Sequence(0), 100).ok());
}

// A store that failed may turn out to have been done, when the log is opened again.
TEST_F(StoringTest, GoesOnFromWhatTheLogHoldsByNow) {
  const Story story(people_[1], {"a", "b", "c", "d", "e"});
  replicator_->OnHeads(people_[1].id, {story.Head(5)}, clock_.Now());
  ASSERT_TRUE(Give(1, story, story.Package(0, 2, 5)).ok());
  replicator_->OnFetchEnded(people_[1].id, story.feed(), absl::UnavailableError("weg"),
                            clock_.Now());
  ASSERT_EQ(log_->Size(story.feed()), 2u);
  const std::vector<std::string> more(story.records().begin() + 2, story.records().begin() + 4);
  ASSERT_TRUE(log_->StoreVerified(story.feed(), log::Sequence(2), more, story.Root(4)).ok());
  replicator_->OnLogChange(story.feed(), clock_.Now());
  clock_.Advance(absl::Minutes(2));
  replicator_->OnHeads(people_[1].id, {story.Head(5)}, clock_.Now());
  replicator_->Tick(clock_.Now());
  ASSERT_THAT(transport_.asked, SizeIs(2));
  EXPECT_TRUE(Give(1, story, story.Package(4, 5, 5)).ok());
  EXPECT_EQ(log_->Size(story.feed()), 5u);
}

}  // namespace
}  // namespace eventstore::replication
