#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "eventstore/base/clock.h"
#include "eventstore/base/entropy.h"
#include "eventstore/crypto/signature.h"
#include "eventstore/log/event_log.h"
#include "eventstore/storage/environment.h"

namespace eventstore::log {

// A clock that stands still until a test moves it.
class StandingClock final : public base::Clock {
 public:
  absl::Time Now() const override {
    base::MutexLock lock(mutex_);
    return now_;
  }
  void Set(absl::Time now) {
    base::MutexLock lock(mutex_);
    now_ = now;
  }

 private:
  mutable base::Mutex mutex_;
  absl::Time now_ ABSL_GUARDED_BY(mutex_) = absl::FromUnixSeconds(1'800'000'000);
};

// Bytes that are the same in every run.
class CountingEntropy final : public base::Entropy {
 public:
  explicit CountingEntropy(uint64_t seed = 1) : state_(seed) {}
  std::string Bytes(size_t count) override;

 private:
  base::Mutex mutex_;
  uint64_t state_ ABSL_GUARDED_BY(mutex_);
};

// A log in memory, with what is needed to fill it.
class LogFixture : public testing::Test {
 protected:
  LogFixture();

  void SetUp() override { Reopen(); }
  // Closes the log when it is open, and opens it over the same files.
  void Reopen();
  absl::StatusOr<std::unique_ptr<EventLog>> TryOpen() { return EventLog::Open(options_); }

  static FeedId FeedOf(uint8_t circle, uint8_t member, uint64_t epoch = 0);
  StreamId NewStream() { return ids_.New<StreamId>(); }
  NewRecord Record(const FeedId& feed, const StreamId& stream, std::string payload = "payload",
                   std::string type = "assignment_published");
  // A request with fresh ids and one record in `feed`.
  AppendRequest Request(const FeedId& feed, const StreamId& stream,
                        std::string payload = "payload");
  AppendRequest Request(std::vector<NewRecord> records);
  // Appends `count` single events to fresh streams, and expects that it works.
  void Fill(const FeedId& feed, int count);
  // Records as another member's node would have them, on a log of its own.
  std::vector<std::string> BytesOf(const EventLog& log, const FeedId& feed);
  // Verifies the feed's checkpoint, and that its root is that of all its bytes.
  void ExpectSignedTree(const FeedId& feed);

  StandingClock clock_;
  CountingEntropy entropy_;
  base::IdGenerator ids_{clock_, entropy_};
  crypto::PrivateKey key_;
  std::unique_ptr<storage::Environment> environment_ = storage::Environment::InMemory();
  EventLog::Options options_;
  std::unique_ptr<EventLog> log_;
  const FeedId feed_ = FeedOf(1, 1);
};

}  // namespace eventstore::log
