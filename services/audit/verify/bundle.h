#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "eventstore/crypto/digest.h"
#include "eventstore/log/record.h"
#include "eventstore/log/types.h"
#include "eventstore/merkle/note.h"
#include "poolcirkel/event/v1/circle.pb.h"
#include "poolcirkel/event/v1/event.pb.h"
#include "poolcirkel/log/v1/bundle.pb.h"

// The one way to write a bundle (eventstore/FORMAT.md, "Bundles"), and reading it. Pure,
// thread-safe.
namespace services::audit::verify {

inline constexpr size_t kMaximumBundleSize = 16 * 1024 * 1024;
inline constexpr int kMaximumCharters = 1'000;
inline constexpr int kMaximumFeeds = 100;
inline constexpr int kMaximumHeads = 100;     // of each feed
inline constexpr int kMaximumEvents = 1'000;  // of each feed

// A checkpoint note of a feed, its signatures not yet verified.
struct Head {
  eventstore::merkle::Note note;  // first the origin's signature, then cosignatures
  eventstore::merkle::Checkpoint checkpoint;
};

// An event that stands in every head of its feed that is larger than its sequence.
struct ShownEvent {
  eventstore::log::StoredEvent stored;
  poolcirkel::event::v1::Event body;
};

struct ShownFeed {
  eventstore::log::FeedId id;
  std::vector<Head> heads;  // largest first; the first holds every event
  std::vector<ShownEvent> events;
};

// What a bundle says. Nothing is signed for yet.
struct Contents {
  eventstore::log::StreamId exchange;
  eventstore::log::CircleId circle;  // of version 0 of the charter
  std::vector<poolcirkel::event::v1::SignedCharter> charters;
  std::vector<ShownFeed> feeds;
  std::string exchange_key;  // 32 bytes, or empty
};

// The bytes of a bundle: fields in the order of their numbers, the key always written.
std::string EncodeBundle(const poolcirkel::log::v1::Bundle& bundle);

// Checks everything of a bundle that needs no key: its form, which has to be the only one;
// its bounds; that all belongs to one circle; records; and that every event stands in the
// heads. INVALID_ARGUMENT says in Dutch what is wrong. `bytes` may be foreign.
absl::StatusOr<Contents> ReadBundle(std::string_view bytes);

}  // namespace services::audit::verify
