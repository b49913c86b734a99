#pragma once

#include <memory>
#include <thread>
#include <vector>

#include "eventstore/base/mutex.h"
#include "eventstore/log/feed_store.h"
#include "eventstore/log/growth.h"
#include "eventstore/log/heads.h"
#include "eventstore/log/teller.h"
#include "eventstore/storage/head_file.h"

namespace eventstore::log {

// What one batch did, once the database has it.
struct WrittenBatch {
  Heads heads;                         // of all own feeds after it
  std::vector<Growth> growths;         // not shown yet; empty when nothing was written
  std::vector<WaitingAppend> waiting;  // all get their answer
  std::vector<FeedId> found;           // turned out to hold more; to be announced
};

// The second half of an append: the head file, then readers see it, then the Teller
// has the callers told. It has a thread of its own, so that the database is written and synced
// for the next batch meanwhile; of several batches only the last heads go to the file.
//
// After the head file failed nothing more is acknowledged, until Adopt. Thread-safe.
class Acknowledger {
 public:
  struct Options {
    FeedStore* own = nullptr;                      // not owned
    std::unique_ptr<storage::HeadFile> head_file;  // none: until Adopt nothing is pushed
    Heads heads;                                   // as the head file has them
    Teller::Announce announce;                     // as Teller
  };
  explicit Acknowledger(Options options);
  ~Acknowledger() { Close(); }
  Acknowledger(const Acknowledger&) = delete;
  Acknowledger& operator=(const Acknowledger&) = delete;

  void Push(WrittenBatch batch);
  // Acknowledges what was pushed and has all of it told, then stops.
  void Close();
  // Acknowledges all that was pushed, without waiting until it was told: callbacks may
  // wait for whoever calls this.
  absl::Status Settle() ABSL_LOCKS_EXCLUDED(head_mutex_);
  // As Push and Settle of heads without events of their own.
  absl::Status Write(Heads heads) ABSL_LOCKS_EXCLUDED(head_mutex_);
  // Goes on with a head file that was opened again and holds `heads`. All that was
  // pushed was settled.
  void Adopt(std::unique_ptr<storage::HeadFile> head_file, Heads heads);

  // As acknowledged by now.
  Heads heads() const;
  // Why nothing more is acknowledged.
  absl::Status failure() const;

 private:
  void Run();
  // Shows what the head file has by now, or takes the answers back.
  void Show(WrittenBatch& batch, const absl::Status& status);
  absl::Status WriteHeads(Heads heads) ABSL_EXCLUSIVE_LOCKS_REQUIRED(head_mutex_);

  FeedStore& own_;

  // Taken first of the two; held while the file is written.
  mutable base::Mutex head_mutex_;
  std::unique_ptr<storage::HeadFile> head_file_ ABSL_GUARDED_BY(head_mutex_);
  Heads heads_ ABSL_GUARDED_BY(head_mutex_);

  mutable base::Mutex mutex_;
  base::CondVar changed_;
  std::vector<WrittenBatch> pushed_ ABSL_GUARDED_BY(mutex_);
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;

  Teller teller_;       // before the thread that hands over to it
  std::thread thread_;  // last: uses everything above
};

}  // namespace eventstore::log
