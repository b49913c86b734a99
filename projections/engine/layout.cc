#include "projections/engine/layout.h"

#include "eventstore/storage/keys.h"

namespace projections::engine {
namespace {

using eventstore::log::CircleId;
using eventstore::log::Epoch;
using eventstore::log::FeedId;
using eventstore::log::MemberId;
using eventstore::storage::AppendUint32;
using eventstore::storage::AppendUint64;
using eventstore::storage::PrefixRange;
using eventstore::storage::Range;
using eventstore::storage::ReadUint32;
using eventstore::storage::ReadUint64;

constexpr size_t kGenerationPrefixSize = 1 + 4;

void AppendFeed(std::string& out, const FeedId& feed) {
  out.append(feed.circle.view());
  out.append(feed.member.view());
  AppendUint32(out, static_cast<uint32_t>(feed.epoch.value()));
}

std::string Numbered(char letter, GenerationNumber generation) {
  std::string key(1, letter);
  AppendUint32(key, generation);
  return key;
}

std::optional<FeedId> ReadFeed(std::string_view bytes) {
  if (bytes.size() < kFeedKeySize) return std::nullopt;
  auto circle = CircleId::FromBytes(bytes.substr(0, 32));
  auto member = MemberId::FromBytes(bytes.substr(32, 16));
  if (!circle.ok() || !member.ok()) return std::nullopt;
  return FeedId{*circle, *member, Epoch(ReadUint32(bytes.substr(48)))};
}

}  // namespace

std::string FormatKey() { return "F"; }
std::string DamageKey() { return "D"; }

std::string GenerationKey(GenerationNumber generation) { return Numbered('G', generation); }

std::string ProgressKey(GenerationNumber generation, const FeedId& feed) {
  std::string key = Numbered('C', generation);
  AppendFeed(key, feed);
  return key;
}

std::string RowKey(GenerationNumber generation, const FeedId& feed, std::string_view row) {
  std::string key = Numbered('T', generation);
  key.reserve(kGenerationPrefixSize + kFeedKeySize + row.size());
  AppendFeed(key, feed);
  key.append(row);
  return key;
}

std::string UnknownKey(const FeedId& feed, uint64_t sequence) {
  std::string key = "U";
  AppendFeed(key, feed);
  AppendUint64(key, sequence);
  return key;
}

Range AllGenerations() { return PrefixRange("G"); }
Range AllUnknown() { return PrefixRange("U"); }
Range ProgressOf(GenerationNumber generation) { return PrefixRange(Numbered('C', generation)); }
Range RowsOf(GenerationNumber generation) { return PrefixRange(Numbered('T', generation)); }

Range RowsOfCircle(GenerationNumber generation, const CircleId& circle) {
  return PrefixRange(Numbered('T', generation) + circle.bytes());
}

Range RowsOfFeed(GenerationNumber generation, const FeedId& feed, std::string_view prefix) {
  return PrefixRange(RowKey(generation, feed, prefix));
}

std::optional<GenerationNumber> GenerationOfKey(std::string_view key) {
  if (key.size() != kGenerationPrefixSize) return std::nullopt;
  return ReadUint32(key.substr(1));
}

std::optional<FeedId> FeedOfProgressKey(std::string_view key) {
  if (key.size() != kGenerationPrefixSize + kFeedKeySize) return std::nullopt;
  return ReadFeed(key.substr(kGenerationPrefixSize));
}

std::optional<RowName> NameOfRow(std::string_view key) {
  if (key.size() < kGenerationPrefixSize + kFeedKeySize) return std::nullopt;
  auto feed = ReadFeed(key.substr(kGenerationPrefixSize));
  if (!feed.has_value()) return std::nullopt;
  return RowName{*feed, key.substr(kGenerationPrefixSize + kFeedKeySize)};
}

std::string EncodeGeneration(const GenerationRecord& record) {
  std::string value(1, static_cast<char>(record.phase));
  AppendUint32(value, record.version);
  return value + record.view;
}

std::optional<GenerationRecord> DecodeGeneration(std::string_view value) {
  if (value.size() < 6 || (value[0] != 's' && value[0] != 'b')) return std::nullopt;
  return GenerationRecord{static_cast<GenerationPhase>(value[0]), ReadUint32(value.substr(1)),
                          std::string(value.substr(5))};
}

std::string EncodeProgress(const FeedProgress& progress) {
  std::string value;
  AppendUint64(value, progress.next);
  AppendUint64(value, progress.unknown_events);
  return value;
}

std::optional<FeedProgress> DecodeProgress(std::string_view value) {
  if (value.size() != 16) return std::nullopt;
  return FeedProgress{ReadUint64(value), ReadUint64(value.substr(8))};
}

}  // namespace projections::engine
