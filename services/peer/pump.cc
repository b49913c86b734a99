#include "services/peer/pump.h"

#include <algorithm>
#include <utility>

namespace services::peer {

using eventstore::base::MutexLock;

void Pump::Start(std::function<absl::Duration()> tick) {
  tick_ = std::move(tick);
  thread_ = std::thread([this] { Run(); });
}

void Pump::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    posted_.SignalAll();
  }
  if (thread_.joinable()) thread_.join();
}

void Pump::Post(Work work) {
  MutexLock lock(mutex_);
  work_.push_back(std::move(work));
  posted_.Signal();
}

void Pump::Hold() {
  MutexLock lock(mutex_);
  ++holds_;
}

void Pump::Release() {
  MutexLock lock(mutex_);
  --holds_;
  posted_.Signal();
}

void Pump::Run() {
  absl::Duration timeout = tick_();
  std::deque<Work> work;
  while (Take(timeout, work)) {
    for (const Work& task : work) task();
    work.clear();
    timeout = tick_();
  }
}

bool Pump::Take(absl::Duration timeout, std::deque<Work>& work) {
  // Long enough to cost nothing, short enough to be counted in nanoseconds.
  timeout = std::clamp(timeout, absl::ZeroDuration(), absl::Hours(1));
  MutexLock lock(mutex_);
  if (work_.empty() && !(stopping_ && holds_ == 0)) {
    posted_.WaitFor(mutex_, absl::ToChronoNanoseconds(timeout));
  }
  work.swap(work_);
  return !work.empty() || !stopping_ || holds_ > 0;
}

}  // namespace services::peer
