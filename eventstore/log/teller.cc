#include "eventstore/log/teller.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace eventstore::log {
namespace {

// Answers that one thread gives before the other may take the next ones. Smaller parts
// cost more waking than they save.
constexpr size_t kPart = 16;

}  // namespace

Teller::Teller(Announce announce) : announce_(std::move(announce)) {
  for (std::thread& thread : threads_) thread = std::thread([this] { Run(); });
}

void Teller::Close() {
  {
    base::MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.SignalAll();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void Teller::Tell(std::vector<WaitingAppend> answered, std::vector<FeedId> grown) {
  size_t added = 0;
  {
    base::MutexLock lock(mutex_);
    for (size_t from = 0; from < answered.size(); from += kPart) {
      const auto begin = answered.begin() + static_cast<ptrdiff_t>(from);
      const auto end = begin + static_cast<ptrdiff_t>(std::min(kPart, answered.size() - from));
      parts_.push_back({{std::make_move_iterator(begin), std::make_move_iterator(end)}, {}});
      ++added;
    }
    if (!grown.empty() && added == 0) {
      parts_.emplace_back();
      ++added;
    }
    if (added > 0) parts_.back().grown = std::move(grown);
  }
  if (added == 1) changed_.Signal();
  if (added > 1) changed_.SignalAll();
}

void Teller::Run() {
  while (true) {
    Part part;
    {
      base::MutexLock lock(mutex_);
      while (parts_.empty() && !stopping_) changed_.Wait(mutex_);
      if (parts_.empty()) return;
      part = std::move(parts_.front());
      parts_.pop_front();
    }
    for (WaitingAppend& one : part.answered) one.done(std::move(one.answer));
    if (!part.grown.empty()) announce_(part.grown);
  }
}

}  // namespace eventstore::log
