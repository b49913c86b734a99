#pragma once

#include <string>
#include <vector>

#include "poolcirkel/api/v1/audit_service.pb.h"
#include "poolcirkel/api/v1/log_service.pb.h"

namespace services::cli {

// What a head that a node shows now says about evidence.
struct HeadClaim {
  bool ok = false;
  std::string sentence;  // Dutch
};

// Holds the present heads of the feeds in `evidence` against it: each is signed by the
// feed's writer, whose key stands in the newest charter of the evidence; it is not
// shorter than the head that the evidence was proved in; and with equal size it has
// the equal root. One claim for each feed of the evidence. The charters themselves are
// verified by audit::VerifyEvidence. Pure; foreign input is fine.
std::vector<HeadClaim> CheckHeads(const poolcirkel::api::v1::AuditEvidenceResponse& evidence,
                                  const poolcirkel::api::v1::LogHeadsResponse& heads);

}  // namespace services::cli
