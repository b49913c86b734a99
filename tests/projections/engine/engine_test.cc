#include "projections/engine/engine.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "eventstore/storage/database.h"
#include "projections/engine/layout.h"
#include "tests/projections/engine/engine_fixture.h"

namespace projections::engine {
namespace {

// Copies random numbers of records of each feed, in random turns.
class Copier {
 public:
  Copier(const EventLog& from, EventLog& to, uint64_t seed) : from_(from), to_(to), random_(seed) {}

  // False when everything was copied.
  bool CopySome() {
    std::vector<FeedId> behind;
    for (const FeedId& feed : from_.Feeds()) {
      if (to_.Size(feed) < from_.Size(feed)) behind.push_back(feed);
    }
    if (behind.empty()) return false;
    const FeedId feed = behind[random_() % behind.size()];
    const auto events = from_.ReadFeed(feed, Sequence(to_.Size(feed)), 1 + random_() % 5);
    EXPECT_TRUE(events.ok());
    std::vector<std::string> records;
    for (const auto& event : *events) records.push_back(event.bytes);
    const uint64_t size = to_.Size(feed) + records.size();
    const auto root = from_.RootAt(feed, size);
    EXPECT_TRUE(root.ok());
    EXPECT_TRUE(to_.StoreVerified(feed, Sequence(to_.Size(feed)), records, *root).ok());
    return true;
  }

  uint64_t Random() { return random_(); }

 private:
  const EventLog& from_;
  EventLog& to_;
  std::mt19937_64 random_;
};

TEST_F(EngineTest, AnyInterleavingOfFeedsAndAnyCrashGivesTheRowsOfAReplay) {
  Fill(120, 1);
  auto replay = OpenEngine(OptionsOver(*log_, *environment_));
  CatchUp(*replay);
  for (uint64_t seed = 0; seed < 8; ++seed) {
    const auto node_environment = Environment::InMemory();
    const auto views_environment = Environment::InMemory();
    const auto node_log = OpenLog(*node_environment);
    auto engine = OpenEngine(OptionsOver(*node_log, *views_environment));
    Copier copier(*log_, *node_log, seed);
    while (copier.CopySome()) {
      if (copier.Random() % 2 == 0) {
        ASSERT_TRUE(engine->Step().ok());
      }
      if (copier.Random() % 6 == 0) {
        engine.reset();  // between any two writes
        engine = OpenEngine(OptionsOver(*node_log, *views_environment));
      }
    }
    CatchUp(*engine);
    EXPECT_EQ(engine->Processed(), replay->Processed());
    EXPECT_EQ(DigestOf(*engine, 1), DigestOf(*replay, 1)) << "seed " << seed;
    EXPECT_EQ(DigestOf(*engine, 2), DigestOf(*replay, 2)) << "seed " << seed;
    EXPECT_EQ(engine->UnknownEvents(Feed(1, 0).circle), replay->UnknownEvents(Feed(1, 0).circle));
    EXPECT_EQ(engine->Lag(), 0u);
  }
  EXPECT_NE(DigestOf(*replay, 1), DigestOf(*replay, 2));
}

TEST_F(EngineTest, KeepsAndCountsUnknownEventsPerCircle) {
  Append(Feed(1, 0), ids_.New<StreamId>(), Payload("bekend"));
  Append(Feed(1, 0), ids_.New<StreamId>(), Payload("x"), "moon_reached");
  Append(Feed(1, 1), ids_.New<StreamId>(), "\x01 geen bericht");
  Append(Feed(2, 1), ids_.New<StreamId>(), Payload("x"), "moon_reached");
  auto engine = OpenEngine(OptionsOver(*log_, *environment_));
  CatchUp(*engine);
  EXPECT_EQ(engine->UnknownEvents(Feed(1, 0).circle), 2u);
  EXPECT_EQ(engine->UnknownEvents(Feed(2, 0).circle), 1u);
  EXPECT_EQ(engine->CursorOf(Feed(1, 0).circle).At(Feed(1, 0)), Sequence(2));
  EXPECT_EQ(engine->CursorOf(Feed(1, 0).circle).positions().count(Feed(2, 1)), 0u);
}

// What an upgrade finds: events that were skipped as unknown and are known by now.
TEST_F(EngineTest, FoldsSkippedEventsOnceTheirTypeIsKnown) {
  Fill(20, 3);
  auto engine = OpenEngine(OptionsOver(*log_, *environment_));
  CatchUp(*engine);
  const std::string digest = DigestOf(*engine, 1);
  engine.reset();
  {
    const auto database = OpenViews();
    ASSERT_TRUE(database.ok()) << database.status();
    eventstore::storage::Batch batch;
    batch.Put(UnknownKey(Feed(1, 0), 0), "assignment_published");
    batch.Put(RowKey(1, Feed(1, 0), "rest"), "van vroeger");
    ASSERT_TRUE((*database)->Write(batch, eventstore::storage::Durability::kSynced).ok());
  }
  engine = OpenEngine(OptionsOver(*log_, *environment_));
  EXPECT_TRUE(engine->States().front().rebuilding);
  EXPECT_NE(DigestOf(*engine, 1), digest) << "the old rows are served meanwhile";
  CatchUp(*engine);
  EXPECT_FALSE(engine->States().front().rebuilding);
  EXPECT_EQ(DigestOf(*engine, 1), digest);
}

TEST_F(EngineTest, BuildsANewVersionBesideAndDropsTheOldRows) {
  Fill(30, 4);
  auto engine = OpenEngine(OptionsOver(*log_, *environment_));
  CatchUp(*engine);
  const std::string before = DigestOf(*engine, 1);
  engine.reset();
  auto options = OptionsOver(*log_, *environment_);
  options.views = {std::make_shared<Titles>("titles", 2), std::make_shared<Titles>("more", 1)};
  engine = OpenEngine(options);
  ASSERT_TRUE(engine->Step().ok());
  const auto early = engine->Read()->View("titles");
  EXPECT_EQ(eventstore::base::DetailsOf(early.status()).reason, "VIEW_REBUILDING");
  engine.reset();  // in the middle of the build
  engine = OpenEngine(options);
  CatchUp(*engine);
  EXPECT_EQ(engine->States().back().served_version, 2u);
  EXPECT_NE(DigestOf(*engine, 1), before);
  engine.reset();

  const auto database = OpenViews();
  ASSERT_TRUE(database.ok()) << database.status();
  auto left = (*database)->Scan(RowsOf(1));
  EXPECT_FALSE(left->Valid()) << "rows of the old version are still there";
}

TEST_F(EngineTest, AnErrorStopsOneViewOnly) {
  Append(Feed(1, 0), ids_.New<StreamId>(), Payload("goed"));
  Append(Feed(1, 0), ids_.New<StreamId>(), Payload("stuk"));
  Append(Feed(1, 0), ids_.New<StreamId>(), Payload("weer goed"));
  auto options = OptionsOver(*log_, *environment_);
  options.views.push_back(std::make_shared<Failing>());
  auto engine = OpenEngine(options);
  CatchUp(*engine);
  EXPECT_FALSE(engine->Health().ok());
  const auto snapshot = engine->Read();
  const auto titles = snapshot->View("titles");
  ASSERT_TRUE(titles.ok());
  EXPECT_EQ((*titles)->cursor().At(Feed(1, 0)), Sequence(3));
  EXPECT_TRUE(engine->WaitFor(log_->Heads(), clock_.Now(), {"titles"}).ok());
  EXPECT_EQ(engine->WaitFor(log_->Heads(), clock_.Now()).code(), absl::StatusCode::kInternal);
}

TEST_F(EngineTest, AFoldThatFailsHalfWayLeavesNothing) {
  auto options = OptionsOver(*log_, *environment_);
  options.views = {std::make_shared<Failing>()};
  auto engine = OpenEngine(options);
  Append(Feed(1, 0), ids_.New<StreamId>(), Payload("goed"));
  CatchUp(*engine);
  const std::string before = DigestOf(*engine, 1, "failing");
  Append(Feed(1, 0), ids_.New<StreamId>(), Payload("stuk"));
  CatchUp(*engine);
  EXPECT_FALSE(engine->Health().ok());
  EXPECT_EQ(DigestOf(*engine, 1, "failing"), before);
  EXPECT_EQ(engine->Lag(), 1u);
}

TEST_F(EngineTest, SnapshotsStandStillAndAgreeOnTheCursor) {
  auto options = OptionsOver(*log_, *environment_);
  options.views.push_back(std::make_shared<Titles>("more"));
  auto engine = OpenEngine(options);
  Append(Feed(1, 0), ids_.New<StreamId>(), Payload("een"));
  CatchUp(*engine);
  const auto snapshot = engine->Read();
  Append(Feed(1, 0), ids_.New<StreamId>(), Payload("twee"));
  CatchUp(*engine);
  for (const char* name : {"titles", "more"}) {
    const auto reader = snapshot->View(name);
    ASSERT_TRUE(reader.ok());
    EXPECT_EQ((*reader)->cursor().At(Feed(1, 0)), Sequence(1));
    const auto count = (*reader)->Get(Feed(1, 0), "count");
    ASSERT_TRUE(count.ok());
    EXPECT_EQ(**count, "x");
  }
  EXPECT_LT(snapshot->commit(), engine->Read()->commit());
  EXPECT_TRUE(absl::IsNotFound(snapshot->View("nothing").status()));
}

TEST_F(EngineTest, TellsWhichRowsChanged) {
  auto engine = OpenEngine(OptionsOver(*log_, *environment_));
  CatchUp(*engine);
  std::set<std::string> keys;
  auto listening = engine->OnChange("titles", [&](const RowsChanged& changed) {
    for (const auto& row : changed.rows) keys.insert(row.key);
  });
  const auto stream = ids_.New<StreamId>();
  Append(Feed(1, 0), stream, Payload("een"));
  CatchUp(*engine);
  const auto events = log_->ReadFeed(Feed(1, 0), Sequence(0), 1);
  ASSERT_TRUE(events.ok());
  const std::string event = "e" + events->front().id.bytes();
  EXPECT_EQ(keys, (std::set<std::string>{"count", "t" + stream.bytes(), event}));
  listening.reset();
  keys.clear();
  Append(Feed(1, 0), stream, Payload("twee"));
  CatchUp(*engine);
  EXPECT_TRUE(keys.empty());
}

TEST_F(EngineTest, InTheBackgroundWaitsForOnesOwnWrites) {
  const eventstore::base::SystemClock clock;
  auto options = OptionsOver(*log_, *environment_);
  options.background = true;
  options.clock = &clock;
  auto engine = OpenEngine(options);
  for (int i = 0; i < 20; ++i) {
    Append(Feed(1, 0), ids_.New<StreamId>(), Payload("titel"));
    const auto waited = engine->WaitFor(log_->Heads(), clock.Now() + absl::Seconds(60));
    ASSERT_TRUE(waited.ok()) << waited;
    const auto snapshot = engine->Read();
    const auto reader = snapshot->View("titles");
    ASSERT_TRUE(reader.ok());
    EXPECT_GE((*reader)->cursor().At(Feed(1, 0)).value(), static_cast<uint64_t>(i + 1));
  }
  eventstore::log::Cursor future = log_->Heads();
  future.Set(Feed(1, 0), Sequence(1'000));
  const auto late = engine->WaitFor(future, clock.Now() + absl::Milliseconds(20));
  EXPECT_EQ(eventstore::base::DetailsOf(late).reason, "VIEW_BEHIND");
  engine->Stop();
}

TEST_F(EngineTest, BuildsMuchInTheBackgroundAsItDoesInSmallSteps) {
  std::vector<StreamId> streams;
  for (int i = 0; i < 20; ++i) streams.push_back(ids_.New<StreamId>());
  for (int i = 0; i < 800; ++i) {
    const FeedId feed = Feed(1, i % 3);
    if (i % 50 == 7) {
      Append(feed, streams[i % 20], Payload(""), "of_a_later_version");
    } else {
      Append(feed, streams[(i * 7) % 20], Payload(i % 9 == 0 ? "weg" : std::string(58'000, 'x')));
      Append(feed, ids_.New<StreamId>(), Payload(std::string(1'000 + i * 60, 'y')));
    }
  }
  const auto stepping = Environment::InMemory();
  auto in_steps = OpenEngine(OptionsOver(*log_, *stepping));
  CatchUp(*in_steps);

  const eventstore::base::SystemClock clock;
  auto options = OptionsOver(*log_, *environment_);
  options.background = true;
  options.clock = &clock;
  options.commit_events = 64;
  auto engine = OpenEngine(options);
  for (int round = 0; round < 2; ++round) {
    const auto built = engine->WaitFor(log_->Heads(), clock.Now() + absl::Minutes(2));
    ASSERT_TRUE(built.ok()) << built;
    EXPECT_TRUE(engine->Health().ok()) << engine->Health();
    EXPECT_EQ(DigestOf(*engine, 1), DigestOf(*in_steps, 1));
    EXPECT_EQ(engine->UnknownEvents(Feed(1, 0).circle), 16);
    engine.reset();
    engine = OpenEngine(options);
    EXPECT_EQ(engine->StartReport(), "");
  }
}

}  // namespace
}  // namespace projections::engine
