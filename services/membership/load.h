#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "eventstore/crypto/signature.h"
#include "eventstore/log/event_log.h"
#include "services/membership/circles.h"
#include "services/membership/log_keys.h"

namespace services::membership {

// The circles of this member, read from the charters in its own feeds; every chain is
// verified again. Each epoch's feed holds the whole chain, so the newest that holds one
// counts. `log_key` is the member's when it has but one: a chain that names another is
// DATA_LOSS then. `log` is not owned and must outlive the result.
// `private_feed` is the member's private feed, which may not exist yet. DATA_LOSS when an
// own feed holds a chain that does not verify.
absl::StatusOr<std::unique_ptr<Circles>> Load(const eventstore::log::EventLog& log,
                                              const eventstore::crypto::PublicKey& log_key,
                                              const eventstore::log::FeedId& private_feed);

// The same for a member with several keys: `keys`, not owned, is told which feed is signed
// with which. A circle whose key is lost is there, and cannot be written.
absl::StatusOr<std::unique_ptr<Circles>> Load(const eventstore::log::EventLog& log, LogKeys& keys,
                                              const eventstore::log::FeedId& private_feed);

}  // namespace services::membership
