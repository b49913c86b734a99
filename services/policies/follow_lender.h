#pragma once

#include "services/policies/policy.h"
#include "services/policies/work_list.h"

namespace services::policies {

// Host: follows an end that the lender recorded, so that the seat is free again.
class FollowLender final : public Policy {
 public:
  explicit FollowLender(const PolicyParts& parts) : parts_(parts) {}

  std::string_view name() const override { return "follow-lender"; }
  void Observe(const domain::PastEvent& event) override;
  absl::StatusOr<absl::Time> Act(absl::Time now) override;
  absl::Time RetryAt(absl::Time /*now*/) const override { return work_.NextDue(); }

 private:
  absl::StatusOr<absl::Time> Consider(const WorkItem& item, absl::Time now);

  const PolicyParts parts_;
  WorkList work_;
};

}  // namespace services::policies
