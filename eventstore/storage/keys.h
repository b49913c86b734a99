#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "eventstore/storage/database.h"

// The key layout of the databases `own` and `replicas` (eventstore/FORMAT.md): the
// one place that knows it. A key is a letter and big-endian numbers, so that keys
// sort as what they name. Ids come as views of their bytes; this folder does not
// know what they mean.
namespace eventstore::storage {

// A database counts the feeds it holds, from 1, so that keys stay short.
using FeedNumber = uint32_t;

// What stands at FormatVersionKey: of this layout.
inline constexpr std::string_view kFormatVersion = "2";

std::string FormatVersionKey();
std::string FeedKey(FeedNumber feed);
std::string RecordKey(FeedNumber feed, uint64_t sequence);
std::string StreamKey(FeedNumber feed, std::string_view stream, uint64_t revision);
std::string TileKey(FeedNumber feed, uint32_t level, uint64_t index);
std::string CheckpointKey(FeedNumber feed);
std::string CosignatureKey(FeedNumber feed, std::string_view witness);
// Says that every executed request stands in the index.
std::string RequestIndexKey();
std::string RequestKey(std::string_view request);

Range AllFeeds();
Range RecordsOf(FeedNumber feed);
// The stream index of a feed, all streams.
Range StreamsOf(FeedNumber feed);
Range EventsOfStream(FeedNumber feed, std::string_view stream);
Range TilesOf(FeedNumber feed);
Range CosignaturesOf(FeedNumber feed);
// The marker of RequestIndexKey and every request.
Range RequestIndex();

// The parts of keys, taken apart again; nothing (or
// an empty view) when the length does not fit.
std::optional<FeedNumber> FeedOfKey(std::string_view feed_key);
std::optional<uint64_t> SequenceOfKey(std::string_view record_key);
std::optional<uint64_t> RevisionOfKey(std::string_view stream_key);
std::string_view StreamOfKey(std::string_view stream_key);
// Empty for the marker of the index.
std::string_view RequestOfKey(std::string_view request_key);
std::string_view WitnessOfKey(std::string_view cosignature_key);
struct TilePlace {
  uint32_t level = 0;
  uint64_t index = 0;
};
std::optional<TilePlace> TileOfKey(std::string_view tile_key);

// For going over everything: the letters of keys that belong to a feed, and the part of
// a database that starts at a feed's keys of one letter.
inline constexpr std::string_view kKindsOfFeeds = "CRSTW";
Range FromFeedOn(char kind, FeedNumber feed);
// Which feed a key of such a letter belongs to.
std::optional<FeedNumber> FeedOfAnyKey(std::string_view key);

// Big-endian numbers inside values.
std::array<char, sizeof(uint64_t)> BigEndian(uint64_t number);
void AppendUint32(std::string& out, uint32_t number);
void AppendUint64(std::string& out, uint64_t number);
// `bytes` must be at least 4 or 8 long.
uint32_t ReadUint32(std::string_view bytes);
uint64_t ReadUint64(std::string_view bytes);

}  // namespace eventstore::storage
