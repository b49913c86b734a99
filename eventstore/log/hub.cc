#include "eventstore/log/hub.h"

#include <algorithm>
#include <thread>
#include <utility>

namespace eventstore::log {

// One call at a time, except from inside itself: a listener may store something, and
// may let go of its own handle.
struct Hub::Registration {
  base::Mutex mutex;
  base::CondVar idle;
  bool ended ABSL_GUARDED_BY(mutex) = false;
  std::thread::id caller ABSL_GUARDED_BY(mutex);  // while it is called
  Listener listener;

  void Call(const std::vector<FeedId>& feeds) {
    const bool is_outermost = Enter();
    for (const FeedId& feed : feeds) {
      if (IsAlive()) listener(feed);
    }
    if (is_outermost) Leave();
  }

  void End() {
    base::MutexLock lock(mutex);
    ended = true;
    while (caller != std::thread::id() && caller != std::this_thread::get_id()) idle.Wait(mutex);
  }

 private:
  bool Enter() {
    base::MutexLock lock(mutex);
    if (caller == std::this_thread::get_id()) return false;
    while (caller != std::thread::id()) idle.Wait(mutex);
    caller = std::this_thread::get_id();
    return true;
  }

  bool IsAlive() {
    base::MutexLock lock(mutex);
    return !ended;
  }

  void Leave() {
    base::MutexLock lock(mutex);
    caller = std::thread::id();
    idle.SignalAll();
  }
};

void Hub::Announce(const std::vector<FeedId>& feeds) {
  std::vector<std::shared_ptr<Registration>> listeners;
  {
    base::MutexLock lock(mutex_);
    ++generation_;
    std::erase_if(listeners_, [](const auto& listener) { return listener.expired(); });
    for (const auto& listener : listeners_) {
      if (auto alive = listener.lock()) listeners.push_back(std::move(alive));
    }
  }
  changed_.SignalAll();
  for (const auto& listener : listeners) listener->Call(feeds);
}

std::shared_ptr<void> Hub::Listen(Listener listener) {
  auto registration = std::make_shared<Registration>();
  registration->listener = std::move(listener);
  base::MutexLock lock(mutex_);
  listeners_.push_back(registration);
  Registration* const raw = registration.get();
  return std::shared_ptr<void>(raw, [owned = std::move(registration)](void*) { owned->End(); });
}

void Hub::Close() {
  base::MutexLock lock(mutex_);
  closed_ = true;
  changed_.SignalAll();
  while (inside_ > 0) changed_.Wait(mutex_);
}

bool Hub::closed() const {
  base::MutexLock lock(mutex_);
  return closed_;
}

Hub::Entry::Entry(Hub& hub) : hub_(hub) {
  base::MutexLock lock(hub_.mutex_);
  open_ = !hub_.closed_;
  if (open_) ++hub_.inside_;
}

Hub::Entry::~Entry() {
  if (!open_) return;
  base::MutexLock lock(hub_.mutex_);
  --hub_.inside_;
  if (hub_.closed_) hub_.changed_.SignalAll();
}

uint64_t Hub::generation() const {
  base::MutexLock lock(mutex_);
  return generation_;
}

Hub::Deadline Hub::After(absl::Duration timeout) {
  // An endless timeout would not fit the clock of the condition variable.
  constexpr absl::Duration kLongest = absl::Hours(24 * 365);
  return std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(std::min(timeout, kLongest));
}

bool Hub::Wait(uint64_t seen, Deadline deadline, const std::function<bool()>& stop) {
  base::MutexLock lock(mutex_);
  while (generation_ == seen && !closed_ && !stop()) {
    const auto left = deadline - std::chrono::steady_clock::now();
    if (left <= std::chrono::nanoseconds::zero()) return false;
    changed_.WaitFor(mutex_, left);
  }
  return true;
}

void Hub::Wake() {
  // Taken so that nobody is between looking at its `stop` and waiting.
  base::MutexLock lock(mutex_);
  changed_.SignalAll();
}

}  // namespace eventstore::log
