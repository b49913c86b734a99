#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/commands/dependencies.h"
#include "services/commands/eraser.h"
#include "services/commands/own_professionals.h"
#include "services/commands/pending_circles.h"
#include "services/domain/event.h"
#include "services/membership/kept_circles.h"

namespace services::policies {

// A reaction of this member to what happened, here or at another member. It does
// nothing that a user could not do by a command, and keeps no state that is not
// folded from the log again at the next start. Used by one thread at a time.
class Policy {
 public:
  virtual ~Policy() = default;

  // For status and logs; part of the ids of its requests, so it stays the same.
  virtual std::string_view name() const = 0;
  // Told of every event of own feeds and replicas, in order per feed; sealed fields
  // are still sealed. Only remembers what there may be to do.
  virtual void Observe(const domain::PastEvent& event) = 0;
  // Does what can be done at `now`, all of it even when a part fails; the errors
  // together. Answers when to be called again although nothing new is observed.
  virtual absl::StatusOr<absl::Time> Act(absl::Time now) = 0;
  // When Act failed: when to be called again.
  virtual absl::Time RetryAt(absl::Time now) const { return now + absl::Seconds(1); }
};

// What policies work with. Nothing is owned.
struct PolicyParts {
  commands::Dependencies commands;
  commands::OwnProfessionals* professionals = nullptr;
  commands::PendingCircles* pending = nullptr;
  commands::Eraser* eraser = nullptr;
  // After how many days no backup of the class keys is left.
  int key_backup_days = 0;
  // The circles as they are kept beside the log; nullptr: no other member is heard before
  // a feed is begun.
  membership::KeptCircles* kept = nullptr;
};

}  // namespace services::policies
