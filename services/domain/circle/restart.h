#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/domain/context.h"
#include "services/domain/event.h"
#include "services/domain/weeks.h"

// What a member may promise after it lost its private feed, where its ledger of hours
// stands.
namespace services::domain::circle {

// What a member's own stream of the circle says about its private feed.
struct PrivateFeedState {
  // When it was begun anew, the last time.
  std::optional<absl::Time> restarted_at;
  // The coordinator restated the capacity since then.
  bool restated = false;

  bool MayConfirm() const { return !restarted_at.has_value() || restated; }
};
PrivateFeedState PrivateFeedOf(const std::vector<PastEvent>& circle_events);

// The private feed was begun anew: the member confirms nothing from here on.
Decision RestartPrivateFeed(const std::string& reason, const Context& context);

// The coordinator vouches for the capacity that was stated since. CAPACITY_NOT_IN_DOUBT.
absl::StatusOr<Decision> RestateCapacity(const PrivateFeedState& state, const std::string& reason,
                                         const Context& context);

// Whether a member may confirm hours in the weeks of `asked` of a professional whose
// private events these are. CAPACITY_NOT_RESTATED: not before the coordinator restated the
// circle's capacity, and only in weeks whose capacity was stated after the restart: what
// the ledger said of the others may lack reservations.
absl::Status CheckRestated(const PrivateFeedState& state,
                           const std::vector<PastEvent>& professional_events, const WeekMap& asked);

}  // namespace services::domain::circle
