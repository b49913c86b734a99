#pragma once

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "eventstore/base/clock.h"
#include "eventstore/base/errors.h"
#include "eventstore/log/event_log.h"
#include "eventstore/storage/database.h"
#include "eventstore/storage/environment.h"
#include "poolcirkel/event/v1/event.pb.h"
#include "projections/engine/engine.h"
#include "tests/testing/seams.h"

namespace projections::engine {

using eventstore::log::AppendRequest;
using eventstore::log::CircleId;
using eventstore::log::EventId;
using eventstore::log::EventLog;
using eventstore::log::FeedId;
using eventstore::log::MemberId;
using eventstore::log::NewRecord;
using eventstore::log::RequestId;
using eventstore::log::Sequence;
using eventstore::log::StreamId;
using eventstore::storage::Environment;
using Body = poolcirkel::event::v1::Event;

// Keeps each title under its stream, counts the events of the feed, and names them all.
class Titles : public View {
 public:
  explicit Titles(std::string name = "titles", uint32_t version = 1)
      : name_(std::move(name)), version_(version) {}
  std::string_view name() const override { return name_; }
  uint32_t version() const override { return version_; }

  absl::Status Fold(const Event& event, RowWriter& rows) const override {
    ASSIGN_OR_RETURN(const auto before, rows.Get("count"));
    rows.Put("count", before.value_or("") + "x");
    const auto& published = event.body().assignment_published();
    if (published.title() == "weg") {
      rows.Delete("t" + event.stream().bytes());
    } else {
      rows.Put("t" + event.stream().bytes(), std::to_string(version_) + published.title());
    }
    rows.Add({"e", event.id().view()}, {event.payload(), "!"});
    return absl::OkStatus();
  }

 private:
  const std::string name_;
  const uint32_t version_;
};

class Failing final : public Titles {
 public:
  Failing() : Titles("failing") {}
  absl::Status Fold(const Event& event, RowWriter& rows) const override {
    RETURN_IF_ERROR(Titles::Fold(event, rows));
    if (event.body().assignment_published().title() == "stuk") return absl::InternalError("stuk");
    return absl::OkStatus();
  }
};

inline FeedId Feed(uint8_t circle, uint8_t member) {
  std::array<uint8_t, 32> circle_bytes{circle};
  std::array<uint8_t, 16> member_bytes{member};
  return {CircleId(circle_bytes), MemberId(member_bytes), eventstore::log::Epoch(0)};
}

inline std::string Payload(const std::string& title) {
  Body body;
  body.mutable_assignment_published()->set_title(title);
  return body.SerializeAsString();
}

// A log with own feeds that a test fills.
class EngineTest : public testing::Test {
 protected:
  EngineTest() { log_ = OpenLog(*log_environment_); }

  std::unique_ptr<EventLog> OpenLog(Environment& environment) {
    EventLog::Options options;
    options.directory = "/log";
    options.clock = &clock_;
    options.log_key = &key_;
    options.environment = &environment;
    auto log = EventLog::Open(options);
    EXPECT_TRUE(log.ok()) << log.status();
    return *std::move(log);
  }

  void Append(const FeedId& feed, const StreamId& stream, std::string payload,
              std::string type = "assignment_published") {
    clock_.Advance(absl::Milliseconds(1));
    if (!log_->IsOwn(feed)) {
      ASSERT_TRUE(log_->CreateFeed(feed).ok());
    }
    NewRecord record{feed, stream, ids_.New<EventId>(), std::move(type), std::move(payload), {}};
    record.actor.set_field_number(9);
    record.actor.set_key_id(std::string(16, 'k'));
    record.actor.set_nonce(std::string(12, 'n'));
    record.actor.set_ciphertext(std::string(16, 'c'));
    record.actor.set_commitment(std::string(32, 'd'));
    AppendRequest request{ids_.New<RequestId>(), std::string(32, 'r'), {}, {record}};
    const auto result = log_->Append(std::move(request));
    ASSERT_TRUE(result.ok()) << result.status();
  }

  // `count` events over three feeds of one circle and one of another, some unknown.
  void Fill(int count, uint64_t seed) {
    std::mt19937_64 random(seed);
    std::vector<StreamId> streams;
    for (int i = 0; i < 5; ++i) streams.push_back(ids_.New<StreamId>());
    for (int i = 0; i < count; ++i) {
      const auto member = static_cast<uint8_t>(random() % 4);
      const FeedId feed = member == 3 ? Feed(2, 1) : Feed(1, member);
      const StreamId stream = streams[random() % streams.size()];
      switch (random() % 8) {
        case 0:
          Append(feed, stream, Payload("iets nieuws"), "moon_reached");
          break;
        case 1:
          Append(feed, stream, "\x01 geen bericht");
          break;
        case 2:
          Append(feed, stream, Payload("weg"));
          break;
        default:
          Append(feed, stream, Payload("titel " + std::to_string(i)));
      }
    }
  }

  Engine::Options OptionsOver(EventLog& log, Environment& environment) {
    Engine::Options options;
    options.directory = "/views";
    options.log = &log;
    options.clock = &clock_;
    options.environment = &environment;
    options.views = {std::make_shared<Titles>()};
    options.commit_events = 3;
    options.background = false;
    return options;
  }

  // The database of the views, while no engine has it open.
  absl::StatusOr<std::unique_ptr<eventstore::storage::Database>> OpenViews() {
    eventstore::storage::Database::Options where;
    where.path = "/views";
    where.environment = environment_.get();
    return eventstore::storage::Database::Open(where);
  }

  static std::unique_ptr<Engine> OpenEngine(Engine::Options options) {
    auto engine = Engine::Open(std::move(options));
    EXPECT_TRUE(engine.ok()) << engine.status();
    return *std::move(engine);
  }

  static void CatchUp(Engine& engine) {
    while (true) {
      const auto stepped = engine.Step();
      ASSERT_TRUE(stepped.ok()) << stepped.status();
      if (!*stepped) return;
    }
  }

  static std::string DigestOf(Engine& engine, uint8_t circle, std::string_view view = "titles") {
    const auto digest = engine.Digest(view, Feed(circle, 0).circle);
    EXPECT_TRUE(digest.ok()) << digest.status();
    return digest.ok() ? eventstore::base::ToText(*digest) : "";
  }

  tests::testing::ManualClock clock_;
  tests::testing::SeededEntropy entropy_{7};
  eventstore::base::IdGenerator ids_{clock_, entropy_};
  eventstore::crypto::PrivateKey key_ = eventstore::crypto::PrivateKey::Generate(entropy_);
  std::unique_ptr<Environment> log_environment_ = Environment::InMemory();
  std::unique_ptr<Environment> environment_ = Environment::InMemory();
  std::unique_ptr<EventLog> log_;
};

}  // namespace projections::engine
