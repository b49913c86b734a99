#pragma once

#include <cstdint>
#include <map>
#include <utility>

#include "eventstore/log/types.h"
#include "poolcirkel/event/v1/circle.pb.h"
#include "poolcirkel/event/v1/secondment.pb.h"

namespace projections::views::exchanges {

// What evidence of cosignatures is worth.
struct CosignatureCount {
  uint32_t have = 0;    // different members other than the host
  uint32_t needed = 0;  // more than half of the others that take part
  uint32_t epoch = 0;   // of the host's feed whose heads they cosigned

  bool enough() const { return needed > 0 && have >= needed; }
};

// By the place of the evidence: epoch and sequence.
using VerdictsOfOne = std::map<std::pair<uint64_t, uint64_t>, CosignatureCount>;

// How many of the others must cosign: more than half of them, and at least one.
uint32_t CosignaturesNeeded(const poolcirkel::event::v1::Charter& charter);

// Counts the members of `charter` that cosigned a head which contains the acceptance: notes
// of `host`, the feed that the evidence stands in, or of one earlier epoch of it, signed by
// the host's key of that epoch; larger than the acceptance's sequence, and not larger than
// `recorded_at`, where the evidence stands, or than the end that the circle gave the epoch.
// A member may have cosigned in any epoch of its own; a suspended one does not count. A note with
// one wrong signature of a known key counts for nothing. Pure; the notes may be foreign.
CosignatureCount CountCosignatures(const eventstore::log::FeedId& host,
                                   const poolcirkel::event::v1::Charter& charter,
                                   const poolcirkel::event::v1::AcceptanceCosigned& evidence,
                                   eventstore::log::Sequence recorded_at);

}  // namespace projections::views::exchanges
