#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <utility>

#include "eventstore/base/mutex.h"

namespace eventstore::storage {

// Lets a database be closed and opened again while others read it. Readers pass without
// a lock and never wait for one another; who closes waits until there is a moment without
// readers. Readers may pass again while they hold a pass (an iterator that leads to a
// get), so the gate stays open as long as anybody is inside. Thread-safe.
class Gate {
 public:
  // One use; movable, so that an iterator can hold it.
  class Pass {
   public:
    explicit Pass(Gate& gate) : gate_(&gate) { gate.Enter(); }
    Pass(Pass&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)) {}
    Pass& operator=(Pass&&) = delete;
    ~Pass() {
      if (gate_ != nullptr) gate_->Leave();
    }

   private:
    Gate* gate_;
  };

  // Keeps everybody out while it lives, when alone() says so. One at a time.
  class Closing {
   public:
    explicit Closing(Gate& gate) : gate_(gate), alone_(gate.Close()) {}
    Closing(const Closing&) = delete;
    Closing& operator=(const Closing&) = delete;
    ~Closing() {
      if (alone_) gate_.Open();
    }
    bool alone() const { return alone_; }

   private:
    Gate& gate_;
    const bool alone_;
  };

 private:
  void Enter() {
    // Both sides write first and look then, so that one of them sees the other.
    users_.fetch_add(1);
    while (closed_.load()) {
      Leave();
      {
        base::MutexLock lock(mutex_);
        while (closed_.load()) changed_.Wait(mutex_);
      }
      users_.fetch_add(1);
    }
  }

  void Leave() {
    if (users_.fetch_sub(1) != 1 || !waiting_.load()) return;
    base::MutexLock lock(mutex_);
    changed_.SignalAll();
  }

  bool Close() {
    base::MutexLock lock(mutex_);
    waiting_ = true;
    for (int look = 0; look < kLooks; ++look) {
      closed_ = true;
      if (users_.load() == 0) break;
      // A reader that met the closed gate waits on the same condition.
      closed_ = false;
      changed_.SignalAll();
      changed_.WaitFor(mutex_, kBetweenLooks);
    }
    waiting_ = false;
    return closed_.load();
  }

  void Open() {
    base::MutexLock lock(mutex_);
    closed_ = false;
    changed_.SignalAll();
  }

  // Five seconds or less.
  static constexpr int kLooks = 250;
  static constexpr std::chrono::milliseconds kBetweenLooks{20};

  std::atomic<int64_t> users_{0};
  std::atomic<bool> closed_{false};
  std::atomic<bool> waiting_{false};
  base::Mutex mutex_;
  base::CondVar changed_;
};

}  // namespace eventstore::storage
