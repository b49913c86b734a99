#pragma once

#include "services/policies/policy.h"
#include "services/policies/work_list.h"

namespace services::policies {

// Lender: frees hours once the host said that it declined or let expire the
// confirmed selection, and never by its own clock; and follows an end that the host
// recorded.
class ReleaseHours final : public Policy {
 public:
  explicit ReleaseHours(const PolicyParts& parts) : parts_(parts) {}

  std::string_view name() const override { return "release-hours"; }
  void Observe(const domain::PastEvent& event) override;
  absl::StatusOr<absl::Time> Act(absl::Time now) override;
  absl::Time RetryAt(absl::Time /*now*/) const override { return work_.NextDue(); }

 private:
  absl::StatusOr<absl::Time> Consider(const WorkItem& item, absl::Time now);

  const PolicyParts parts_;
  WorkList work_;
};

}  // namespace services::policies
