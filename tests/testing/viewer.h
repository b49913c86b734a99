#pragma once

#include <gtest/gtest.h>

#include <memory>

#include "eventstore/base/clock.h"
#include "eventstore/log/event_log.h"
#include "eventstore/storage/environment.h"
#include "projections/engine/engine.h"
#include "services/queries/queries.h"
#include "tests/testing/members/world.h"

namespace tests::testing {

// All views over a log, in memory; folds when CatchUp is called.
class Views {
 public:
  Views(eventstore::log::EventLog& log, const eventstore::base::Clock& clock)
      : log_(log), clock_(clock) {
    Reopen();
  }

  // As after a crash.
  void Reopen() {
    engine_.reset();
    projections::engine::Engine::Options options;
    options.directory = "/views";
    options.log = &log_;
    options.clock = &clock_;
    options.environment = environment_.get();
    options.views = services::queries::AllViews();
    options.commit_events = 5;
    options.background = false;
    auto engine = projections::engine::Engine::Open(std::move(options));
    ASSERT_TRUE(engine.ok()) << engine.status();
    engine_ = *std::move(engine);
  }

  bool Step() {
    const auto stepped = engine_->Step();
    EXPECT_TRUE(stepped.ok()) << stepped.status();
    return stepped.ok() && *stepped;
  }
  void CatchUp() {
    while (Step()) {
    }
  }

  projections::engine::Engine& engine() { return *engine_; }

 private:
  eventstore::log::EventLog& log_;
  const eventstore::base::Clock& clock_;
  std::unique_ptr<eventstore::storage::Environment> environment_ =
      eventstore::storage::Environment::InMemory();
  std::unique_ptr<projections::engine::Engine> engine_;
};

// A member's views and the queries over them.
class Viewer {
 public:
  Viewer(members::Member& member, const eventstore::base::Clock& clock)
      : views(*member.node.log, clock) {
    services::queries::Queries::Options options;
    options.log = member.node.log.get();
    options.engine = &views.engine();
    options.keys = member.node.keys.get();
    options.circles = member.node.circles.get();
    options.clock = &clock;
    queries = services::queries::Queries::Create(options);
  }

  Views views;
  std::unique_ptr<services::queries::Queries> queries;
};

}  // namespace tests::testing
