#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "eventstore/base/clock.h"
#include "eventstore/base/mutex.h"
#include "eventstore/log/event_log.h"
#include "services/membership/circles.h"
#include "services/policies/policy.h"

namespace services::policies {

// How one policy does.
struct PolicyStatus {
  std::string name;
  // OK, or why its last round failed.
  absl::Status last;
  // Of the first of the failures without a success between.
  absl::Time failing_since = absl::InfiniteFuture();
  uint64_t failures = 0;
};

// All policies of a node: release, expire, cosigned, ... See README.md.
std::vector<std::unique_ptr<Policy>> MakePolicies(const PolicyParts& parts);

// Runs policies on one thread: reads the whole log at the start, then what is new,
// and lets each policy act on it, on cosignatures and on time. An error of one policy
// does not stop the others. Start, Stop and RunOnce from one thread; the rest from any.
class PolicyRunner {
 public:
  struct Options {
    eventstore::log::EventLog* log = nullptr;  // none is owned
    membership::Circles* circles = nullptr;
    const eventstore::base::Clock* clock = nullptr;
    std::vector<std::unique_ptr<Policy>> policies;
    // Called on the policies' thread when a policy fails, fails otherwise, or
    // recovers (status OK). May be empty.
    std::function<void(const std::string& policy, const absl::Status& status)> on_change;
  };

  explicit PolicyRunner(Options options);
  // Stops.
  ~PolicyRunner();

  void Start();
  // Ends the thread; returns when the reaction at hand is done.
  void Stop();
  // Looks again soon.
  void Wake() { alarm_->Ring(); }
  // One round on this thread, without Start: everything new in the log, then every
  // policy once. For tests and tools.
  void RunOnce();

  std::vector<PolicyStatus> Status() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void Loop();
  // False when the log closed.
  bool ReadNews();
  void ActAll();
  void Note(size_t policy, const absl::Status& status) ABSL_LOCKS_EXCLUDED(mutex_);

  // What the thread waits for. Shared with the listeners: one may still be called
  // while its handle goes.
  class Alarm {
   public:
    void Ring() ABSL_LOCKS_EXCLUDED(mutex_);
    void Stop() ABSL_LOCKS_EXCLUDED(mutex_);
    // Until it rings, `longest` passed, or Stop; false after Stop.
    bool Wait(absl::Duration longest) ABSL_LOCKS_EXCLUDED(mutex_);

   private:
    eventstore::base::Mutex mutex_;
    eventstore::base::CondVar changed_;
    bool rung_ ABSL_GUARDED_BY(mutex_) = false;
    bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  };

  Options options_;
  std::unique_ptr<eventstore::log::Subscription> subscription_;
  absl::Time next_due_ = absl::InfinitePast();
  const std::shared_ptr<Alarm> alarm_ = std::make_shared<Alarm>();
  std::vector<std::shared_ptr<void>> listeners_;

  mutable eventstore::base::Mutex mutex_;
  std::vector<PolicyStatus> status_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace services::policies
