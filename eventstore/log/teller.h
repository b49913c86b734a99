#pragma once

#include <array>
#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "eventstore/base/mutex.h"
#include "eventstore/log/event_log.h"

namespace eventstore::log {

// A request that waits for its answer.
struct WaitingAppend {
  AppendRequest request;
  EventLog::AppendCallback done;
  absl::StatusOr<AppendResult> answer = absl::InternalError("");
  // The answer is true only when its batch, and those before it, are acknowledged.
  bool depends_on_batch = false;
};

// The end of an append: callers get their answers, then subscribers are told. What a caller
// does with an answer (a reply over the network) takes more than a third of the time that writing
// its event takes, so two threads share it, a batch in parts. Answers may come in any order and
// two at a time. Thread-safe.
class Teller {
 public:
  using Announce = std::function<void(const std::vector<FeedId>&)>;

  // `announce` is called on the threads, when a batch has no answers left that neither has
  // begun with.
  explicit Teller(Announce announce);
  ~Teller() { Close(); }
  Teller(const Teller&) = delete;
  Teller& operator=(const Teller&) = delete;

  // Takes the answers of one batch, and the feeds in which there is something new.
  void Tell(std::vector<WaitingAppend> answered, std::vector<FeedId> grown);
  // Tells what was handed over, then stops. Not from an answer or an announcement.
  void Close();

 private:
  struct Part {
    std::vector<WaitingAppend> answered;
    std::vector<FeedId> grown;  // of the last part of a batch
  };
  void Run();

  const Announce announce_;
  base::Mutex mutex_;
  base::CondVar changed_;
  std::deque<Part> parts_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::array<std::thread, 2> threads_;  // last: use everything above
};

}  // namespace eventstore::log
