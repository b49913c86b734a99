#pragma once

#include "eventstore/base/clock.h"
#include "eventstore/base/entropy.h"
#include "eventstore/crypto/signature.h"
#include "eventstore/log/event_log.h"
#include "eventstore/privacy/key_file.h"
#include "services/commands/peers.h"
#include "services/commands/runner.h"
#include "services/membership/circles.h"
#include "services/membership/log_keys.h"

namespace services::commands {

class PrivateFeedDoubt;

// What every command class takes. Nothing is owned; all of it is thread-safe and
// outlives the commands.
struct Dependencies {
  eventstore::log::EventLog* log = nullptr;
  eventstore::privacy::KeyFile* keys = nullptr;
  membership::Circles* circles = nullptr;
  Runner* runner = nullptr;
  Peers* peers = nullptr;
  const eventstore::base::Clock* clock = nullptr;
  eventstore::base::IdGenerator* ids = nullptr;
  eventstore::base::Entropy* entropy = nullptr;
  // The first log key: of circles that this member founds or joins.
  const eventstore::crypto::PrivateKey* log_key = nullptr;
  // All log keys; nullptr: there is but the one, and an epoch cannot be ended here.
  membership::LogKeys* log_keys = nullptr;
  // Whether the private feed lacks something; nullptr: never.
  PrivateFeedDoubt* doubt = nullptr;

  // The key that this member signs with in a circle now: the one that the charter names.
  // The first one when that is not here; what it signs then counts for nothing.
  const eventstore::crypto::PrivateKey& SigningKey(const membership::Circle& circle) const;
};

}  // namespace services::commands
