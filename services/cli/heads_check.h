#pragma once

#include <string>
#include <vector>

#include "poolcirkel/api/v1/log_service.pb.h"
#include "services/audit/verify/report.h"

namespace services::cli {

// What a head that a node shows now says about a bundle.
struct HeadClaim {
  bool ok = false;
  std::string sentence;  // Dutch
};

// Holds the present heads of the feeds that a verified bundle showed against it: each is
// signed by the feed's writer; it is not shorter than the head that the bundle was proved
// in; and with equal size it has the equal root. One claim for each feed that is still
// written. Pure; foreign heads are fine.
std::vector<HeadClaim> CheckHeads(const std::vector<audit::verify::ProvenFeed>& feeds,
                                  const poolcirkel::api::v1::LogHeadsResponse& heads);

}  // namespace services::cli
