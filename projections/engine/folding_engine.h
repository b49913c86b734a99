#pragma once

#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "eventstore/base/mutex.h"
#include "eventstore/storage/database.h"
#include "projections/engine/catalog.h"
#include "projections/engine/engine.h"
#include "projections/engine/generation.h"
#include "projections/engine/listeners.h"
#include "projections/engine/reader.h"
#include "projections/engine/worker.h"

namespace projections::engine {

// The engine. Two workers: `live` keeps the served rows up to date, `rebuild` builds
// new generations until they caught up; then `live` takes them over. The mutex guards
// what readers see; a worker is touched only by its own thread.
class FoldingEngine final : public Engine {
 public:
  FoldingEngine(Options options, OpenedDatabase opened,
                std::map<std::string, Generations, std::less<>> generations);
  ~FoldingEngine() override;

  // Takes over what is caught up already, and starts the threads.
  absl::Status Start();

  void Stop() override;
  absl::StatusOr<bool> Step() override;
  std::shared_ptr<const Snapshot> Read() const override;
  absl::Status WaitFor(const eventstore::log::Cursor& cursor, absl::Time deadline,
                       const std::vector<std::string>& views) override;
  eventstore::log::Cursor CursorOf(const eventstore::log::CircleId& circle) const override;
  eventstore::log::Cursor Processed() const override;
  absl::StatusOr<eventstore::crypto::Digest> Digest(
      std::string_view view, const eventstore::log::CircleId& circle) const override;
  uint64_t Lag() const override;
  uint64_t UnknownEvents(const eventstore::log::CircleId& circle) const override;
  std::vector<ViewState> States() const override;
  absl::Status Health() const override;
  std::string StartReport() const override { return report_; }
  std::shared_ptr<void> OnChange(std::string_view view, Listener listener) override;

 private:
  // What readers see of a view.
  struct Published {
    std::shared_ptr<const View> view;
    GenerationNumber served = 0;  // 0: none
    // Of the served rows, or else of those being built.
    std::shared_ptr<const std::map<eventstore::log::FeedId, FeedProgress>> progress;
    bool rebuilding = false;
    absl::Status status;
  };

  void RunLive();
  void RunRebuild();
  // Writes what a worker folded, and publishes it.
  void Commit(Worker& worker) ABSL_LOCKS_EXCLUDED(mutex_);
  // Of a worker whose folded changes were written, or could not be.
  void Finish(Worker& worker, const absl::Status& written) ABSL_LOCKS_EXCLUDED(mutex_);
  // After a write failed, for a disk that was full, say: goes on once it can write again.
  // False while it cannot.
  bool Recover(Worker& worker) ABSL_LOCKS_EXCLUDED(mutex_);
  // Until the engine stops, at most a moment.
  void Pause() ABSL_LOCKS_EXCLUDED(mutex_);
  // Tells readers and listeners.
  void Publish(Worker& worker, const absl::Status& written) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Publish(const Generation& generation) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void FailAll(Worker& worker, const absl::Status& status) ABSL_LOCKS_EXCLUDED(mutex_);
  void MarkDamage(const Worker& worker) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The rebuild worker hands its generations to `ready_` when they caught up.
  bool HandOver() ABSL_LOCKS_EXCLUDED(mutex_);
  // The live worker serves what is ready instead of the rows before. False when that could
  // not be written; it is to be tried again.
  bool TakeOver() ABSL_LOCKS_EXCLUDED(mutex_);
  void AddSwap(const Generation& generation, eventstore::storage::Batch& batch) const;
  eventstore::log::Cursor CursorOfView(const Published& published) const;
  bool stopping() const ABSL_LOCKS_EXCLUDED(mutex_);

  const Options options_;
  const std::shared_ptr<eventstore::storage::Database> database_;
  const std::string report_;
  const std::shared_ptr<Listeners> listeners_ = std::make_shared<Listeners>();
  Worker live_;
  Worker rebuild_;
  std::thread live_thread_;
  std::thread rebuild_thread_;

  mutable eventstore::base::Mutex mutex_;
  eventstore::base::CondVar changed_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  uint64_t commit_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<std::string, Published, std::less<>> published_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::shared_ptr<Generation>> ready_ ABSL_GUARDED_BY(mutex_);
  bool has_lost_swap_ ABSL_GUARDED_BY(mutex_) = false;  // writing that they took over failed
  // To be cancelled by another thread: on stopping, and when something is ready.
  std::shared_ptr<eventstore::log::Subscription> live_reading_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<eventstore::log::Subscription> rebuild_reading_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace projections::engine
