#pragma once

#include <map>
#include <vector>

#include "services/policies/policy.h"
#include "services/policies/work_list.h"

namespace services::policies {

// Host of a session: answers sign-ups in the order in which they reached this node,
// and gives a place that came free to the first who waits.
class AnswerSignUps final : public Policy {
 public:
  explicit AnswerSignUps(const PolicyParts& parts) : parts_(parts) {}

  std::string_view name() const override { return "answer-sign-ups"; }
  void Observe(const domain::PastEvent& event) override;
  absl::StatusOr<absl::Time> Act(absl::Time now) override;
  absl::Time RetryAt(absl::Time /*now*/) const override { return work_.NextDue(); }

 private:
  absl::StatusOr<absl::Time> Consider(const WorkItem& item, absl::Time now);

  const PolicyParts parts_;
  WorkList work_;
  struct SignUp {
    eventstore::log::FeedId feed;
    eventstore::log::StreamId id;
  };
  // By session, in order of arrival.
  std::map<WorkItem, std::vector<SignUp>> arrived_;
};

}  // namespace services::policies
