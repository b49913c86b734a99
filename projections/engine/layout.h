#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "eventstore/log/types.h"
#include "eventstore/storage/database.h"

// The key layout of the views database: the one place that knows it. Numbers are
// big-endian, so that keys sort as what they name; feeds sort by circle first. Only
// for use inside this folder.
//
//   F                               format version
//   D                               damage was found; the next start throws all away
//   G <generation>                  state, version and name of a generation of rows
//   C <generation> <feed>           next sequence, number of unknown events before it
//   T <generation> <feed> <key>     a row
//   U <feed> <sequence>             type of an event that was not understood
//
// None begins with storage's kApart: rows change, and come in no order.
namespace projections::engine {

inline constexpr uint32_t kFormatVersion = 2;
// Bytes of a feed in a key: circle, member, epoch.
inline constexpr size_t kFeedKeySize = 32 + 16 + 4;

// One build of a view's rows. Numbers are not used again.
using GenerationNumber = uint32_t;

enum class GenerationPhase : char { kServed = 's', kBuilding = 'b' };

struct GenerationRecord {
  GenerationPhase phase = GenerationPhase::kBuilding;
  uint32_t version = 0;
  std::string view;
};

// How far a generation has come with a feed.
struct FeedProgress {
  uint64_t next = 0;
  uint64_t unknown_events = 0;
};

std::string FormatKey();
std::string DamageKey();
std::string GenerationKey(GenerationNumber generation);
std::string ProgressKey(GenerationNumber generation, const eventstore::log::FeedId& feed);
std::string RowKey(GenerationNumber generation, const eventstore::log::FeedId& feed,
                   std::string_view key);
std::string UnknownKey(const eventstore::log::FeedId& feed, uint64_t sequence);

eventstore::storage::Range AllGenerations();
eventstore::storage::Range AllUnknown();
eventstore::storage::Range ProgressOf(GenerationNumber generation);
eventstore::storage::Range RowsOf(GenerationNumber generation);
eventstore::storage::Range RowsOfCircle(GenerationNumber generation,
                                        const eventstore::log::CircleId& circle);
eventstore::storage::Range RowsOfFeed(GenerationNumber generation,
                                      const eventstore::log::FeedId& feed, std::string_view prefix);

// Taken apart again; nothing when the bytes are not as this layout makes them.
std::optional<GenerationNumber> GenerationOfKey(std::string_view generation_key);
std::optional<eventstore::log::FeedId> FeedOfProgressKey(std::string_view progress_key);
struct RowName {
  eventstore::log::FeedId feed;
  std::string_view key;
};
std::optional<RowName> NameOfRow(std::string_view row_key);

std::string EncodeGeneration(const GenerationRecord& record);
std::optional<GenerationRecord> DecodeGeneration(std::string_view value);
std::string EncodeProgress(const FeedProgress& progress);
std::optional<FeedProgress> DecodeProgress(std::string_view value);

}  // namespace projections::engine
