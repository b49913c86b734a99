#pragma once

#include <cstdint>
#include <set>

#include "eventstore/log/types.h"
#include "poolcirkel/event/v1/circle.pb.h"
#include "poolcirkel/event/v1/secondment.pb.h"

namespace projections::views::exchanges {

// What evidence of cosignatures is worth.
struct CosignatureCount {
  uint32_t have = 0;    // different members other than the host
  uint32_t needed = 0;  // more than half of the others

  bool enough() const { return needed > 0 && have >= needed; }
};

// How many of the others must cosign: more than half of them, and at least one.
uint32_t CosignaturesNeeded(const poolcirkel::event::v1::Charter& charter);

// Counts the members of `charter` that cosigned a head of `host` which contains the
// acceptance: notes of that feed, signed by the host's key, larger than the
// acceptance's sequence and not larger than `recorded_at`, where the evidence itself
// stands. A note with one wrong signature of a known key counts for nothing. Pure; the
// notes may be foreign.
CosignatureCount CountCosignatures(const eventstore::log::FeedId& host,
                                   const poolcirkel::event::v1::Charter& charter,
                                   const poolcirkel::event::v1::AcceptanceCosigned& evidence,
                                   eventstore::log::Sequence recorded_at);

}  // namespace projections::views::exchanges
