#pragma once

#include <functional>
#include <map>
#include <memory>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "eventstore/base/mutex.h"
#include "eventstore/log/acknowledger.h"
#include "eventstore/log/event_log.h"
#include "eventstore/log/feed_store.h"
#include "eventstore/log/growth.h"
#include "eventstore/log/heads.h"
#include "eventstore/log/request_index.h"
#include "eventstore/storage/head_file.h"

namespace eventstore::log {

// The one who writes the own feeds: a queue and a thread that takes everything that
// waits as one batch. A request is checked against the feeds as the requests before
// it, in this batch and in those before, leave them. One database write with one fsync;
// the Acknowledger does the rest while the next batch is made.
//
// Callers that were answered together come back together, and one large batch costs less
// than two small ones. So the thread waits until there are as many as the last time, but no
// longer than a quarter of the time that the last batch took: who is alone waits for nobody.
//
// After a failed write nobody knows what stands on the disk, so nothing more is written
// until the database and the head file were opened again and agree (Recover, tried by
// every write); health() says why. Damage that reading finds stops writing for good.
// Thread-safe.
class Writer {
 public:
  struct Options {
    FeedStore* own = nullptr;                     // not owned
    std::string directory;                        // holds the head file
    storage::Environment* environment = nullptr;  // not owned; nullptr: the real disk
    absl::Status trouble;                         // not OK: starts as after a failed write
    std::unique_ptr<storage::HeadFile> head_file;
    Heads heads;                                                     // as the head file has them
    const base::Clock* clock = nullptr;                              // not owned
    const crypto::PrivateKey* log_key = nullptr;                     // not owned
    std::function<const crypto::PrivateKey*(const FeedId&)> key_of;  // as EventLog::Options
    size_t queue_limit = 0;                                          // requests
    // The latest recorded time of the own feeds.
    absl::Time last_recorded = absl::UnixEpoch();
    // As Teller; called by who finds that the feeds hold more after a failure, as well.
    std::function<void(const std::vector<FeedId>&)> announce;
  };
  explicit Writer(Options options);
  ~Writer() { Close(); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  void Submit(AppendRequest request, EventLog::AppendCallback done);
  // Executes what waits and has it told, then stops; what is submitted meanwhile is CANCELLED.
  // Not from a callback.
  void Close();
  // Makes an own feed. ALREADY_EXISTS; RESOURCE_EXHAUSTED past kMaximumOwnFeeds.
  absl::Status CreateFeed(const FeedId& feed, bool locked);
  // As EventLog::StoreVerified of an own feed; `events` are the records decoded.
  absl::Status Restore(const FeedId& feed, Sequence first, const std::vector<StoredEvent>& events,
                       const crypto::Digest& root_after, std::optional<SignedCheckpoint> checkpoint)
      ABSL_LOCKS_EXCLUDED(commit_mutex_);
  absl::StatusOr<AppendResult> FindRequest(const RequestId& request) const;
  // Tries to write again after a failure. OK when there was none.
  absl::Status Recover();
  // nullptr when the feed's key is not here.
  const crypto::PrivateKey* KeyOf(const FeedId& feed) const;
  // The value of the head file, acknowledged by now.
  std::string EncodedHeads() const;
  absl::Status health() const;

 private:
  struct Transaction;  // writer_transaction.h

  void Run();
  std::vector<WaitingAppend> TakeWaiting(size_t expected, absl::Duration longest)
      ABSL_LOCKS_EXCLUDED(queue_mutex_);
  // Waits for the first request, and then at most `longest` until there are `expected`.
  void Gather(size_t expected, absl::Duration longest) ABSL_EXCLUSIVE_LOCKS_REQUIRED(queue_mutex_);
  void Execute(std::vector<WaitingAppend> waiting) ABSL_LOCKS_EXCLUDED(commit_mutex_);
  absl::StatusOr<AppendResult> ExecuteOne(WaitingAppend& waiting, Transaction& transaction)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(commit_mutex_);
  absl::StatusOr<AppendResult> AppendAll(const AppendRequest& request, Transaction& transaction)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(commit_mutex_);
  // OK when writing may go on, after recovering when that was needed. Feeds that turned
  // out to hold more are added to `grown`.
  absl::Status MayWrite(std::vector<FeedId>& grown) ABSL_EXCLUSIVE_LOCKS_REQUIRED(commit_mutex_);
  absl::Status Reopen(std::vector<FeedId>& grown) ABSL_EXCLUSIVE_LOCKS_REQUIRED(commit_mutex_);
  void SetHealth(absl::Status health);
  // What the transaction does to the feed, on top of all that was written.
  Growth& GrowthOf(Feed& feed, Transaction& transaction)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(commit_mutex_);
  // Writes it, and says what there is to acknowledge.
  absl::Status Commit(Transaction& transaction, WrittenBatch& written)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(commit_mutex_);
  // One write of the database; after a failure none follows.
  absl::Status WriteDurably(storage::Batch& batch) ABSL_EXCLUSIVE_LOCKS_REQUIRED(commit_mutex_);
  // Where the requests of restored records stand, besides what was known of them.
  absl::Status IndexRequests(const std::vector<StoredEvent>& events, storage::Batch& batch) const;
  absl::Time NextTime() ABSL_EXCLUSIVE_LOCKS_REQUIRED(commit_mutex_);

  FeedStore& own_;
  const std::string directory_;
  storage::Environment* const environment_;
  RequestIndex requests_;
  const base::Clock& clock_;
  const crypto::PrivateKey& log_key_;
  const std::function<const crypto::PrivateKey*(const FeedId&)> key_of_;
  const size_t queue_limit_;
  const std::function<void(const std::vector<FeedId>&)> announce_;

  base::Mutex queue_mutex_;
  base::CondVar queue_changed_;
  std::vector<WaitingAppend> queue_ ABSL_GUARDED_BY(queue_mutex_);
  // With fewer than this the thread is not woken.
  size_t awaited_ ABSL_GUARDED_BY(queue_mutex_) = 1;
  bool stopping_ ABSL_GUARDED_BY(queue_mutex_) = false;

  // Held by whoever changes the own database's feeds.
  mutable base::Mutex commit_mutex_;
  // As the database has them; what is acknowledged may be less.
  Heads heads_ ABSL_GUARDED_BY(commit_mutex_);
  std::map<FeedId, merkle::Frontier> written_ ABSL_GUARDED_BY(commit_mutex_);
  // Empty between two batches; kept for its memory.
  storage::Batch batch_ ABSL_GUARDED_BY(commit_mutex_);

  mutable base::Mutex health_mutex_;
  absl::Status health_ ABSL_GUARDED_BY(health_mutex_);

  absl::Time last_recorded_ ABSL_GUARDED_BY(commit_mutex_);
  Acknowledger acknowledger_;  // before the thread that pushes to it
  std::thread thread_;         // last: uses everything above
};

}  // namespace eventstore::log
