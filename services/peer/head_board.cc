#include "services/peer/head_board.h"

#include <algorithm>

namespace services::peer {

namespace log = eventstore::log;
using eventstore::base::MutexLock;

namespace {
constexpr int kMaximumFetches = 8;  // of one caller at a time
}

HeadBoard::HeadBoard(log::EventLog& log)
    : listener_(log.OnChange([this](const log::FeedId& feed) { OnChange(feed); })) {}

HeadBoard::~HeadBoard() { listener_ = nullptr; }

HeadBoard::Reader HeadBoard::Begin(const CallerId& caller) {
  MutexLock lock(mutex_);
  const Reader reader{caller, next_reader_++, change_};
  readers_[caller] = reader.number;
  changed_.SignalAll();
  return reader;
}

void HeadBoard::End(const Reader& reader) {
  MutexLock lock(mutex_);
  const auto found = readers_.find(reader.caller);
  if (found != readers_.end() && found->second == reader.number) readers_.erase(found);
}

bool HeadBoard::Take(Reader& reader, std::set<log::FeedId>& changed) {
  const log::FeedId first{reader.caller.first, log::MemberId(), log::Epoch(0)};
  bool any = false;
  for (auto entry = changes_.lower_bound(first);
       entry != changes_.end() && entry->first.circle == reader.caller.first; ++entry) {
    if (entry->second <= reader.seen) continue;
    changed.insert(entry->first);
    any = true;
  }
  reader.seen = change_;
  return any;
}

bool HeadBoard::Wait(Reader& reader, Time deadline, std::set<log::FeedId>& changed) {
  MutexLock lock(mutex_);
  while (true) {
    const auto present = readers_.find(reader.caller);
    if (stopped_ || present == readers_.end() || present->second != reader.number) return false;
    if (Take(reader, changed)) return true;
    const auto left = deadline - std::chrono::steady_clock::now();
    if (left <= left.zero()) return true;
    changed_.WaitFor(mutex_, left);
  }
}

bool HeadBoard::BeginFetch(const CallerId& caller) {
  MutexLock lock(mutex_);
  int& count = fetches_[caller];
  if (stopped_ || count >= kMaximumFetches) return false;
  ++count;
  return true;
}

void HeadBoard::EndFetch(const CallerId& caller) {
  MutexLock lock(mutex_);
  const auto found = fetches_.find(caller);
  if (--found->second == 0) fetches_.erase(found);
}

void HeadBoard::Stop() {
  MutexLock lock(mutex_);
  stopped_ = true;
  changed_.SignalAll();
}

bool HeadBoard::stopped() const {
  MutexLock lock(mutex_);
  return stopped_;
}

void HeadBoard::OnChange(const log::FeedId& feed) {
  MutexLock lock(mutex_);
  changes_[feed] = ++change_;
  changed_.SignalAll();
}

}  // namespace services::peer
