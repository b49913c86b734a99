#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "eventstore/log/event_log.h"
#include "projections/engine/decode.h"
#include "projections/engine/generation.h"

namespace projections::engine {

// What a worker folded, set apart to be written. Valid until the generations are told that
// it was written; may be read by another thread meanwhile.
struct Folded {
  std::vector<eventstore::storage::TableRow> progress;  // in key order
  std::vector<const Changes*> changes;                  // likewise
  // The types of the events that were not understood, by their key.
  std::map<std::string, std::string> unknown;

  // All of it, in key order (layout.h).
  std::vector<eventstore::storage::TableRow> Rows() const;
};

// Reads a log on behalf of several generations: each event is read and decoded once
// for all of them. Only for use inside this folder; used by one thread at a time.
class Worker {
 public:
  explicit Worker(eventstore::log::EventLog& log) : log_(log) {}
  // The subscription must have been cancelled before when the log is at its end.
  ~Worker() = default;

  const std::vector<std::shared_ptr<Generation>>& generations() const { return generations_; }
  // Starts reading again, where the generation that is furthest behind stands. None
  // of them may have changes that are not written.
  void Assign(std::vector<std::shared_ptr<Generation>> generations);
  std::shared_ptr<eventstore::log::Subscription> subscription() const { return subscription_; }

  // Folds up to `limit` events more into the generations, for the caller to write.
  // Waits at most `timeout` for the first. False when there were none.
  absl::StatusOr<bool> Fold(absl::Duration timeout, size_t limit);

  // Whether something was folded that is not being written yet, and how much memory it takes.
  bool HasChanges() const;
  size_t size_bytes() const;
  Folded BeginWrite();

  // Some of what was folded could not be written; damage is not of that kind.
  bool HasLostWrites() const;
  // Folds that again, after the database was opened again.
  void Resume();

  // True when every generation that still runs has folded all that the log holds.
  bool HasCaughtUp() const;

 private:
  void FoldOne(const eventstore::log::EventView& stored);

  eventstore::log::EventLog& log_;
  std::vector<std::shared_ptr<Generation>> generations_;
  std::shared_ptr<eventstore::log::Subscription> subscription_;
  std::optional<eventstore::log::FeedId> feed_;  // of the event before
  Decoder decoder_;
  std::map<std::string, std::string> unknown_;  // see Folded
};

}  // namespace projections::engine
