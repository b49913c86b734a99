#pragma once

#include <set>

#include "services/policies/policy.h"
#include "services/policies/work_list.h"

namespace services::policies {

// Host: declares a selection expired whose limit passed, to confirm or to accept. A
// node that was down does not know what the lender did meanwhile, so it first hears
// from the lender since it started; until then the seat stays held. A user may
// decline it.
class ExpireSelections final : public Policy {
 public:
  explicit ExpireSelections(const PolicyParts& parts) : parts_(parts) {}

  std::string_view name() const override { return "expire-selections"; }
  void Observe(const domain::PastEvent& event) override;
  absl::StatusOr<absl::Time> Act(absl::Time now) override;
  absl::Time RetryAt(absl::Time /*now*/) const override { return work_.NextDue(); }

 private:
  absl::StatusOr<absl::Time> Consider(const WorkItem& item, absl::Time now);

  const PolicyParts parts_;
  WorkList work_;
  // Lenders whose feeds were fresh at some time since the start.
  std::set<eventstore::log::FeedId> heard_;
};

}  // namespace services::policies
