#pragma once

#include <map>

#include "services/policies/policy.h"
#include "services/policies/work_list.h"

namespace services::policies {

// Every member: destroys what it holds of a professional whose home pool asked for it,
// and says so in its own feed of the circle. Destroying waits for nothing; saying so
// waits for the feed to be writable.
class DestroyKeys final : public Policy {
 public:
  explicit DestroyKeys(const PolicyParts& parts) : parts_(parts) {}

  std::string_view name() const override { return "destroy-keys"; }
  void Observe(const domain::PastEvent& event) override;
  absl::StatusOr<absl::Time> Act(absl::Time now) override;
  absl::Time RetryAt(absl::Time /*now*/) const override { return work_.NextDue(); }

 private:
  absl::StatusOr<absl::Time> Consider(const WorkItem& item, absl::Time now);

  const PolicyParts parts_;
  WorkList work_;
  // The feeds that ask for it, by circle and professional: an id says nothing about
  // whose it is.
  std::map<WorkItem, std::map<eventstore::log::MemberId, eventstore::log::FeedId>> orders_;
};

}  // namespace services::policies
