#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "eventstore/log/event_log.h"
#include "eventstore/log/types.h"
#include "eventstore/storage/database.h"
#include "google/protobuf/arena.h"
#include "projections/engine/engine.h"
#include "projections/engine/layout.h"
#include "projections/engine/view.h"

namespace projections::engine {

// The rows of one view in one build: folds events into changes, which the engine
// writes together with the progress. Only for use inside this folder. Used by one
// thread at a time.
class Generation {
 public:
  Generation(GenerationNumber number, GenerationPhase phase, std::shared_ptr<const View> view,
             eventstore::storage::Database& database);

  // Reads the progress of an earlier run. DATA_LOSS when it cannot be read.
  absl::Status Load();

  GenerationNumber number() const { return number_; }
  const View& view() const { return *view_; }
  GenerationPhase phase() const { return phase_; }
  void set_phase(GenerationPhase phase) { phase_ = phase; }
  std::string record() const;

  // What is on the disk.
  const std::map<eventstore::log::FeedId, FeedProgress>& progress() const { return progress_; }
  // With what was folded and not written yet.
  eventstore::log::Cursor cursor() const;

  // Folds an event, or counts one that was not understood (nullptr). What was
  // processed before is skipped. After an error nothing is folded any more.
  void Take(const eventstore::log::FeedId& feed, eventstore::log::Sequence sequence,
            const Event* event);
  const absl::Status& status() const { return status_; }
  void Fail(absl::Status status);

  bool HasChanges() const { return !pending_progress_.empty(); }
  // Of the changes, in memory.
  size_t size_bytes() const { return bytes_.SpaceUsed(); }
  // The changes and the progress, in no order; valid until Committed.
  void AddTo(std::vector<eventstore::storage::TableRow>& rows);
  // The changes were written: gives the rows that changed, when somebody is to be told.
  std::vector<RowsChanged::Row> Committed();

 private:
  class Writer;
  // What stands in bytes_; nothing: deleted.
  using Change = std::pair<std::string_view, std::optional<std::string_view>>;
  using Changes = absl::flat_hash_map<std::string_view, std::optional<std::string_view>>;

  // Copies into bytes_.
  std::string_view Store(std::string_view first, std::string_view second = {});
  FeedProgress& PendingProgress(const eventstore::log::FeedId& feed);

  const GenerationNumber number_;
  GenerationPhase phase_;
  const std::shared_ptr<const View> view_;
  eventstore::storage::Database& database_;
  std::map<eventstore::log::FeedId, FeedProgress> progress_;
  std::map<eventstore::log::FeedId, FeedProgress> pending_progress_;
  // Where an event of the feed of the one before finds its progress; nullptr: look.
  FeedProgress* latest_progress_ = nullptr;
  eventstore::log::FeedId latest_feed_;
  std::string latest_prefix_;  // of its rows
  google::protobuf::Arena bytes_;  // of what was not written yet
  Changes changes_;                // by key in the database
  std::vector<Change> latest_;     // of the event that is being folded
  absl::Status status_;
};

}  // namespace projections::engine
