#include "eventstore/storage/keys.h"

#include <array>
#include <bit>
#include <cassert>
#include <cstring>

namespace eventstore::storage {
namespace {

constexpr char kVersion = 'V';
constexpr char kFeed = 'F';
constexpr char kRecord = kApart;
constexpr char kStream = 'S';
constexpr char kTile = 'T';
constexpr char kCheckpoint = 'C';
constexpr char kCosignature = 'W';
constexpr char kRequest = 'Q';

constexpr size_t kStreamSize = 16;
constexpr size_t kWitnessSize = 16;

std::string Start(char kind, FeedNumber feed) {
  std::string key(1, kind);
  AppendUint32(key, feed);
  return key;
}

uint32_t Swap(uint32_t number) { return __builtin_bswap32(number); }
uint64_t Swap(uint64_t number) { return __builtin_bswap64(number); }

template <typename Number>
std::array<char, sizeof(Number)> ToBigEndian(Number number) {
  static_assert(std::endian::native == std::endian::little);
  return std::bit_cast<std::array<char, sizeof(Number)>>(Swap(number));
}

template <typename Number>
void AppendBigEndian(std::string& out, Number number) {
  const auto bytes = ToBigEndian(number);
  out.append(bytes.data(), bytes.size());
}

template <typename Number>
Number ReadBigEndian(std::string_view bytes) {
  assert(bytes.size() >= sizeof(Number));
  Number number = 0;
  std::memcpy(&number, bytes.data(), sizeof(number));
  return Swap(number);
}

}  // namespace

std::array<char, sizeof(uint64_t)> BigEndian(uint64_t number) { return ToBigEndian(number); }
void AppendUint32(std::string& out, uint32_t number) { AppendBigEndian(out, number); }
void AppendUint64(std::string& out, uint64_t number) { AppendBigEndian(out, number); }
uint32_t ReadUint32(std::string_view bytes) { return ReadBigEndian<uint32_t>(bytes); }
uint64_t ReadUint64(std::string_view bytes) { return ReadBigEndian<uint64_t>(bytes); }

std::string FormatVersionKey() { return std::string(1, kVersion); }

std::string FeedKey(FeedNumber feed) { return Start(kFeed, feed); }

std::string RecordKey(FeedNumber feed, uint64_t sequence) {
  std::string key = Start(kRecord, feed);
  AppendUint64(key, sequence);
  return key;
}

std::string StreamKey(FeedNumber feed, std::string_view stream, uint64_t revision) {
  assert(stream.size() == kStreamSize);
  std::string key = Start(kStream, feed);
  key += stream;
  AppendUint64(key, revision);
  return key;
}

std::string TileKey(FeedNumber feed, uint32_t level, uint64_t index) {
  std::string key = Start(kTile, feed);
  AppendUint32(key, level);
  AppendUint64(key, index);
  return key;
}

std::string CheckpointKey(FeedNumber feed) { return Start(kCheckpoint, feed); }

std::string CosignatureKey(FeedNumber feed, std::string_view witness) {
  assert(witness.size() == kWitnessSize);
  return Start(kCosignature, feed) + std::string(witness);
}

std::string RequestIndexKey() { return std::string(1, kRequest); }

std::string RequestKey(std::string_view request) {
  return std::string(1, kRequest) + std::string(request);
}

Range AllFeeds() { return PrefixRange(std::string_view(&kFeed, 1)); }

Range RecordsOf(FeedNumber feed) { return PrefixRange(Start(kRecord, feed)); }

Range StreamsOf(FeedNumber feed) { return PrefixRange(Start(kStream, feed)); }

Range EventsOfStream(FeedNumber feed, std::string_view stream) {
  return PrefixRange(Start(kStream, feed) + std::string(stream));
}

Range TilesOf(FeedNumber feed) { return PrefixRange(Start(kTile, feed)); }

Range CosignaturesOf(FeedNumber feed) { return PrefixRange(Start(kCosignature, feed)); }

Range RequestIndex() { return PrefixRange(std::string_view(&kRequest, 1)); }

std::optional<FeedNumber> FeedOfKey(std::string_view feed_key) {
  if (feed_key.size() != 1 + sizeof(FeedNumber)) return std::nullopt;
  return ReadUint32(feed_key.substr(1));
}

std::optional<uint64_t> SequenceOfKey(std::string_view record_key) {
  constexpr size_t kStart = 1 + sizeof(FeedNumber);
  if (record_key.size() != kStart + sizeof(uint64_t)) return std::nullopt;
  return ReadUint64(record_key.substr(kStart));
}

std::optional<uint64_t> RevisionOfKey(std::string_view stream_key) {
  constexpr size_t kStart = 1 + sizeof(FeedNumber) + kStreamSize;
  if (stream_key.size() != kStart + sizeof(uint64_t)) return std::nullopt;
  return ReadUint64(stream_key.substr(kStart));
}

std::string_view StreamOfKey(std::string_view stream_key) {
  return RevisionOfKey(stream_key) ? stream_key.substr(1 + sizeof(FeedNumber), kStreamSize)
                                   : std::string_view();
}

std::optional<TilePlace> TileOfKey(std::string_view tile_key) {
  constexpr size_t kStart = 1 + sizeof(FeedNumber);
  if (tile_key.size() != kStart + sizeof(uint32_t) + sizeof(uint64_t)) return std::nullopt;
  return TilePlace{ReadUint32(tile_key.substr(kStart)),
                   ReadUint64(tile_key.substr(kStart + sizeof(uint32_t)))};
}

Range FromFeedOn(char kind, FeedNumber feed) {
  return {Start(kind, feed), PrefixRange(std::string_view(&kind, 1)).upper};
}

std::optional<FeedNumber> FeedOfAnyKey(std::string_view key) {
  if (key.size() < 1 + sizeof(FeedNumber)) return std::nullopt;
  return ReadUint32(key.substr(1));
}

std::string_view RequestOfKey(std::string_view request_key) { return request_key.substr(1); }

std::string_view WitnessOfKey(std::string_view cosignature_key) {
  constexpr size_t kStart = 1 + sizeof(FeedNumber);
  return cosignature_key.size() < kStart ? std::string_view() : cosignature_key.substr(kStart);
}

}  // namespace eventstore::storage
