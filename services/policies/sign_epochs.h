#pragma once

#include "services/policies/policy.h"
#include "services/policies/work_list.h"

namespace services::policies {

// Signs what a member may do by itself: ending its own epoch, for another key or for the
// new year. Nobody has to agree, but everybody has to see the same end; so a node signs
// when it holds that end itself.
class SignEpochs final : public Policy {
 public:
  explicit SignEpochs(const PolicyParts& parts) : parts_(parts) {}

  std::string_view name() const override { return "sign-epochs"; }
  void Observe(const domain::PastEvent& event) override;
  absl::StatusOr<absl::Time> Act(absl::Time now) override;
  absl::Time RetryAt(absl::Time /*now*/) const override { return work_.NextDue(); }

 private:
  absl::StatusOr<absl::Time> Consider(const WorkItem& item, absl::Time now);

  const PolicyParts parts_;
  WorkList work_;
};

}  // namespace services::policies
