#include "services/peer/head_board.h"

#include <algorithm>

namespace services::peer {

namespace log = eventstore::log;
using eventstore::base::MutexLock;
using std::chrono::steady_clock;

namespace {
constexpr int kMaximumFetches = 8;  // of one caller at a time
}

HeadBoard::Reader::Reader(HeadBoard& board, const CallerId& caller, std::function<void()> cancel)
    : board_(board), caller_(caller), cancel_(std::move(cancel)) {
  MutexLock lock(board_.mutex_);
  seen_ = board_.change_;
  Reader*& present = board_.readers_[caller];
  if (present != nullptr) {
    present->ended_ = true;
    present->wake_.SignalAll();
    if (present->cancel_) present->cancel_();
  }
  present = this;
}

HeadBoard::Reader::~Reader() {
  MutexLock lock(board_.mutex_);
  const auto present = board_.readers_.find(caller_);
  if (present != board_.readers_.end() && present->second == this) {
    board_.readers_.erase(present);
  }
}

bool HeadBoard::Reader::Take(std::set<log::FeedId>& changed) {
  const log::FeedId first{caller_.first, log::MemberId(), log::Epoch(0)};
  bool any = false;
  for (auto entry = board_.changes_.lower_bound(first);
       entry != board_.changes_.end() && entry->first.circle == caller_.first; ++entry) {
    if (entry->second <= seen_) continue;
    changed.insert(entry->first);
    any = true;
  }
  seen_ = board_.change_;
  return any;
}

bool HeadBoard::Reader::Wait(Time earliest, Time latest, std::set<log::FeedId>& changed) {
  MutexLock lock(board_.mutex_);
  while (!board_.stopped_ && !ended_) {
    const Time now = steady_clock::now();
    if (now >= earliest && (Take(changed) || now >= latest)) return true;
    // While pacing, a change is taken later anyway and need not wake anybody.
    waiting_ = now >= earliest;
    wake_.WaitFor(board_.mutex_, (waiting_ ? latest : earliest) - now);
    waiting_ = false;
  }
  return false;
}

HeadBoard::HeadBoard(log::EventLog& log)
    : log_(log), listener_(log.OnChange([this](const log::FeedId& feed) { OnChange(feed); })) {}

HeadBoard::~HeadBoard() { listener_ = nullptr; }

std::shared_ptr<const std::string> HeadBoard::NoteOf(const log::FeedId& feed) {
  uint64_t change = 0;
  {
    MutexLock lock(mutex_);
    const auto found = changes_.find(feed);
    if (found != changes_.end()) change = found->second;
  }
  MutexLock lock(notes_mutex_);
  Note& note = notes_[feed];
  // Read after the change was counted, so it is at least as new as that.
  if (note.text == nullptr || note.change < change) {
    note.text = std::make_shared<const std::string>(log_.CheckpointNote(feed).value_or(""));
    note.change = change;
  }
  return note.text;
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
  for (const auto& [caller, reader] : readers_) reader->wake_.SignalAll();
}

bool HeadBoard::stopped() const {
  MutexLock lock(mutex_);
  return stopped_;
}

void HeadBoard::OnChange(const log::FeedId& feed) {
  MutexLock lock(mutex_);
  changes_[feed] = ++change_;
  const CallerId first{feed.circle, log::MemberId()};
  for (auto entry = readers_.lower_bound(first);
       entry != readers_.end() && entry->first.first == feed.circle; ++entry) {
    if (entry->second->waiting_) entry->second->wake_.Signal();
  }
}

}  // namespace services::peer
