#include "eventstore/log/subscription.h"

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <optional>
#include <random>
#include <thread>

#include "tests/eventstore/log/log_fixture.h"

namespace eventstore::log {
namespace {

class SubscriptionTest : public LogFixture {
 protected:
  void SetUp() override {
    LogFixture::SetUp();
    ASSERT_TRUE(log_->CreateFeed(feed_).ok());
    ASSERT_TRUE(log_->CreateFeed(other_feed_).ok());
  }

  // Reads until the cursor covers `until`.
  static std::vector<StoredEvent> ReadUntil(Subscription& subscription, const Cursor& until) {
    std::vector<StoredEvent> events;
    while (true) {
      auto batch = subscription.Next(absl::Seconds(20));
      EXPECT_TRUE(batch.ok()) << batch.status();
      if (!batch.ok()) return events;
      for (StoredEvent& event : batch->events) events.push_back(std::move(event));
      if (batch->cursor.Covers(until)) return events;
    }
  }

  const FeedId other_feed_ = FeedOf(2, 2);
};

TEST_F(SubscriptionTest, CatchesUpInBoundedBatchesInOrder) {
  Fill(feed_, 1'200);
  Fill(other_feed_, 10);
  const auto subscription = log_->Subscribe({}, {});
  std::map<FeedId, uint64_t> next;
  Cursor cursor;
  while (!cursor.Covers(log_->Heads())) {
    const auto batch = subscription->Next(absl::ZeroDuration());
    ASSERT_TRUE(batch.ok()) << batch.status();
    EXPECT_LE(batch->events.size(), 512u);
    for (const StoredEvent& event : batch->events) {
      EXPECT_EQ(event.sequence.value(), next[event.feed]++);
    }
    cursor = batch->cursor;
  }
  EXPECT_EQ(next[feed_], 1'200u);
  EXPECT_EQ(next[other_feed_], 10u);
  EXPECT_EQ(cursor, log_->Heads());
}

TEST_F(SubscriptionTest, ALongFeedDoesNotHoldUpTheOthers) {
  Fill(feed_, 1'200);
  Fill(other_feed_, 10);
  const auto first = log_->Subscribe({}, {})->Next(absl::ZeroDuration());
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->cursor.At(other_feed_), Sequence(10));
  // And fills what the short one leaves.
  EXPECT_EQ(first->events.size(), 512u);
}

TEST_F(SubscriptionTest, LargeEventsMakeASmallBatch) {
  constexpr size_t kBytes = 60'000;
  constexpr size_t kLargest = (4u << 20) + 2 * kBytes;
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(log_->Append(Request(feed_, NewStream(), std::string(kBytes, 'x'))).ok());
  }
  const auto subscription = log_->Subscribe({}, {});
  size_t events = 0;
  while (events < 100) {
    const auto batch = subscription->Next(absl::ZeroDuration());
    ASSERT_TRUE(batch.ok()) << batch.status();
    ASSERT_FALSE(batch->events.empty());
    EXPECT_LE(batch->events.size() * kBytes, kLargest);
    events += batch->events.size();
  }
  EXPECT_EQ(events, 100u);
}

TEST_F(SubscriptionTest, StartsAtItsCursor) {
  Fill(feed_, 10);
  Cursor from;
  from.Set(feed_, Sequence(7));
  const auto batch = log_->Subscribe(from, {})->Next(absl::ZeroDuration());
  ASSERT_TRUE(batch.ok());
  ASSERT_EQ(batch->events.size(), 3u);
  EXPECT_EQ(batch->events[0].sequence, Sequence(7));
}

TEST_F(SubscriptionTest, GivesAnEmptyBatchAfterTheTimeout) {
  Fill(feed_, 1);
  const auto subscription = log_->Subscribe(log_->Heads(), {});
  const auto batch = subscription->Next(absl::Milliseconds(5));
  ASSERT_TRUE(batch.ok());
  EXPECT_TRUE(batch->events.empty());
  EXPECT_EQ(batch->cursor, log_->Heads());
}

TEST_F(SubscriptionTest, WakesForWhatIsAppended) {
  const auto subscription = log_->Subscribe({}, {});
  std::thread writer([&] { Fill(feed_, 3); });
  Cursor until;
  until.Set(feed_, Sequence(3));
  EXPECT_EQ(ReadUntil(*subscription, until).size(), 3u);
  writer.join();
}

TEST_F(SubscriptionTest, NewFeedsJoin) {
  const auto subscription = log_->Subscribe({}, {});
  const FeedId late = FeedOf(3, 3);
  std::thread writer([&] {
    ASSERT_TRUE(log_->CreateFeed(late).ok());
    Fill(late, 2);
  });
  Cursor until;
  until.Set(late, Sequence(2));
  EXPECT_EQ(ReadUntil(*subscription, until).size(), 2u);
  writer.join();
}

TEST_F(SubscriptionTest, TheCursorAdvancesOverWhatIsSkipped) {
  const StreamId stream = NewStream();
  Fill(feed_, 700);
  ASSERT_TRUE(log_->Append(Request({Record(feed_, stream, "p", "wanted")})).ok());
  Fill(feed_, 700);
  Fill(other_feed_, 3);
  Filter by_type;
  by_type.types = {"wanted"};
  Filter by_stream;
  by_stream.stream = stream;
  Filter by_feed;
  by_feed.feeds = {other_feed_};
  for (const auto& [filter, count] :
       std::vector<std::pair<Filter, size_t>>{{by_type, 1}, {by_stream, 1}, {by_feed, 3}}) {
    const auto batch = log_->Subscribe({}, filter)->Next(absl::ZeroDuration());
    ASSERT_TRUE(batch.ok()) << batch.status();
    EXPECT_EQ(batch->events.size(), count);
    EXPECT_EQ(batch->cursor, log_->Heads());
  }
  Filter nothing;
  nothing.types = {"unwritten"};
  const auto batch = log_->Subscribe({}, nothing)->Next(absl::Seconds(20));
  ASSERT_TRUE(batch.ok());
  EXPECT_TRUE(batch->events.empty());
  EXPECT_EQ(batch->cursor, log_->Heads());
}

TEST_F(SubscriptionTest, CancelWakesIt) {
  const auto subscription = log_->Subscribe({}, {});
  std::thread canceller([&] { subscription->Cancel(); });
  EXPECT_TRUE(absl::IsCancelled(subscription->Next(absl::InfiniteDuration()).status()));
  canceller.join();
  EXPECT_TRUE(absl::IsCancelled(subscription->Next(absl::ZeroDuration()).status()));
}

TEST_F(SubscriptionTest, ClosingTheLogWakesItAndItMayOutliveTheLog) {
  const auto subscription = log_->Subscribe({}, {});
  std::thread reader([&] {
    EXPECT_TRUE(absl::IsCancelled(subscription->Next(absl::InfiniteDuration()).status()));
  });
  log_.reset();
  reader.join();
  EXPECT_TRUE(absl::IsCancelled(subscription->Next(absl::ZeroDuration()).status()));
  Reopen();
}

TEST_F(SubscriptionTest, AListenerMayEndItself) {
  std::atomic<int> heard{0};
  std::shared_ptr<void> handle;
  handle = log_->OnChange([&](const FeedId&) {
    ++heard;
    handle.reset();
  });
  Fill(feed_, 1);
  Fill(feed_, 1);
  log_.reset();
  EXPECT_EQ(heard, 1);
}

TEST_F(SubscriptionTest, ListenersHearOfChangesUntilTheyEnd) {
  std::atomic<int> heard{0};
  auto handle = log_->OnChange([&](const FeedId& feed) {
    if (feed == feed_) ++heard;
  });
  Fill(feed_, 1);
  // Told after the caller was; closing waits for it.
  log_.reset();
  EXPECT_EQ(heard, 1);
  Reopen();
  handle = log_->OnChange([&](const FeedId&) { heard += 100; });
  handle.reset();
  ASSERT_TRUE(log_->UnlockFeed(feed_).ok());
  Fill(feed_, 1);
  log_.reset();
  EXPECT_EQ(heard, 1);
}

// Readers with random cursors and filters, while three threads append to two feeds
// at random: every reader gets exactly what its filter lets through, in order.
class SubscriptionProperty : public SubscriptionTest, public testing::WithParamInterface<int> {
 protected:
  struct Reader {
    Cursor from;
    Filter filter;
    std::unique_ptr<Subscription> subscription;
    std::vector<StoredEvent> events;
    std::thread thread;
  };

  void Start(Reader& reader, std::mt19937_64& random) {
    if (random() % 2) reader.from.Set(feed_, Sequence(random() % (log_->Size(feed_) + 1)));
    if (random() % 2) reader.filter.types = {kTypes[random() % 3], kTypes[random() % 3]};
    if (random() % 3 == 0) reader.filter.feeds = {random() % 2 ? feed_ : other_feed_};
    reader.subscription = log_->Subscribe(reader.from, reader.filter);
    reader.thread = std::thread([this, &reader, seed = random()] { Read(reader, seed); });
  }

  // Until all is written and read.
  void Read(Reader& reader, uint64_t seed) {
    std::mt19937_64 pace(seed);
    while (true) {
      auto batch = reader.subscription->Next(absl::Milliseconds(pace() % 20));
      ASSERT_TRUE(batch.ok()) << batch.status();
      for (StoredEvent& event : batch->events) reader.events.push_back(std::move(event));
      base::MutexLock lock(mutex_);
      if (end_ && batch->cursor.Covers(*end_)) return;
    }
  }

  void Write(uint64_t seed) {
    std::mt19937_64 dice(seed);
    for (int i = 0; i < 40; ++i) {
      std::vector<NewRecord> records;
      for (uint64_t count = dice() % 4 + 1; count > 0; --count) {
        records.push_back(
            Record(dice() % 2 ? feed_ : other_feed_, NewStream(), "p", kTypes[dice() % 3]));
      }
      const auto result = log_->Append(Request(std::move(records)));
      ASSERT_TRUE(result.ok()) << result.status();
    }
  }

  void ExpectComplete(const Reader& reader) {
    std::map<FeedId, std::vector<uint64_t>> expected;
    std::map<FeedId, std::vector<uint64_t>> got;
    for (const FeedId& feed : {feed_, other_feed_}) {
      if (reader.filter.feeds && !reader.filter.feeds->contains(feed)) continue;
      const auto events = log_->ReadFeed(feed, reader.from.At(feed), 100'000);
      ASSERT_TRUE(events.ok()) << events.status();
      for (const StoredEvent& event : *events) {
        if (reader.filter.types && !reader.filter.types->contains(event.type)) continue;
        expected[feed].push_back(event.sequence.value());
      }
    }
    for (const StoredEvent& event : reader.events) {
      got[event.feed].push_back(event.sequence.value());
    }
    EXPECT_EQ(got, expected);
  }

  const std::vector<std::string> kTypes = {"one", "two", "three"};
  base::Mutex mutex_;
  std::optional<Cursor> end_ ABSL_GUARDED_BY(mutex_);
};

TEST_P(SubscriptionProperty, NoGapAndNoDuplicate) {
  std::mt19937_64 random(static_cast<uint64_t>(GetParam()));
  Fill(feed_, static_cast<int>(random() % 300));
  std::vector<Reader> readers(4);
  for (Reader& reader : readers) Start(reader, random);
  std::vector<std::thread> writers;
  for (int i = 0; i < 3; ++i) {
    writers.emplace_back([this, seed = random()] { Write(seed); });
  }
  for (std::thread& writer : writers) writer.join();
  {
    base::MutexLock lock(mutex_);
    end_ = log_->Heads();
  }
  for (Reader& reader : readers) reader.thread.join();
  for (const Reader& reader : readers) ExpectComplete(reader);
}

INSTANTIATE_TEST_SUITE_P(Seeds, SubscriptionProperty, testing::Range(1, 11));

}  // namespace
}  // namespace eventstore::log
