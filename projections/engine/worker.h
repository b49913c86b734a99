#pragma once

#include <future>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "eventstore/log/event_log.h"
#include "google/protobuf/arena.h"
#include "projections/engine/generation.h"

namespace projections::engine {

// Reads a log on behalf of several generations: each event is read and decoded once
// for all of them. Only for use inside this folder; used by one thread at a time.
class Worker {
 public:
  // With `reads_ahead` a thread of its own reads and decodes what comes next while this
  // one folds.
  Worker(eventstore::log::EventLog& log, size_t commit_events, bool reads_ahead)
      : log_(log), commit_events_(commit_events), reads_ahead_(reads_ahead) {}
  // The subscription must have been cancelled before when the log is at its end.
  ~Worker() = default;

  const std::vector<std::shared_ptr<Generation>>& generations() const { return generations_; }
  // Starts reading again, where the generation that is furthest behind stands. None
  // of them may have changes that are not written.
  void Assign(std::vector<std::shared_ptr<Generation>> generations);
  std::shared_ptr<eventstore::log::Subscription> subscription() const { return subscription_; }

  // Folds up to commit_events events more into the generations, for the caller to write.
  // Waits at most `timeout` for the first. False when there were none.
  absl::StatusOr<bool> Fold(absl::Duration timeout);

  // Whether something was folded that is not written yet, and how much memory it takes.
  bool HasChanges() const;
  size_t size_bytes() const;
  // The types of the events that were not understood since ForgetUnknown, by their key.
  const std::map<std::string, std::string>& unknown() const { return unknown_; }
  void ForgetUnknown() { unknown_.clear(); }

  // True when every generation that still runs has folded all that the log holds.
  bool HasCaughtUp() const;

 private:
  // An event, or of what was not understood the type.
  struct Decoded {
    eventstore::log::FeedId feed;
    eventstore::log::Sequence sequence;
    std::string type;
    std::optional<Event> event;
  };
  struct Events {
    std::unique_ptr<google::protobuf::Arena> memory;  // of the events
    std::vector<Decoded> decoded;
  };
  using Reading = absl::StatusOr<Events>;

  static Reading Read(eventstore::log::Subscription& subscription, absl::Duration timeout);
  Reading Next(absl::Duration timeout);

  eventstore::log::EventLog& log_;
  const size_t commit_events_;
  const bool reads_ahead_;
  std::vector<std::shared_ptr<Generation>> generations_;
  std::shared_ptr<eventstore::log::Subscription> subscription_;
  Events waiting_;
  size_t taken_ = 0;            // of waiting_
  std::future<Reading> ahead_;  // what comes after waiting_; not valid: nobody reads it
  std::map<std::string, std::string> unknown_;
};

}  // namespace projections::engine
