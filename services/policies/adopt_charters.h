#pragma once

#include "services/policies/policy.h"
#include "services/policies/work_list.h"

namespace services::policies {

// Every member: works by the next version of the charter once it has the signatures
// that the present one asks for.
class AdoptCharters final : public Policy {
 public:
  explicit AdoptCharters(const PolicyParts& parts) : parts_(parts) {}

  std::string_view name() const override { return "adopt-charters"; }
  void Observe(const domain::PastEvent& event) override;
  absl::StatusOr<absl::Time> Act(absl::Time now) override;
  absl::Time RetryAt(absl::Time /*now*/) const override { return work_.NextDue(); }

 private:
  absl::StatusOr<absl::Time> Consider(const WorkItem& item, absl::Time now);

  const PolicyParts parts_;
  WorkList work_;
};

}  // namespace services::policies
