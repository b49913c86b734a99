#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "eventstore/log/event_log.h"
#include "eventstore/log/types.h"
#include "eventstore/storage/database.h"
#include "projections/engine/changes.h"
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

  // What is folded next is of this feed.
  void Enter(const eventstore::log::FeedId& feed);
  // Folds an event, or counts one that was not understood (nullptr). What was
  // processed before is skipped. After an error nothing is folded any more.
  void Take(eventstore::log::Sequence sequence, const Event* event);
  const absl::Status& status() const { return status_; }
  void Fail(absl::Status status);

  // Of what was folded and is not being written yet.
  bool HasChanges() const { return !folded_->empty(); }
  size_t size_bytes() const { return folded_->size_bytes(); }
  // Sets these apart, for another thread to read until Written; folding goes on
  // meanwhile. Not again before Written.
  Changes& BeginWrite();
  // What was set apart stands in the database: gives the rows that changed, when somebody
  // is to be told.
  std::vector<RowsChanged::Row> Written();
  // It could not be written: what was folded is dropped, and nothing more is until Resume.
  void WriteFailed(const absl::Status& status);
  bool HasLostWrite() const { return has_lost_write_; }
  // Goes on from what stands in the database, which was opened again.
  void Resume();

 private:
  class Writer;

  // How far the feed came before what is folded now.
  FeedProgress ProgressBefore(const eventstore::log::FeedId& feed) const;

  const GenerationNumber number_;
  GenerationPhase phase_;
  const std::shared_ptr<const View> view_;
  eventstore::storage::Database& database_;
  std::map<eventstore::log::FeedId, FeedProgress> progress_;
  std::unique_ptr<Changes> folded_ = std::make_unique<Changes>();
  std::unique_ptr<Changes> written_ = std::make_unique<Changes>();  // or just being written
  eventstore::log::FeedId feed_;                                    // that was entered
  Changes::Feed* changed_ = nullptr;      // its part of folded_; nullptr: none, or not looked for
  std::vector<Changes::TableRow> named_;  // of the event that is being folded
  absl::Status status_;
  bool has_lost_write_ = false;
};

}  // namespace projections::engine
