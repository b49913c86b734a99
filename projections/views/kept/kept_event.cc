#include "projections/views/kept/kept_event.h"

#include <array>
#include <cassert>

#include "eventstore/base/errors.h"
#include "eventstore/privacy/sealing.h"
#include "eventstore/storage/keys.h"
#include "google/protobuf/descriptor.h"
#include "projections/views/kept/epochs.h"

namespace projections::views::kept {

using eventstore::log::CircleId;
using eventstore::log::EventId;
using eventstore::log::FeedId;
using eventstore::log::Sequence;
using eventstore::log::StreamId;
using eventstore::storage::BigEndian;

namespace {

constexpr size_t kThingSize = 16;
// Where the parts of a kept event stand in its row; the sequence comes first.
constexpr size_t kRecordedAt = sizeof(uint64_t);
constexpr size_t kIdAt = kRecordedAt + sizeof(uint64_t);
constexpr size_t kStreamAt = kIdAt + EventId::kSize;
constexpr size_t kPayloadAt = kStreamAt + StreamId::kSize;

std::string_view View(const std::array<char, sizeof(uint64_t)>& number) {
  return {number.data(), number.size()};
}

}  // namespace

void Keep(const engine::Event& event, char kind, std::string_view thing, engine::RowWriter& rows) {
  assert(thing.size() == kThingSize);
  const auto sequence = BigEndian(event.sequence().value());
  const auto recorded_at =
      BigEndian(static_cast<uint64_t>(absl::ToUnixMicros(event.recorded_at())));
  rows.Add({{&kind, 1}, thing, View(sequence)},
           {View(sequence), View(recorded_at), event.id().view(), event.stream().view(),
            event.payload()});
}

absl::StatusOr<KeptEvent> Parse(const FeedId& feed, std::string_view value) {
  KeptEvent event;
  if (value.size() < kPayloadAt ||
      !event.body.ParseFromArray(value.data() + kPayloadAt,
                                 static_cast<int>(value.size() - kPayloadAt))) {
    return absl::DataLossError("a row does not hold a kept event");
  }
  event.feed = feed;
  event.sequence = Sequence(eventstore::storage::ReadUint64(value));
  event.recorded_at = absl::FromUnixMicros(
      static_cast<int64_t>(eventstore::storage::ReadUint64(value.substr(kRecordedAt))));
  ASSIGN_OR_RETURN(event.id, EventId::FromBytes(value.substr(kIdAt, EventId::kSize)));
  ASSIGN_OR_RETURN(event.stream, StreamId::FromBytes(value.substr(kStreamAt, StreamId::kSize)));
  return event;
}

std::string ThingPrefix(char kind, std::string_view thing) {
  assert(thing.size() == kThingSize);
  std::string key(1, kind);
  key.append(thing);
  return key;
}

std::string EventKey(char kind, std::string_view thing, Sequence sequence) {
  std::string key = ThingPrefix(kind, thing);
  eventstore::storage::AppendUint64(key, sequence.value());
  return key;
}

std::string_view ThingOf(std::string_view key) {
  if (key.size() < 1 + kThingSize) return {};
  return key.substr(1, kThingSize);
}

absl::StatusOr<Things> ReadCircle(const engine::ViewReader& reader, const CircleId& circle,
                                  char kind) {
  Things things;
  ASSIGN_OR_RETURN(const Ends ends, ReadEnds(reader, circle));
  for (const FeedId& feed : reader.FeedsOf(circle)) {
    RETURN_IF_ERROR(reader.Scan(
        feed, std::string_view(&kind, 1),
        [&](const FeedId&, std::string_view key, std::string_view value) -> absl::Status {
          ASSIGN_OR_RETURN(KeptEvent event, Parse(feed, value));
          if (!ends.Counts(feed, event.sequence)) return absl::OkStatus();
          things[{HistoryOf(feed), std::string(ThingOf(key))}].push_back(std::move(event));
          return absl::OkStatus();
        }));
  }
  return things;
}

bool OpenFields(KeptEvent& event, const eventstore::privacy::KeyFile& keys) {
  const auto* reflection = event.body.GetReflection();
  const auto* field =
      event.body.GetDescriptor()->FindFieldByNumber(static_cast<int>(event.body.body_case()));
  if (field == nullptr) return true;
  google::protobuf::Message* body = reflection->MutableMessage(&event.body, field);
  const auto closed = eventstore::privacy::Open(*body, event.stream, event.id, event.feed.circle,
                                                event.feed.member, keys);
  return closed.ok() && closed->empty();
}

}  // namespace projections::views::kept
