#pragma once

#include "absl/status/statusor.h"
#include "eventstore/log/feed_store.h"
#include "poolcirkel/log/v1/package.pb.h"

namespace eventstore::log {

// As EventLog::MakePackage; with the feed's key each package leads to a checkpoint of its own.
absl::StatusOr<poolcirkel::log::v1::Package> MakePackageOf(const FeedStore& store, const Feed& feed,
                                                           Sequence first, size_t limit,
                                                           const crypto::PrivateKey* key);

}  // namespace eventstore::log
