#include "projections/views/kept/kept_event.h"

#include <cassert>

#include "eventstore/base/errors.h"
#include "eventstore/privacy/sealing.h"
#include "eventstore/storage/keys.h"
#include "google/protobuf/descriptor.h"
#include "poolcirkel/log/v1/record.pb.h"
#include "projections/views/kept/epochs.h"

namespace projections::views::kept {

using eventstore::log::CircleId;
using eventstore::log::EventId;
using eventstore::log::FeedId;
using eventstore::log::Sequence;
using eventstore::log::StreamId;

namespace {

constexpr size_t kThingSize = 16;
constexpr size_t kSequenceSize = 8;

}  // namespace

std::string Keep(const engine::Event& event) {
  std::string value;
  eventstore::storage::AppendUint64(value, event.sequence.value());
  poolcirkel::log::v1::Record record;
  record.set_event_id(event.id.bytes());
  record.set_stream_id(event.stream.bytes());
  record.set_recorded_at_microseconds(absl::ToUnixMicros(event.recorded_at));
  record.set_payload(event.payload);
  record.AppendToString(&value);
  return value;
}

absl::StatusOr<KeptEvent> Parse(const FeedId& feed, std::string_view value) {
  poolcirkel::log::v1::Record record;
  if (value.size() < kSequenceSize ||
      !record.ParseFromArray(value.data() + kSequenceSize,
                             static_cast<int>(value.size() - kSequenceSize))) {
    return absl::DataLossError("a row does not hold a kept event");
  }
  auto id = EventId::FromBytes(record.event_id());
  auto stream = StreamId::FromBytes(record.stream_id());
  KeptEvent event;
  if (!id.ok() || !stream.ok() || !event.body.ParseFromString(record.payload())) {
    return absl::DataLossError("a kept event cannot be read");
  }
  event.feed = feed;
  event.sequence = Sequence(eventstore::storage::ReadUint64(value));
  event.id = *id;
  event.stream = *stream;
  event.recorded_at = absl::FromUnixMicros(record.recorded_at_microseconds());
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
