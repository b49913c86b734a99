#pragma once

#include <set>
#include <vector>

#include "services/audit/verify/bundle.h"
#include "services/audit/verify/feed_keys.h"
#include "services/audit/verify/report.h"
#include "services/audit/verify/steps.h"

// The signatures under heads. Only for use inside this folder.
namespace services::audit::verify {

// Verifies the heads of every feed: all signatures are of known keys and right, and what
// stands past the end of a closed feed is refused. One claim for each feed; false when one
// of them does not hold.
bool CheckFeeds(const Contents& contents,
                const std::vector<poolcirkel::event::v1::Charter>& charters, const FeedKeys& keys,
                Report& report);

// Holds the cosignatures, whose signatures were checked, against what is required: under
// the heads with the acceptance just enough members by one version of the charter, each
// once; under other feeds none.
void CheckWitnesses(const Contents& contents,
                    const std::vector<poolcirkel::event::v1::Charter>& charters,
                    const FeedKeys& keys, const Steps& steps, Report& report);

// How many of the others must cosign by this version of the charter; more than half of
// those that take part.
size_t WitnessesNeeded(const poolcirkel::event::v1::Charter& charter);
// Whether the member takes part by this version.
bool TakesPart(const poolcirkel::event::v1::Charter& charter,
               const eventstore::log::MemberId& member);

}  // namespace services::audit::verify
