#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "eventstore/replication/evidence_file.h"
#include "poolcirkel/api/v1/audit_service.pb.h"
#include "services/membership/circles.h"

namespace services::audit {

// AuditService.Forks: of `forks` those in the asked circle, with the signed heads as they
// were kept. CIRCLE_UNKNOWN.
absl::StatusOr<poolcirkel::api::v1::AuditForksResponse> ListForks(
    const membership::Circles& circles, const std::vector<eventstore::replication::Fork>& forks,
    const poolcirkel::api::v1::AuditForksRequest& request);

}  // namespace services::audit
