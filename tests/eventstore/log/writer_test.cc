// Many callers at once, and one batch for all who wait.
#include "eventstore/log/writer.h"

#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>

#include "eventstore/base/errors.h"
#include "tests/eventstore/log/log_fixture.h"
#include "tests/testing/faulty_environment.h"

namespace eventstore::log {
namespace {

using tests::testing::FaultyEnvironment;
using tests::testing::FileOperation;
using Verdict = FaultyEnvironment::Verdict;

// Holds up the first sync of the own database, or of another file, until it is opened.
class Gate {
 public:
  explicit Gate(std::string held_up = "/own/") : held_up_(std::move(held_up)) {}

  Verdict Pass(FileOperation operation, const std::string& path) {
    if (operation != FileOperation::kSync) return Verdict::kGoOn;
    if (path.find("/heads") != std::string::npos) ++heads_;
    base::MutexLock lock(mutex_);
    if (path.find("/own/") != std::string::npos) {
      ++syncs_;
      changed_.SignalAll();
    }
    if (path.find(held_up_) == std::string::npos) return Verdict::kGoOn;
    reached_ = true;
    changed_.SignalAll();
    while (!open_) changed_.Wait(mutex_);
    return Verdict::kGoOn;
  }
  void AwaitFirst() {
    base::MutexLock lock(mutex_);
    while (!reached_) changed_.Wait(mutex_);
  }
  void AwaitSyncs(int count) {
    base::MutexLock lock(mutex_);
    while (syncs_ < count) changed_.Wait(mutex_);
  }
  void Open() {
    base::MutexLock lock(mutex_);
    open_ = true;
    changed_.SignalAll();
  }
  int syncs() {
    base::MutexLock lock(mutex_);
    return syncs_;
  }
  int head_syncs() const { return heads_; }

 private:
  const std::string held_up_;
  std::atomic<int> heads_{0};
  base::Mutex mutex_;
  base::CondVar changed_;
  bool reached_ ABSL_GUARDED_BY(mutex_) = false;
  bool open_ ABSL_GUARDED_BY(mutex_) = false;
  int syncs_ ABSL_GUARDED_BY(mutex_) = 0;
};

// Answers of AppendAsync, in the order in which they were asked for.
class Answers {
 public:
  EventLog::AppendCallback Next() {
    return [this, place = NextPlace()](absl::StatusOr<AppendResult> answer) {
      base::MutexLock lock(mutex_);
      all_[place] = std::move(answer);
      ++given_;
      changed_.SignalAll();
    };
  }
  std::vector<absl::StatusOr<AppendResult>> Await(size_t count) {
    base::MutexLock lock(mutex_);
    while (given_ < count) changed_.Wait(mutex_);
    return all_;
  }

 private:
  size_t NextPlace() {
    base::MutexLock lock(mutex_);
    all_.emplace_back(absl::UnknownError("no answer yet"));
    return all_.size() - 1;
  }

  base::Mutex mutex_;
  base::CondVar changed_;
  std::vector<absl::StatusOr<AppendResult>> all_ ABSL_GUARDED_BY(mutex_);
  size_t given_ ABSL_GUARDED_BY(mutex_) = 0;
};

class WriterTest : public LogFixture {
 protected:
  void SetUp() override {
    options_.environment = &faults_;
    LogFixture::SetUp();
    ASSERT_TRUE(log_->CreateFeed(feed_).ok());
  }
  void TearDown() override {
    faults_.GoOn();
    log_.reset();
  }

  // One event whose sync is held up, and while it is, `count` more.
  void AppendBehind(Gate& gate, int count, Answers& answers) {
    faults_.SetJudge(
        [&gate](FileOperation op, const std::string& path) { return gate.Pass(op, path); });
    log_->AppendAsync(Request(feed_, NewStream()), answers.Next());
    gate.AwaitFirst();
    for (int i = 0; i < count; ++i) log_->AppendAsync(Request(feed_, NewStream()), answers.Next());
  }

  FaultyEnvironment faults_;
};

TEST_F(WriterTest, AllWhoWaitShareOneSync) {
  Gate gate;
  Answers answers;
  AppendBehind(gate, 64, answers);
  EXPECT_EQ(log_->Size(feed_), 0u);  // nothing is seen before it is synced
  gate.Open();
  for (const auto& answer : answers.Await(65)) EXPECT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(gate.syncs(), 2);
  // One, when the second batch was written before the heads of the first.
  EXPECT_LE(gate.head_syncs(), 2);
  EXPECT_EQ(log_->Size(feed_), 65u);
  faults_.GoOn();
  ExpectSignedTree(feed_);
}

// A caller that is slow with its answer does not keep the others of its batch waiting.
TEST_F(WriterTest, TwoTellTheAnswersOfOneBatch) {
  Gate gate;
  Answers answers;
  AppendBehind(gate, 0, answers);
  constexpr size_t kWaiting = 64;
  log_->AppendAsync(Request(feed_, NewStream()),
                    [&, done = answers.Next()](absl::StatusOr<AppendResult> answer) {
                      answers.Await(kWaiting / 2);
                      done(std::move(answer));
                    });
  for (size_t i = 1; i < kWaiting; ++i) {
    log_->AppendAsync(Request(feed_, NewStream()), answers.Next());
  }
  gate.Open();
  for (const auto& answer : answers.Await(kWaiting + 1))
    EXPECT_TRUE(answer.ok()) << answer.status();
}

// A server that ends: what callers do with their last answers may be new calls.
TEST_F(WriterTest, AnAnswerMayBringNewCallsWhileTheLogCloses) {
  options_.append_queue_limit = 10;
  Reopen();
  ASSERT_TRUE(log_->UnlockFeed(feed_).ok());
  Gate gate;
  faults_.SetJudge([&](FileOperation op, const std::string& path) { return gate.Pass(op, path); });
  EventLog& log = *log_;
  const AppendRequest next = Request(feed_, NewStream());
  std::atomic<int> answered{0};
  log.AppendAsync(Request(feed_, NewStream()), [&](const absl::StatusOr<AppendResult>& answer) {
    EXPECT_TRUE(answer.ok()) << answer.status();
    EXPECT_GE(log.Size(feed_), 1u);
    log.AppendAsync(next, [&](const absl::StatusOr<AppendResult>& refused) {
      EXPECT_TRUE(absl::IsCancelled(refused.status())) << refused.status();
      ++answered;
    });
  });
  gate.AwaitFirst();
  std::thread closing([this] { log_.reset(); });
  std::atomic<bool> is_closing{false};
  while (!is_closing) {
    log.AppendAsync(next, [&](const absl::StatusOr<AppendResult>& answer) {
      if (absl::IsCancelled(answer.status())) is_closing = true;
    });
  }
  gate.Open();
  closing.join();
  EXPECT_EQ(answered, 1);
}

TEST_F(WriterTest, RequestsOfOneBatchSeeEachOther) {
  Gate gate;
  faults_.SetJudge([&](FileOperation op, const std::string& path) { return gate.Pass(op, path); });
  Answers answers;
  log_->AppendAsync(Request(feed_, NewStream()), answers.Next());
  gate.AwaitFirst();
  const StreamId stream = NewStream();
  AppendRequest first = Request(feed_, stream);
  first.expected = {{feed_, stream, Revision(0)}};
  AppendRequest stale = Request(feed_, stream);
  stale.expected = {{feed_, stream, Revision(0)}};
  AppendRequest second = Request(feed_, stream);
  second.expected = {{feed_, stream, Revision(1)}};
  AppendRequest reused = first;
  reused.request_digest = std::string(32, 'e');
  for (const AppendRequest& request : {first, stale, second, first, reused}) {
    log_->AppendAsync(request, answers.Next());
  }
  gate.Open();
  const auto given = answers.Await(6);
  EXPECT_TRUE(given[1].ok()) << given[1].status();
  EXPECT_TRUE(absl::IsAborted(given[2].status())) << given[2].status();
  EXPECT_TRUE(given[3].ok()) << given[3].status();
  ASSERT_TRUE(given[4].ok()) << given[4].status();
  EXPECT_TRUE(given[4]->repeated);
  EXPECT_EQ(given[4]->positions[0].sequence, given[1]->positions[0].sequence);
  EXPECT_TRUE(absl::IsAlreadyExists(given[5].status())) << given[5].status();
  EXPECT_EQ(log_->Size(feed_), 3u);
}

TEST_F(WriterTest, TheNextBatchIsWrittenWhileTheHeadFileWaits) {
  Gate gate("/heads");
  faults_.SetJudge([&](FileOperation op, const std::string& path) { return gate.Pass(op, path); });
  Answers answers;
  const StreamId stream = NewStream();
  const AppendRequest first = Request(feed_, stream);
  log_->AppendAsync(first, answers.Next());
  gate.AwaitFirst();
  AppendRequest second = Request(feed_, stream);
  second.expected = {{feed_, stream, Revision(1)}};  // sees what is written
  log_->AppendAsync(second, answers.Next());
  log_->AppendAsync(first, answers.Next());  // again: executed once
  gate.AwaitSyncs(2);
  // Nothing is seen, told or found before the head file has it.
  EXPECT_EQ(log_->Size(feed_), 0u);
  EXPECT_TRUE(absl::IsNotFound(log_->FindRequest(first.request).status()));
  gate.Open();
  const auto given = answers.Await(3);
  for (const auto& answer : given) ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_FALSE(given[0]->repeated);
  EXPECT_EQ(given[1]->positions[0].sequence, Sequence(1));
  EXPECT_TRUE(given[2]->repeated);
  EXPECT_EQ(given[2]->positions[0].sequence, Sequence(0));
  EXPECT_EQ(log_->Size(feed_), 2u);
  faults_.GoOn();
  ExpectSignedTree(feed_);
}

TEST_F(WriterTest, AHeadFileThatFailsTakesBackWhatWasWrittenMeanwhile) {
  Fill(feed_, 5);
  Gate gate("/heads");
  std::atomic<bool> ill{true};
  faults_.SetJudge([&](FileOperation op, const std::string& path) {
    gate.Pass(op, path);
    const bool hit = op == FileOperation::kSync && path.find("/heads") != std::string::npos;
    return ill && (hit || path.ends_with("/probe")) ? Verdict::kFail : Verdict::kGoOn;
  });
  Answers answers;
  const AppendRequest first = Request(feed_, NewStream());
  const AppendRequest second = Request(feed_, NewStream());
  log_->AppendAsync(first, answers.Next());
  gate.AwaitFirst();
  log_->AppendAsync(second, answers.Next());
  log_->AppendAsync(first, answers.Next());
  gate.AwaitSyncs(2);
  gate.Open();
  for (const auto& answer : answers.Await(3)) {
    EXPECT_EQ(base::DetailsOf(answer.status()).reason, "WRITING_STOPPED") << answer.status();
  }
  EXPECT_EQ(log_->Size(feed_), 5u);
  EXPECT_FALSE(log_->OwnHealth().ok());
  ill = false;
  for (const AppendRequest& request : {first, second}) {
    const auto result = log_->Append(request);
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(log_->StreamRevision(feed_, request.records[0].stream), Revision(1));
  }
  EXPECT_EQ(log_->Size(feed_), 7u);
  ExpectSignedTree(feed_);
  faults_.GoOn();
}

TEST_F(WriterTest, AFullQueueRefuses) {
  options_.append_queue_limit = 2;
  Reopen();
  ASSERT_TRUE(log_->UnlockFeed(feed_).ok());
  Gate gate;
  faults_.SetJudge([&](FileOperation op, const std::string& path) { return gate.Pass(op, path); });
  Answers answers;
  log_->AppendAsync(Request(feed_, NewStream()), answers.Next());
  gate.AwaitFirst();
  for (int i = 0; i < 3; ++i) log_->AppendAsync(Request(feed_, NewStream()), answers.Next());
  const auto refused = answers.Await(1);
  EXPECT_TRUE(absl::IsResourceExhausted(refused[3].status()));
  EXPECT_EQ(base::DetailsOf(refused[3].status()).reason, "QUEUE_FULL");
  gate.Open();
  answers.Await(4);
  EXPECT_EQ(log_->Size(feed_), 3u);
}

TEST_F(WriterTest, ManyThreadsMakeOneGaplessFeed) {
  constexpr int kThreads = 8;
  constexpr int kAppends = 60;
  std::vector<std::thread> threads;
  base::Mutex mutex;
  std::map<uint64_t, EventId> acknowledged;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      const StreamId stream = NewStream();
      for (int j = 0; j < kAppends; ++j) {
        AppendRequest request = Request(feed_, stream);
        request.expected = {{feed_, stream, Revision(static_cast<uint64_t>(j))}};
        const auto result = log_->Append(std::move(request));
        ASSERT_TRUE(result.ok()) << result.status();
        // What is acknowledged can be read at once.
        const Sequence sequence = result->positions[0].sequence;
        const auto read = log_->ReadFeed(feed_, sequence, 1);
        ASSERT_TRUE(read.ok() && read->size() == 1) << read.status();
        EXPECT_EQ(read->front().id, result->positions[0].id);
        base::MutexLock lock(mutex);
        acknowledged[sequence.value()] = result->positions[0].id;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  Reopen();
  const auto events = log_->ReadFeed(feed_, Sequence(0), 10'000);
  ASSERT_TRUE(events.ok()) << events.status();
  ASSERT_EQ(events->size(), size_t{kThreads} * kAppends);
  ASSERT_EQ(acknowledged.size(), events->size());
  for (const StoredEvent& event : *events) {
    EXPECT_EQ(acknowledged[event.sequence.value()], event.id);
  }
  ExpectSignedTree(feed_);
}

TEST_F(WriterTest, NobodyWaitsForThoseWhoDoNotComeBack) {
  Gate gate;
  Answers answers;
  AppendBehind(gate, 64, answers);
  gate.Open();
  answers.Await(65);
  // The batch before had 64; these come one by one.
  for (size_t i = 0; i < 3; ++i) {
    log_->AppendAsync(Request(feed_, NewStream()), answers.Next());
    EXPECT_TRUE(answers.Await(66 + i).back().ok());
  }
  EXPECT_EQ(gate.syncs(), 5);
  EXPECT_EQ(log_->Size(feed_), 68u);
}

TEST_F(WriterTest, ClosingExecutesWhatWaits) {
  Answers answers;
  for (int i = 0; i < 20; ++i) log_->AppendAsync(Request(feed_, NewStream()), answers.Next());
  log_.reset();
  for (const auto& answer : answers.Await(20)) EXPECT_TRUE(answer.ok()) << answer.status();
  Reopen();
  EXPECT_EQ(log_->Size(feed_), 20u);
}

TEST_F(WriterTest, AFailedWriteIsRefusedAndGoesOnWhenTheDiskIsWell) {
  Fill(feed_, 5);
  for (const char* file : {"/own/", "/heads"}) {
    for (const Verdict failure : {Verdict::kFail, Verdict::kFailHalf}) {
      for (const FileOperation failing : {FileOperation::kWrite, FileOperation::kSync}) {
        std::atomic<bool> ill{true};
        faults_.SetJudge([&](FileOperation op, const std::string& path) {
          // The disk as a whole does not take writes any more after the first.
          const bool hit =
              op == failing && (path.find(file) != std::string::npos || path.ends_with("/probe"));
          return ill && hit ? failure : Verdict::kGoOn;
        });
        const uint64_t before = log_->Size(feed_);
        const AppendRequest request = Request(feed_, NewStream());
        const absl::Status failed = log_->Append(request).status();
        EXPECT_EQ(base::DetailsOf(failed).reason, "WRITING_STOPPED") << failed;
        EXPECT_TRUE(absl::IsUnavailable(log_->Append(Request(feed_, NewStream())).status()));
        EXPECT_FALSE(log_->OwnHealth().ok());
        EXPECT_FALSE(log_->Recover().ok());
        EXPECT_TRUE(log_->ReplicasHealth().ok());
        EXPECT_EQ(log_->Size(feed_), before);
        EXPECT_EQ(BytesOf(*log_, feed_).size(), before);
        ill = false;
        // The request is executed now or was executed then: once.
        const auto result = log_->Append(request);
        ASSERT_TRUE(result.ok()) << result.status();
        EXPECT_TRUE(log_->OwnHealth().ok());
        EXPECT_EQ(log_->StreamRevision(feed_, request.records[0].stream), Revision(1));
        EXPECT_EQ(log_->Size(feed_), before + 1);
        ExpectSignedTree(feed_);
        faults_.GoOn();
      }
    }
  }
  Reopen();
  EXPECT_EQ(log_->Size(feed_), 13u);
  ExpectSignedTree(feed_);
}

TEST_F(WriterTest, RecoveringTellsWhatTheFailedWriteLeft) {
  Fill(feed_, 5);
  // The batch arrives, its head does not.
  faults_.SetJudge([&](FileOperation, const std::string& path) {
    return path.find("/heads") != std::string::npos ? Verdict::kFail : Verdict::kGoOn;
  });
  const AppendRequest request = Request(feed_, NewStream());
  EXPECT_FALSE(log_->Append(request).ok());
  EXPECT_EQ(log_->Size(feed_), 5u);
  std::atomic<int> told{0};
  const auto listening = log_->OnChange([&](const FeedId& feed) { told += feed == feed_ ? 1 : 0; });
  EXPECT_FALSE(log_->Recover().ok());
  faults_.GoOn();
  EXPECT_TRUE(log_->Recover().ok());
  EXPECT_EQ(log_->Size(feed_), 6u);
  EXPECT_EQ(told, 1);
  EXPECT_TRUE(log_->FindRequest(request.request).ok());
  EXPECT_TRUE(log_->OwnHealth().ok());
  EXPECT_TRUE(log_->Recover().ok());
}

TEST_F(WriterTest, ReadersGoOnWhileTheLogRecovers) {
  Fill(feed_, 40);
  std::atomic<bool> stop{false};
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      while (!stop) {
        const auto events = log_->ReadFeed(feed_, Sequence(0), 30);
        ASSERT_TRUE(events.ok()) << events.status();
        EXPECT_EQ(events->size(), 30u);
        EXPECT_TRUE(log_->RootAt(feed_, 17).ok());
      }
    });
  }
  for (int i = 0; i < 5; ++i) {
    faults_.SetJudge([&](FileOperation op, const std::string& path) {
      const bool hit = op == FileOperation::kSync && path.find("/own/") != std::string::npos;
      return hit ? Verdict::kFail : Verdict::kGoOn;
    });
    EXPECT_FALSE(log_->Append(Request(feed_, NewStream())).ok());
    faults_.GoOn();
    // A moment without readers comes sooner or later.
    while (!log_->Append(Request(feed_, NewStream())).ok()) std::this_thread::yield();
  }
  stop = true;
  for (std::thread& reader : readers) reader.join();
  ExpectSignedTree(feed_);
}

TEST_F(WriterTest, ReplicasGoOnWhenTheDiskIsWell) {
  const FeedId foreign = FeedOf(1, 2);
  ASSERT_TRUE(log_->CreateFeed(foreign).ok());
  Fill(foreign, 3);
  const auto records = BytesOf(*log_, foreign);
  const crypto::Digest root = *log_->RootAt(foreign, 3);
  options_.directory = "/node/other";
  Reopen();
  faults_.SetJudge([&](FileOperation, const std::string& path) {
    const bool hit = path.find("/replicas/") != std::string::npos || path.ends_with("/probe");
    return hit ? Verdict::kFail : Verdict::kGoOn;
  });
  EXPECT_FALSE(log_->StoreVerified(foreign, Sequence(0), records, root).ok());
  EXPECT_FALSE(log_->StoreVerified(foreign, Sequence(0), records, root).ok());
  EXPECT_FALSE(log_->ReplicasHealth().ok());
  EXPECT_TRUE(log_->OwnHealth().ok());
  faults_.GoOn();
  ASSERT_TRUE(log_->StoreVerified(foreign, Sequence(0), records, root).ok());
  EXPECT_TRUE(log_->ReplicasHealth().ok());
  EXPECT_EQ(BytesOf(*log_, foreign), records);
}

}  // namespace
}  // namespace eventstore::log
