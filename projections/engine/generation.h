#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/hash/hash.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
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

  bool HasChanges() const { return !pending_.empty(); }
  // Of the changes, in memory.
  size_t size_bytes() const { return bytes_.SpaceUsed(); }
  // How far it came, and the rows that changed: both in key order, valid until Committed.
  void AddProgress(std::vector<eventstore::storage::TableRow>& rows);
  void AddRows(std::vector<eventstore::storage::TableRow>& rows) const;
  // The changes were written: gives the rows that changed, when somebody is to be told.
  std::vector<RowsChanged::Row> Committed();

 private:
  class Writer;
  using TableRow = eventstore::storage::TableRow;
  struct Hash {
    size_t operator()(std::string_view key) const {
      return absl::Hash<absl::string_view>()({key.data(), key.size()});
    }
  };
  // What is not written yet of one feed.
  struct Pending {
    FeedProgress progress;
    std::string prefix;  // of its keys in the database
    // By the view's key; what is seen stands in bytes_.
    absl::flat_hash_map<std::string_view, TableRow, Hash> rows;
  };

  // Copies into bytes_.
  std::string_view Store(std::string_view first, std::string_view second = {});
  Pending& PendingOf(const eventstore::log::FeedId& feed);

  const GenerationNumber number_;
  GenerationPhase phase_;
  const std::shared_ptr<const View> view_;
  eventstore::storage::Database& database_;
  std::map<eventstore::log::FeedId, FeedProgress> progress_;
  std::map<eventstore::log::FeedId, Pending> pending_;
  // Of the feed of the event before; end: look for it.
  std::map<eventstore::log::FeedId, Pending>::iterator latest_ = pending_.end();
  google::protobuf::Arena bytes_;  // of what is pending
  std::vector<TableRow> changes_;  // of the event that is being folded
  absl::Status status_;
};

}  // namespace projections::engine
