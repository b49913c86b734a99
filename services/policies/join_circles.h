#pragma once

#include <map>
#include <string>

#include "services/policies/policy.h"

namespace services::policies {

// An applicant: asks the contacts of its invitation for the charter until a version
// admits it, then takes over the whole chain and takes part.
class JoinCircles final : public Policy {
 public:
  explicit JoinCircles(const PolicyParts& parts) : parts_(parts) {}

  std::string_view name() const override { return "join-circles"; }
  void Observe(const domain::PastEvent& event) override;
  absl::StatusOr<absl::Time> Act(absl::Time now) override;

 private:
  absl::Status TryToJoin(const commands::PendingCircles::Application& application, absl::Time now);

  const PolicyParts parts_;
  // By the circle's id in hexadecimal: when to ask again.
  std::map<std::string, absl::Time> next_try_;
};

}  // namespace services::policies
