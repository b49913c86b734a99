#pragma once

#include <deque>
#include <functional>
#include <thread>

#include "absl/time/time.h"
#include "eventstore/base/mutex.h"

namespace services::peer {

// One thread that does what it is given, in order, and looks after timers in between.
// Post, Hold and Release from any thread; Start and Stop once, from one.
class Pump {
 public:
  using Work = std::function<void()>;

  Pump() = default;
  ~Pump() { Stop(); }
  Pump(const Pump&) = delete;
  Pump& operator=(const Pump&) = delete;

  // `tick` runs after every batch of work, and again when the time that it answers
  // has passed.
  void Start(std::function<absl::Duration()> tick);
  // Does the work that is still posted and waits until nobody holds, then ends.
  void Stop();

  void Post(Work work) ABSL_LOCKS_EXCLUDED(mutex_);
  // Somebody will post more: the thread does not end before as many Releases. A
  // Release is the last thing that its holder does.
  void Hold() ABSL_LOCKS_EXCLUDED(mutex_);
  void Release() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void Run();
  // The posted work; false when the thread is to end.
  bool Take(absl::Duration timeout, std::deque<Work>& work) ABSL_LOCKS_EXCLUDED(mutex_);

  std::function<absl::Duration()> tick_;
  std::thread thread_;
  eventstore::base::Mutex mutex_;
  eventstore::base::CondVar posted_;
  std::deque<Work> work_ ABSL_GUARDED_BY(mutex_);
  size_t holds_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace services::peer
