#pragma once

#include <optional>
#include <vector>

#include "absl/time/time.h"
#include "eventstore/log/types.h"
#include "eventstore/privacy/key_file.h"
#include "eventstore/privacy/sealing.h"
#include "poolcirkel/event/v1/event.pb.h"

// What deciders take and give. A decider is a pure function
//
//   absl::StatusOr<Decision> Publish(const State&, const Command&, const Context&)
//
// over a state that Evolve() folds from a stream's events. It reads no clock, makes
// no ids and no keys: what it needs of these is in its arguments. Refusals are
// base::Refusal with a reason of services/README.md.
namespace services::domain {

using eventstore::log::CircleId;
using eventstore::log::EventId;
using eventstore::log::FeedId;
using eventstore::log::MemberId;
using eventstore::log::StreamId;

// An event of the past, opened as far as the node holds the keys.
struct PastEvent {
  EventId id;
  FeedId feed;
  eventstore::log::Sequence sequence;
  StreamId stream;
  absl::Time recorded_at;
  poolcirkel::event::v1::Event event;
};

// An event that was decided on: in clear; sealed on its way to the log.
struct NewEvent {
  // The circle's feed that it goes to; unset: the private feed.
  std::optional<CircleId> circle;
  StreamId stream;
  poolcirkel::event::v1::Event event;
  // Keys for its person and exchange fields; the member's key is always known.
  eventstore::privacy::SealingKeys keys;
};

// Everything that one command does: all or nothing.
struct Decision {
  // Keys that must exist before the events are sealed; made when they are new.
  std::vector<eventstore::privacy::ClassKey> new_keys;
  std::vector<NewEvent> events;
};

}  // namespace services::domain
