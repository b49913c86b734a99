#pragma once

#include <map>

#include "services/policies/policy.h"

namespace services::policies {

// A member that its peers refuse, or that hears nothing of them, asks for the charter: it
// may have been suspended, or taken up again. Charters travel in feeds otherwise.
class FollowCharters final : public Policy {
 public:
  explicit FollowCharters(const PolicyParts& parts) : parts_(parts) {}

  std::string_view name() const override { return "follow-charters"; }
  void Observe(const domain::PastEvent& /*event*/) override {}
  absl::StatusOr<absl::Time> Act(absl::Time now) override;

 private:
  bool IsCutOff(const membership::Circle& circle) const;
  absl::Status Ask(const membership::Circle& circle, absl::Time now);

  const PolicyParts parts_;
  std::map<eventstore::log::CircleId, absl::Time> next_try_;
};

}  // namespace services::policies
