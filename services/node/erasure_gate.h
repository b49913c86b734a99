#pragma once

#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "eventstore/base/clock.h"
#include "eventstore/base/mutex.h"
#include "eventstore/log/event_log.h"
#include "projections/engine/engine.h"
#include "services/commands/eraser.h"
#include "services/membership/circles.h"
#include "services/peer/network.h"

namespace services::node {

// Keeps a node that was down from telling about persons that it should have erased
// meanwhile. For each circle that it is in when it starts, nothing personal is told, to
// users or to peers, before
//
//   1. another member told its heads and nothing that is known to exist is missing here,
//      or nobody could be reached for `longest_wait`;
//   2. every order to erase that stands in the log up to there was carried out.
//
// A circle that is open stays so: from then on orders are carried out as they arrive.
// Circles that come later are open: of those nothing was missed. Thread-safe.
class ErasureGate {
 public:
  struct Options {  // nothing is owned
    const eventstore::log::EventLog* log = nullptr;
    projections::engine::Engine* engine = nullptr;
    const membership::Circles* circles = nullptr;
    commands::Eraser* eraser = nullptr;
    const eventstore::base::Clock* clock = nullptr;
    std::function<std::vector<peer::CircleStatus>()> network_status;
    absl::Duration longest_wait = absl::Seconds(10);
  };
  explicit ErasureGate(Options options);

  // OK, or UNAVAILABLE ERASURES_PENDING; a retry helps. Without a circle: about all.
  absl::Status MayTell(const std::optional<eventstore::log::CircleId>& circle)
      ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  absl::Status Open(const eventstore::log::CircleId& circle) const;
  // Whether what other members told of the circle is here.
  bool HasCaughtUp(const membership::Circle& circle) const;
  absl::Status CarryOut(const membership::Circle& circle) const;

  const Options options_;
  const absl::Time give_up_at_;
  eventstore::base::Mutex mutex_;
  std::vector<eventstore::log::CircleId> closed_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace services::node
