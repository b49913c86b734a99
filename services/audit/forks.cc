#include "services/audit/forks.h"

#include <algorithm>

#include "eventstore/base/errors.h"
#include "services/answers/answers.h"

namespace services::audit {

namespace api = poolcirkel::api::v1;
namespace log = eventstore::log;

absl::StatusOr<api::AuditForksResponse> ListForks(
    const membership::Circles& circles, const std::vector<eventstore::replication::Fork>& forks,
    const api::AuditForksRequest& request) {
  ASSIGN_OR_RETURN(const auto circle, circles.Resolve(request.header().circle()));
  api::AuditForksResponse response;
  for (const auto& fork : forks) {
    if (fork.feed.circle != circle->id) continue;
    auto& row = *response.add_forks();
    *row.mutable_member() = answers::NameOf(*circle, fork.feed.member);
    *row.mutable_feed() = log::ToProto(fork.feed);
    row.set_first_note(fork.evidence.held);
    row.set_second_note(fork.evidence.contested);
    row.set_found_at_microseconds(absl::ToUnixMicros(fork.found_at));
    const auto* member = circle->Member(fork.feed.member);
    if (member == nullptr) continue;
    const auto& closed = member->closed_epochs();
    row.set_closed(std::any_of(closed.begin(), closed.end(), [&](const auto& epoch) {
      return epoch.epoch() == fork.feed.epoch.value();
    }));
  }
  return response;
}

}  // namespace services::audit
