#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "eventstore/base/clock.h"
#include "eventstore/base/mutex.h"
#include "eventstore/check/findings.h"
#include "eventstore/log/event_log.h"

namespace services::durability {

// Checks the data folder of a running node, from the first event to the last, on a thread
// of its own that lets others go first; and again every day. What it finds makes that
// side of the log unhealthy (EventLog::ReportDamage), so that a damaged log is not
// written on. Thread-safe.
class BackgroundCheck {
 public:
  struct Options {
    std::string data_directory;
    eventstore::log::EventLog* log = nullptr;         // not owned
    const eventstore::base::Clock* clock = nullptr;   // not owned
    absl::Duration before_first = absl::Seconds(30);  // opening comes first
    absl::Duration between = absl::Hours(24);
    // Waited after every some hundred events, so that it takes a part of one core only.
    absl::Duration rest = absl::Milliseconds(2);
  };
  explicit BackgroundCheck(Options options);
  ~BackgroundCheck();
  BackgroundCheck(const BackgroundCheck&) = delete;
  BackgroundCheck& operator=(const BackgroundCheck&) = delete;

  void Start();
  // Ends a check that is going on.
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_);

  struct State {
    bool running = false;
    uint64_t done = 0;  // events of the check that is going on
    uint64_t total = 0;
    std::optional<absl::Time> finished;  // the last whole check
    std::vector<std::string> findings;   // of that, Dutch
  };
  State state() const ABSL_LOCKS_EXCLUDED(mutex_);

  // One whole check on the calling thread; as the thread does it.
  absl::Status CheckOnce() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void Run() ABSL_LOCKS_EXCLUDED(mutex_);
  // False when it is to stop.
  bool Rest(absl::Duration duration) ABSL_LOCKS_EXCLUDED(mutex_);
  void Report(const eventstore::check::Report& report) ABSL_LOCKS_EXCLUDED(mutex_);

  const Options options_;
  mutable eventstore::base::Mutex mutex_;
  eventstore::base::CondVar changed_;
  State state_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace services::durability
