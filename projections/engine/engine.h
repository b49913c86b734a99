#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "eventstore/base/clock.h"
#include "eventstore/crypto/digest.h"
#include "eventstore/log/event_log.h"
#include "eventstore/log/types.h"
#include "projections/engine/view.h"

namespace projections::engine {

// The rows of one view at one moment, with the cursor that they were made up to.
// Immutable; from any thread. Valid while its Snapshot lives.
class ViewReader {
 public:
  virtual ~ViewReader() = default;

  virtual uint32_t version() const = 0;
  // What the rows were made from: every event before these positions, none after.
  virtual const eventstore::log::Cursor& cursor() const = 0;

  virtual absl::StatusOr<std::optional<std::string>> Get(const eventstore::log::FeedId& feed,
                                                         std::string_view key) const = 0;
  // In key order; stops at the first error, which is returned. The views in the
  // arguments are valid during the call.
  using RowVisitor = std::function<absl::Status(const eventstore::log::FeedId& feed,
                                                std::string_view key, std::string_view value)>;
  virtual absl::Status Scan(const eventstore::log::FeedId& feed, std::string_view prefix,
                            const RowVisitor& visit) const = 0;
  // All rows of all feeds of a circle, by feed and key.
  virtual absl::Status ScanCircle(const eventstore::log::CircleId& circle,
                                  const RowVisitor& visit) const = 0;

  // The feeds of the circle that the cursor names, ordered; and that part of it.
  std::vector<eventstore::log::FeedId> FeedsOf(const eventstore::log::CircleId& circle) const;
  eventstore::log::Cursor CursorOf(const eventstore::log::CircleId& circle) const;
};

// One moment of all views. Views that are not behind stand at the same cursor.
// Holds back compaction while it lives: for the time of a query. Must not outlive
// the engine.
class Snapshot {
 public:
  virtual ~Snapshot() = default;
  // Counts the commits of the engine; a later snapshot has an equal or higher one.
  virtual uint64_t commit() const = 0;
  // UNAVAILABLE VIEW_REBUILDING while the view has no rows of the version that this
  // program reads; NOT_FOUND when there is no such view.
  virtual absl::StatusOr<const ViewReader*> View(std::string_view name) const = 0;
  // Events of unknown type in the circle's feeds, up to here.
  virtual uint64_t UnknownEvents(const eventstore::log::CircleId& circle) const = 0;
};

// What a listener is told after rows of a view changed.
struct RowsChanged {
  struct Row {
    eventstore::log::FeedId feed;
    std::string key;
  };
  uint64_t commit = 0;  // the first snapshot that shows it has this commit
  // Another generation of rows took over: read everything again.
  bool everything = false;
  std::vector<Row> rows;
};

// How a view is doing; for health and metrics.
struct ViewState {
  std::string name;
  uint32_t version = 0;         // what this program folds
  uint32_t served_version = 0;  // of the rows that are served; 0: none yet
  bool rebuilding = false;      // a new generation is catching up beside
  uint64_t lag_events = 0;      // in the log and not in the served rows
  absl::Status status;          // why it stopped
};

// Folds the events of a log into rows, for every view at once: one subscription,
// each event decoded once. Rows and cursors are committed in one write, so a crash
// at any point resumes exactly. The database can be deleted at any time while the
// engine is not open: it is built again. So is one that is damaged or was written by
// a newer program (StartReport).
//
// A view that is new, whose version changed, or that skipped events of a type that
// the program knows by now, is built beside the old rows and swapped in when it caught
// up; then the old rows are dropped. Meanwhile old rows of the same version are
// served and kept up to date; rows of another version are not served, because this
// program cannot read them. An error in one view stops that view only; damage of the
// database that is found while running does so too, and the next start builds
// everything anew. Views that a full disk stopped go on when it has room again.
//
// Thread-safe.
class Engine {
 public:
  struct Options {
    std::string directory;                                    // of the views database
    eventstore::log::EventLog* log = nullptr;                 // not owned
    const eventstore::base::Clock* clock = nullptr;           // not owned
    eventstore::storage::Environment* environment = nullptr;  // not owned; nullptr: real disk
    std::vector<std::shared_ptr<const View>> views;           // names differ
    size_t commit_events = 512;                               // at most, in one write
    // False: nothing runs by itself, the owner calls Step (tests, simulation).
    bool background = true;
  };

  static absl::StatusOr<std::unique_ptr<Engine>> Open(Options options);
  virtual ~Engine() = default;  // stops first

  // Ends the threads; what was committed stays readable. Before the log closes.
  virtual void Stop() = 0;

  // Without background threads: folds at most commit_events events of every view
  // that is behind. True when there was something to do.
  virtual absl::StatusOr<bool> Step() = 0;

  virtual std::shared_ptr<const Snapshot> Read() const = 0;

  // Waits until the named views (none named: all) serve rows that have processed
  // `cursor`, for reading one's own writes; not at all for an empty one. DEADLINE_EXCEEDED
  // VIEW_BEHIND at the deadline; the view's error when one of them stopped.
  virtual absl::Status WaitFor(const eventstore::log::Cursor& cursor, absl::Time deadline,
                               const std::vector<std::string>& views = {}) = 0;

  // What every view has processed of a circle (of the whole log).
  virtual eventstore::log::Cursor CursorOf(const eventstore::log::CircleId& circle) const = 0;
  virtual eventstore::log::Cursor Processed() const = 0;
  // SHA-256 over the rows of a circle in key order: equal on two nodes with equal
  // cursors of that circle and equal view versions.
  virtual absl::StatusOr<eventstore::crypto::Digest> Digest(
      std::string_view view, const eventstore::log::CircleId& circle) const = 0;
  // Events that stand in the log and not yet in the slowest view.
  virtual uint64_t Lag() const = 0;
  // Kept, counted and skipped: of a type that this program does not know, or whose
  // payload is not what its type says.
  virtual uint64_t UnknownEvents(const eventstore::log::CircleId& circle) const = 0;
  virtual std::vector<ViewState> States() const = 0;
  // OK when all views run; otherwise the first error.
  virtual absl::Status Health() const = 0;
  // Why the database was thrown away on opening; empty when it was not.
  virtual std::string StartReport() const = 0;

  // Called after a commit on the folding thread; must be quick and must not call the
  // engine. A handle ends it.
  using Listener = std::function<void(const RowsChanged&)>;
  virtual std::shared_ptr<void> OnChange(std::string_view view, Listener listener) = 0;
};

}  // namespace projections::engine
