#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <string>

#include "eventstore/storage/database.h"
#include "projections/engine/engine.h"
#include "projections/engine/layout.h"
#include "tests/projections/engine/engine_fixture.h"
#include "tests/testing/eventually.h"
#include "tests/testing/faulty_environment.h"

namespace projections::engine {
namespace {

using tests::testing::Eventually;
using tests::testing::FaultyEnvironment;
using tests::testing::FileOperation;

// The disk gives out at any write, while building, taking over or keeping up, and is well
// again later.
TEST_F(EngineTest, GoesOnWhenAFullDiskHasRoomAgain) {
  Fill(12, 9);
  auto replay = OpenEngine(OptionsOver(*log_, *environment_));
  CatchUp(*replay);
  int stopped = 0;
  for (int at = 0; at < 12; ++at) {
    FaultyEnvironment disk;
    auto engine = OpenEngine(OptionsOver(*log_, disk));
    std::atomic<int> writes = 0;
    disk.SetJudge([&](auto operation, const auto&) {
      if (operation == FileOperation::kWrite) ++writes;
      return writes > at ? FaultyEnvironment::Verdict::kFailHalf
                         : FaultyEnvironment::Verdict::kGoOn;
    });
    for (int i = 0; i < 20; ++i) ASSERT_TRUE(engine->Step().ok());
    stopped += engine->Health().ok() ? 0 : 1;
    disk.GoOn();
    CatchUp(*engine);
    EXPECT_TRUE(engine->Health().ok()) << engine->Health();
    EXPECT_EQ(engine->Lag(), 0u) << at;
    EXPECT_EQ(DigestOf(*engine, 1), DigestOf(*replay, 1)) << at;
    EXPECT_EQ(engine->UnknownEvents(Feed(1, 0).circle), replay->UnknownEvents(Feed(1, 0).circle));
  }
  EXPECT_GT(stopped, 3);
}

TEST_F(EngineTest, GoesOnByItselfWhenAFullDiskHasRoomAgain) {
  const eventstore::base::SystemClock clock;
  Fill(12, 10);
  FaultyEnvironment disk;
  auto options = OptionsOver(*log_, disk);
  options.background = true;
  options.clock = &clock;
  auto engine = OpenEngine(options);
  ASSERT_TRUE(engine->WaitFor(log_->Heads(), clock.Now() + absl::Minutes(2)).ok());
  disk.SetJudge([](auto operation, const auto&) {
    return operation == FileOperation::kWrite ? FaultyEnvironment::Verdict::kFail
                                              : FaultyEnvironment::Verdict::kGoOn;
  });
  Append(Feed(1, 0), ids_.New<StreamId>(), Payload("vol"));
  ASSERT_TRUE(Eventually([&] { return !engine->Health().ok(); }));
  EXPECT_EQ(engine->Lag(), 1u);
  EXPECT_FALSE(engine->WaitFor(log_->Heads(), clock.Now() + absl::Minutes(2)).ok());
  EXPECT_TRUE(engine->Read()->View("titles").ok()) << "what was folded is still served";
  disk.GoOn();
  EXPECT_TRUE(Eventually([&] { return engine->Health().ok() && engine->Lag() == 0; }));
}

TEST_F(EngineTest, ThrowsAwayWhatIsDamagedOrNewer) {
  Fill(20, 5);
  auto engine = OpenEngine(OptionsOver(*log_, *environment_));
  CatchUp(*engine);
  EXPECT_EQ(engine->StartReport(), "");
  const std::string digest = DigestOf(*engine, 1);
  for (const auto& [key, value] :
       std::map<std::string, std::string>{{FormatKey(), std::string("\0\0\0\x09", 4)},
                                          {DamageKey(), "1"},
                                          {GenerationKey(77), "?"}}) {
    engine.reset();
    {
      const auto database = OpenViews();
      ASSERT_TRUE(database.ok()) << database.status();
      eventstore::storage::Batch batch;
      batch.Put(key, value);
      ASSERT_TRUE((*database)->Write(batch, eventstore::storage::Durability::kSynced).ok());
    }
    engine = OpenEngine(OptionsOver(*log_, *environment_));
    EXPECT_NE(engine->StartReport(), "");
    CatchUp(*engine);
    EXPECT_EQ(DigestOf(*engine, 1), digest);
  }
}

}  // namespace
}  // namespace projections::engine
