#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "eventstore/log/types.h"
#include "eventstore/privacy/key_file.h"
#include "poolcirkel/event/v1/event.pb.h"
#include "projections/engine/engine.h"
#include "projections/engine/view.h"

// Events as rows: the fold of a view keeps the events that matter to it, ordered by
// the thing that they are about, as sealed as they came; joins fold them again when
// they are read. Pure functions, from any thread.
namespace projections::views::kept {

// An event read back from a row.
struct KeptEvent {
  eventstore::log::FeedId feed;
  eventstore::log::Sequence sequence;
  eventstore::log::EventId id;
  eventstore::log::StreamId stream;
  absl::Time recorded_at;
  poolcirkel::event::v1::Event body;
};

// Adds a row that keeps `event` under `thing`, 16 bytes (EventKey); and reads its value
// back. DATA_LOSS when the bytes are not what Keep made.
void Keep(const engine::Event& event, char kind, std::string_view thing, engine::RowWriter& rows);
absl::StatusOr<KeptEvent> Parse(const eventstore::log::FeedId& feed, std::string_view value);

// The key of an event about one thing: sorts by kind, thing and sequence. `thing` is 16
// bytes.
std::string EventKey(char kind, std::string_view thing, eventstore::log::Sequence sequence);
// All keys of that thing start with it.
std::string ThingPrefix(char kind, std::string_view thing);
// The thing of such a key, 16 bytes; empty when it is no such key.
std::string_view ThingOf(std::string_view key);

// The events about one thing in one member's history, in order. The first epoch's feed
// stands for the history (epochs.h); each event tells its own.
using Things = std::map<std::pair<eventstore::log::FeedId, std::string>, std::vector<KeptEvent>>;
// All kept events of `kind` in a circle that count.
absl::StatusOr<Things> ReadCircle(const engine::ViewReader& reader,
                                  const eventstore::log::CircleId& circle, char kind);

// Opens the sealed fields of an event in memory. True when nothing stayed sealed;
// what is forged counts as sealed.
bool OpenFields(KeptEvent& event, const eventstore::privacy::KeyFile& keys);

}  // namespace projections::views::kept
