#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "eventstore/base/mutex.h"
#include "eventstore/log/event_log.h"
#include "eventstore/log/types.h"

namespace services::peer {

// Tells streams of heads which feeds changed, and bounds what one caller may have
// going on. Thread-safe.
class HeadBoard {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using CallerId = std::pair<eventstore::log::CircleId, eventstore::log::MemberId>;

  // `log` is not owned and must outlive this.
  explicit HeadBoard(eventstore::log::EventLog& log);
  ~HeadBoard();

  // A stream of heads of one caller. A newer one of the same caller ends it: after a
  // lost connection the old one would wait for nobody.
  struct Reader {
    CallerId caller;
    uint64_t number = 0;
    uint64_t seen = 0;  // changes up to here were taken
  };
  Reader Begin(const CallerId& caller) ABSL_LOCKS_EXCLUDED(mutex_);
  void End(const Reader& reader) ABSL_LOCKS_EXCLUDED(mutex_);
  // Adds the feeds of the reader's circle that changed to `changed`; waits for one
  // until `deadline`. False when the reader is to end.
  bool Wait(Reader& reader, Time deadline, std::set<eventstore::log::FeedId>& changed)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // One of a bounded number of fetches of a caller; EndFetch when it was begun.
  bool BeginFetch(const CallerId& caller) ABSL_LOCKS_EXCLUDED(mutex_);
  void EndFetch(const CallerId& caller) ABSL_LOCKS_EXCLUDED(mutex_);

  void Stop() ABSL_LOCKS_EXCLUDED(mutex_);
  bool stopped() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void OnChange(const eventstore::log::FeedId& feed) ABSL_LOCKS_EXCLUDED(mutex_);
  bool Take(Reader& reader, std::set<eventstore::log::FeedId>& changed)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable eventstore::base::Mutex mutex_;
  eventstore::base::CondVar changed_;
  // When each feed changed last, counted in changes.
  std::map<eventstore::log::FeedId, uint64_t> changes_ ABSL_GUARDED_BY(mutex_);
  uint64_t change_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<CallerId, uint64_t> readers_ ABSL_GUARDED_BY(mutex_);
  uint64_t next_reader_ ABSL_GUARDED_BY(mutex_) = 1;
  std::map<CallerId, int> fetches_ ABSL_GUARDED_BY(mutex_);
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::shared_ptr<void> listener_;
};

}  // namespace services::peer
