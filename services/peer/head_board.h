#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
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
  // lost connection the old one would wait for nobody. `cancel` then also ends one whose
  // thread waits for a caller that does not read: whoever opens many has but one. Ends
  // with the object.
  class Reader {
   public:
    Reader(HeadBoard& board, const CallerId& caller, std::function<void()> cancel = nullptr);
    ~Reader();
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    // Adds the feeds of the caller's circle that changed to `changed`. Looks not
    // before `earliest`, however much changes, and waits for a change until `latest`.
    // False when the stream is to end.
    bool Wait(Time earliest, Time latest, std::set<eventstore::log::FeedId>& changed)
        ABSL_LOCKS_EXCLUDED(board_.mutex_);

   private:
    friend class HeadBoard;
    bool Take(std::set<eventstore::log::FeedId>& changed)
        ABSL_EXCLUSIVE_LOCKS_REQUIRED(board_.mutex_);

    HeadBoard& board_;
    const CallerId caller_;
    const std::function<void()> cancel_;
    eventstore::base::CondVar wake_;
    bool waiting_ = false;  // for a change, so that one must wake it
    bool ended_ = false;    // by a newer one
    uint64_t seen_ = 0;     // changes up to here were taken
  };

  // The present note of a feed; empty when it has none. Made once for each change,
  // however many streams ask.
  std::shared_ptr<const std::string> NoteOf(const eventstore::log::FeedId& feed)
      ABSL_LOCKS_EXCLUDED(mutex_, notes_mutex_);

  // One of a bounded number of fetches of a caller; EndFetch when it was begun.
  bool BeginFetch(const CallerId& caller) ABSL_LOCKS_EXCLUDED(mutex_);
  void EndFetch(const CallerId& caller) ABSL_LOCKS_EXCLUDED(mutex_);

  // Something of the feed changed: its head, or who may hear of it. Also called by the log.
  void OnChange(const eventstore::log::FeedId& feed) ABSL_LOCKS_EXCLUDED(mutex_);
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_);
  bool stopped() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Note {
    uint64_t change = 0;
    std::shared_ptr<const std::string> text;
  };


  eventstore::log::EventLog& log_;
  mutable eventstore::base::Mutex mutex_;
  // When each feed changed last, counted in changes.
  std::map<eventstore::log::FeedId, uint64_t> changes_ ABSL_GUARDED_BY(mutex_);
  uint64_t change_ ABSL_GUARDED_BY(mutex_) = 1;
  std::map<CallerId, Reader*> readers_ ABSL_GUARDED_BY(mutex_);
  std::map<CallerId, int> fetches_ ABSL_GUARDED_BY(mutex_);
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  eventstore::base::Mutex notes_mutex_;
  std::map<eventstore::log::FeedId, Note> notes_ ABSL_GUARDED_BY(notes_mutex_);
  std::shared_ptr<void> listener_;
};

}  // namespace services::peer
