#pragma once

#include "services/policies/policy.h"

namespace services::policies {

// When events of an own feed came back from peers, the private events beside them did not:
// says so in every circle, after which nothing is confirmed there until the coordinator
// restated the capacity.
class RestartPrivateFeed final : public Policy {
 public:
  explicit RestartPrivateFeed(const PolicyParts& parts) : parts_(parts) {}

  std::string_view name() const override { return "restart-private-feed"; }
  void Observe(const domain::PastEvent& event) override;
  absl::StatusOr<absl::Time> Act(absl::Time now) override;

 private:
  const PolicyParts parts_;
};

}  // namespace services::policies
