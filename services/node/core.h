#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "eventstore/base/clock.h"
#include "eventstore/base/entropy.h"
#include "eventstore/crypto/entropy.h"
#include "eventstore/log/event_log.h"
#include "eventstore/privacy/key_file.h"
#include "eventstore/replication/evidence_file.h"
#include "projections/engine/engine.h"
#include "services/commands/private_feed_doubt.h"
#include "services/membership/kept_circles.h"
#include "services/membership/log_keys.h"
#include "services/node/config.h"
#include "services/node/identity.h"

namespace services::node {

// What a node stands on: identity, keys, log, circles and views, opened in order and
// closed in the reverse order. Everything above borrows from it.
struct Core {
  // Makes the private feed and the member's own key when they are not there yet.
  // FAILED_PRECONDITION: DATA_DIRECTORY_IN_USE by another process, or what CheckMember says.
  static absl::StatusOr<std::unique_ptr<Core>> Open(const Config& config);
  explicit Core(Identity loaded) : identity(std::move(loaded)) {}

  eventstore::base::SystemClock clock;
  eventstore::crypto::SystemEntropy entropy;
  eventstore::base::IdGenerator ids{clock, entropy};
  Identity identity;
  std::unique_ptr<membership::LogKeys> log_keys;
  std::unique_ptr<eventstore::privacy::KeyFile> keys;
  std::unique_ptr<eventstore::log::EventLog> log;
  std::unique_ptr<membership::KeptCircles> kept;
  std::unique_ptr<commands::PrivateFeedDoubt> doubt;
  std::unique_ptr<eventstore::replication::EvidenceFile> evidence;
  std::unique_ptr<membership::KnownCircles> circles;
  std::unique_ptr<projections::engine::Engine> engine;
};

}  // namespace services::node
