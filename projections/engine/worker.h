#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "eventstore/log/event_log.h"
#include "projections/engine/generation.h"

namespace projections::engine {

// Reads a log on behalf of several generations: each event is read and decoded once
// for all of them. Only for use inside this folder; used by one thread at a time.
class Worker {
 public:
  Worker(eventstore::log::EventLog& log, size_t commit_events)
      : log_(log), commit_events_(commit_events) {}

  const std::vector<std::shared_ptr<Generation>>& generations() const { return generations_; }
  // Starts reading again, where the generation that is furthest behind stands. None
  // of them may have changes that are not written.
  void Assign(std::vector<std::shared_ptr<Generation>> generations);
  std::shared_ptr<eventstore::log::Subscription> subscription() const { return subscription_; }

  // Folds up to commit_events events into the generations, for the caller to write.
  // Waits at most `timeout` for the first. False when there were none.
  absl::StatusOr<bool> Fold(absl::Duration timeout);

  struct Unknown {
    eventstore::log::FeedId feed;
    eventstore::log::Sequence sequence;
    std::string type;
  };
  // The events of the last Fold that were not understood.
  const std::vector<Unknown>& unknown() const { return unknown_; }

  // True when every generation that still runs has all that the log holds.
  bool HasCaughtUp() const;

 private:
  eventstore::log::EventLog& log_;
  const size_t commit_events_;
  std::vector<std::shared_ptr<Generation>> generations_;
  std::shared_ptr<eventstore::log::Subscription> subscription_;
  std::vector<eventstore::log::StoredEvent> waiting_;
  size_t taken_ = 0;  // of waiting_
  std::vector<Unknown> unknown_;
};

}  // namespace projections::engine
