#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "absl/time/time.h"
#include "eventstore/base/mutex.h"
#include "eventstore/log/types.h"

namespace eventstore::log {

// Where readers that wait for news meet those who store it. Thread-safe.
class Hub {
 public:
  using Listener = std::function<void(const FeedId&)>;

  // Something of `feeds` was published: wakes the waiting and calls the listeners.
  void Announce(const std::vector<FeedId>& feeds);

  // Returns a handle; once it is gone the listener is not called any more, and no
  // call is under way (unless from inside the listener itself).
  std::shared_ptr<void> Listen(Listener listener);

  // Wakes all who wait and all who come later, and returns when no reader is
  // inside (Enter) any more.
  void Close();
  bool closed() const;

  // A reader that uses the log's databases holds one of these, so that they are
  // not closed under it.
  class Entry {
   public:
    explicit Entry(Hub& hub);
    ~Entry();
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;
    // False when the hub was closed: nothing may be read.
    bool open() const { return open_; }

   private:
    Hub& hub_;
    bool open_;
  };

  // Grows with every announcement. Taken before looking, given to Wait after.
  uint64_t generation() const;
  // Returns when the generation is not `seen`, when the hub is closed, when
  // `stop` says so (looked at after each Wake); or false at the deadline.
  using Deadline = std::chrono::steady_clock::time_point;
  static Deadline After(absl::Duration timeout);
  bool Wait(uint64_t seen, Deadline deadline, const std::function<bool()>& stop);
  // Lets all who wait look at their `stop`.
  void Wake();

 private:
  struct Registration;

  mutable base::Mutex mutex_;
  base::CondVar changed_;
  uint64_t generation_ ABSL_GUARDED_BY(mutex_) = 0;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  int inside_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<std::weak_ptr<Registration>> listeners_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace eventstore::log
