#pragma once

#include "services/policies/policy.h"

namespace services::policies {

// Circles that this member is in by the charter, and whose feed it does not hold: it lost
// its log, or joins. The own feed is made locked and empty; the other members are heard;
// what they hold of it comes back; and only when more than half of them hold no more is it
// begun or gone on with. So a member never writes a second story under an old key.
class RestoreCircles final : public Policy {
 public:
  explicit RestoreCircles(const PolicyParts& parts) : parts_(parts) {}

  std::string_view name() const override { return "restore-circles"; }
  void Observe(const domain::PastEvent& event) override;
  absl::StatusOr<absl::Time> Act(absl::Time now) override;

 private:
  // Whether there is something left to do for it.
  absl::StatusOr<bool> Restore(const membership::CirclePtr& kept);

  const PolicyParts parts_;
};

}  // namespace services::policies
