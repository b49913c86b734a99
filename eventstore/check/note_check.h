#pragma once

#include <vector>

#include "eventstore/check/feed_check.h"

namespace eventstore::check {

// The sizes of the heads that are signed for a feed, as far as they can be read: where
// roots will be wanted.
std::vector<uint64_t> SignedSizes(const Context& context, storage::FeedNumber feed);

// Checks form, origin, root and every signature of the checkpoint and the cosignatures of
// a feed. Returns what they say, for judging the records.
std::vector<KnownHead> CheckNotes(Context& context, const FeedFacts& facts);

}  // namespace eventstore::check
