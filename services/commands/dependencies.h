#pragma once

#include "eventstore/base/clock.h"
#include "eventstore/base/entropy.h"
#include "eventstore/crypto/signature.h"
#include "eventstore/log/event_log.h"
#include "eventstore/privacy/key_file.h"
#include "services/commands/peers.h"
#include "services/commands/runner.h"
#include "services/membership/circles.h"

namespace services::commands {

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
  const eventstore::crypto::PrivateKey* log_key = nullptr;
};

}  // namespace services::commands
