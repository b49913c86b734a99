#pragma once

#include "absl/status/statusor.h"
#include "eventstore/log/feed_store.h"
#include "poolcirkel/log/v1/package.pb.h"

namespace eventstore::log {

// As EventLog::MakePackage.
absl::StatusOr<poolcirkel::log::v1::Package> MakePackageOf(const FeedStore& store, const Feed& feed,
                                                           Sequence first, size_t limit);

}  // namespace eventstore::log
