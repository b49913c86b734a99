#pragma once

#include <vector>

#include "eventstore/check/feed_check.h"

namespace eventstore::check {

// Holds the stream index of a feed against its records: each record once, revisions from
// 0 without gaps, in the order of the feed.
void CheckStreams(Context& context, const FeedFacts& facts);

// Holds the request index (of `own`) against the records of all feeds.
void CheckRequests(Context& context, const std::vector<FeedFacts>& feeds);

}  // namespace eventstore::check
