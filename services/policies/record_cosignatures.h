#pragma once

#include <map>

#include "services/policies/policy.h"
#include "services/policies/work_list.h"

namespace services::policies {

// Host: records that enough of the other members cosigned a head that holds an
// acceptance: the secondment is effective.
class RecordCosignatures final : public Policy {
 public:
  explicit RecordCosignatures(const PolicyParts& parts) : parts_(parts) {}

  std::string_view name() const override { return "record-cosignatures"; }
  void Observe(const domain::PastEvent& event) override;
  absl::StatusOr<absl::Time> Act(absl::Time now) override;
  absl::Time RetryAt(absl::Time /*now*/) const override { return work_.NextDue(); }

 private:
  absl::StatusOr<absl::Time> Consider(const WorkItem& item, absl::Time now);

  const PolicyParts parts_;
  WorkList work_;
  // Acceptances that wait for cosignatures: where they stand in the own feed.
  struct Waiting {
    eventstore::log::FeedId feed;
    eventstore::log::Sequence sequence;
  };
  std::map<WorkItem, Waiting> waiting_;
};

}  // namespace services::policies
