#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "eventstore/crypto/signature.h"
#include "eventstore/log/event_log.h"
#include "services/membership/circles.h"

namespace services::membership {

// The circles of the member whose log key is `log_key`, read from the charters in its own
// feeds; every chain is verified again. `log` is not owned and must outlive the result.
// `private_feed` is the member's private feed, which may not exist yet. DATA_LOSS when an
// own feed holds a chain that does not verify.
absl::StatusOr<std::unique_ptr<Circles>> Load(const eventstore::log::EventLog& log,
                                              const eventstore::crypto::PublicKey& log_key,
                                              const eventstore::log::FeedId& private_feed);

}  // namespace services::membership
