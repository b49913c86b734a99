#include "eventstore/log/record.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "google/protobuf/stubs/logging.h"

namespace eventstore::log {
namespace {

using poolcirkel::log::v1::Record;
using poolcirkel::log::v1::SealedField;

constexpr uint32_t kActorFieldNumber = Record::kActorFieldNumber;
constexpr size_t kMaximumTypeSize = 64;
constexpr size_t kDigestSize = 32;
constexpr size_t kKeyIdSize = 16;
constexpr size_t kNonceSize = 12;

bool HasActor(const SealedField& actor) { return actor.ByteSizeLong() > 0; }

absl::Status CheckType(std::string_view type) {
  const bool named =
      !type.empty() && type.size() <= kMaximumTypeSize && std::ranges::all_of(type, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
      });
  return named ? absl::OkStatus()
               : base::InvalidField("type", "bestaat uit 1 tot 64 tekens a-z, 0-9 en _");
}

absl::Status CheckActor(const SealedField& actor) {
  // Absent: the node did it by itself.
  if (!HasActor(actor)) return absl::OkStatus();
  if (actor.field_number() != kActorFieldNumber) {
    return base::InvalidField("actor.field_number", "is 9");
  }
  if (actor.key_id().size() != kKeyIdSize) {
    return base::InvalidField("actor.key_id", "heeft 16 bytes");
  }
  if (actor.nonce().size() != kNonceSize) {
    return base::InvalidField("actor.nonce", "heeft 12 bytes");
  }
  if (actor.ciphertext().size() < kMinimumActorCiphertextSize ||
      actor.ciphertext().size() > kMaximumActorCiphertextSize) {
    return base::InvalidField("actor.ciphertext", "heeft 16 tot 2048 bytes");
  }
  if (actor.commitment().size() != kDigestSize) {
    return base::InvalidField("actor.commitment", "heeft 32 bytes");
  }
  return absl::OkStatus();
}

absl::Status TooLarge(const char* field, size_t size, size_t limit) {
  return base::Refusal(absl::StatusCode::kInvalidArgument, "RECORD_TOO_LARGE",
                       absl::StrCat("een gebeurtenis is te groot: ", size, " bytes in plaats van ",
                                    "hoogstens ", limit))
      .Field(field, absl::StrCat("heeft hoogstens ", limit, " bytes"))
      .Remedy("maak de tekst korter of verdeel het over meer gebeurtenissen");
}

// One way to write a message: fields in order of their number.
std::string SerializeInOrder(const google::protobuf::Message& message) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    message.SerializeToCodedStream(&coded);
  }
  return bytes;
}

template <typename Id>
absl::Status ReadId(const std::string& bytes, const char* field, Id& id) {
  auto parsed = Id::FromBytes(bytes);
  if (!parsed.ok() || parsed->empty()) {
    return base::InvalidField(field, absl::StrCat("heeft ", Id::kSize, " bytes, niet alle nul"));
  }
  id = *parsed;
  return absl::OkStatus();
}

bool HasUnknownFields(const Record& record) {
  const auto has = [](const google::protobuf::Message& message) {
    return !message.GetReflection()->GetUnknownFields(message).empty();
  };
  return has(record) || (record.has_feed() && has(record.feed())) ||
         (record.has_actor() && has(record.actor()));
}

absl::StatusOr<StoredEvent> ToEvent(const FeedId& feed, Sequence sequence, Record& record) {
  StoredEvent event;
  event.feed = feed;
  event.sequence = sequence;
  RETURN_IF_ERROR(ReadId(record.event_id(), "event_id", event.id));
  RETURN_IF_ERROR(ReadId(record.stream_id(), "stream_id", event.stream));
  RETURN_IF_ERROR(ReadId(record.request_id(), "request_id", event.request));
  event.type = std::move(*record.mutable_type());
  event.recorded_at = absl::FromUnixMicros(record.recorded_at_microseconds());
  event.request_digest = std::move(*record.mutable_request_digest());
  event.payload = std::move(*record.mutable_payload());
  event.actor = std::move(*record.mutable_actor());
  return event;
}

// Takes `bytes` over, which `parts` are views of.
StoredEvent ToEvent(const FeedId& feed, Sequence sequence, const RecordParts& parts,
                    std::string& bytes) {
  StoredEvent event;
  event.feed = feed;
  event.sequence = sequence;
  event.id = parts.id;
  event.type = parts.type;
  event.stream = parts.stream;
  event.recorded_at = absl::FromUnixMicros(parts.recorded_at_microseconds);
  event.request = parts.request;
  event.request_digest = parts.request_digest;
  event.payload = parts.payload;
  if (!parts.actor.empty()) {
    event.actor.ParseFromArray(parts.actor.data(), static_cast<int>(parts.actor.size()));
  }
  event.bytes = std::move(bytes);
  return event;
}

// All but the actor, as views of `event`.
RecordParts PartsOf(const StoredEvent& event) {
  return {event.id,
          event.type,
          event.stream,
          event.feed,
          absl::ToUnixMicros(event.recorded_at),
          event.request,
          event.request_digest,
          event.payload,
          {}};
}

// What is wrong with a record, rule by rule.
absl::Status WhyRefused(const FeedId& feed, std::string_view bytes) {
  if (bytes.size() > kMaximumRecordSize) {
    return TooLarge("record", bytes.size(), kMaximumRecordSize);
  }
  // Protobuf would write a line about each string that is not UTF-8.
  const google::protobuf::LogSilencer silent;
  Record record;
  if (!record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return base::InvalidField("record", "is geen gebeurtenis");
  }
  if (HasUnknownFields(record)) return base::InvalidField("record", "heeft een onbekend veld");
  if (SerializeInOrder(record) != bytes) {
    return base::InvalidField("record", "is niet op de enige juiste manier geschreven");
  }
  ASSIGN_OR_RETURN(const FeedId named, FromProto(record.feed()));
  if (named != feed) return base::InvalidField("feed", "is een andere reeks");
  if (record.recorded_at_microseconds() <= 0) {
    return base::InvalidField("recorded_at_microseconds", "ligt na 1970");
  }
  if (record.has_actor() && !HasActor(record.actor())) {
    return base::InvalidField("actor", "is leeg");
  }
  ASSIGN_OR_RETURN(const StoredEvent event, ToEvent(feed, Sequence(0), record));
  return CheckParts(event);
}

}  // namespace

std::string EncodeRecord(const StoredEvent& event) {
  return EncodeRecord(PartsOf(event), event.actor);
}

std::string EncodeRecord(RecordParts parts, const SealedField& actor) {
  if (!HasActor(actor)) return WriteParts(parts);
  const std::string bytes = SerializeInOrder(actor);
  parts.actor = bytes;
  return WriteParts(parts);
}

absl::Status CheckParts(const StoredEvent& event) {
  RecordParts parts;
  parts.id = event.id;
  parts.type = event.type;
  parts.stream = event.stream;
  parts.request = event.request;
  parts.request_digest = event.request_digest;
  parts.payload = event.payload;
  return CheckParts(parts, event.actor);
}

absl::Status CheckParts(const RecordParts& parts, const SealedField& actor) {
  if (parts.id.empty()) return base::InvalidField("event_id", "is niet alle nul");
  if (parts.stream.empty()) return base::InvalidField("stream_id", "is niet alle nul");
  if (parts.request.empty()) return base::InvalidField("request_id", "is niet alle nul");
  RETURN_IF_ERROR(CheckType(parts.type));
  if (parts.request_digest.size() != kDigestSize) {
    return base::InvalidField("request_digest", "heeft 32 bytes");
  }
  RETURN_IF_ERROR(CheckActor(actor));
  if (parts.payload.size() > kMaximumPayloadSize) {
    return TooLarge("payload", parts.payload.size(), kMaximumPayloadSize);
  }
  return absl::OkStatus();
}

absl::StatusOr<StoredEvent> ReadStored(const FeedId& feed, Sequence sequence, std::string bytes) {
  // The bytes move into the event, so the views of them must be used before.
  if (const auto parts = ReadParts(bytes)) return ToEvent(feed, sequence, *parts, bytes);
  Record record;
  if (!record.ParseFromString(bytes)) {
    return absl::DataLossError(
        absl::StrCat("gebeurtenis ", sequence.value(), " van ", Origin(feed), " is beschadigd"));
  }
  auto event = ToEvent(feed, sequence, record);
  if (!event.ok()) return absl::DataLossError(event.status().message());
  event->bytes = std::move(bytes);
  return event;
}

StoredEvent CopyOf(const EventView& event) {
  std::string bytes(event.bytes);
  return ToEvent(event.feed, event.sequence, event.parts, bytes);
}

absl::Status VisitStored(const FeedId& feed, Sequence sequence, std::string_view bytes,
                         const EventVisitor& visit) {
  if (const auto parts = ReadParts(bytes)) {
    visit({feed, sequence, bytes, *parts});
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const StoredEvent event, ReadStored(feed, sequence, std::string(bytes)));
  const std::string actor = SerializeInOrder(event.actor);
  RecordParts parts = PartsOf(event);
  if (HasActor(event.actor)) parts.actor = actor;
  visit({feed, sequence, bytes, parts});
  return absl::OkStatus();
}

absl::StatusOr<RecordParts> CheckRecord(const FeedId& feed, std::string_view bytes) {
  const auto parts = ReadParts(bytes);
  if (parts && parts->feed == feed) return *parts;
  const absl::Status refusal = WhyRefused(feed, bytes);
  return refusal.ok() ? base::InvalidField("record", "is geen gebeurtenis") : refusal;
}

absl::StatusOr<StoredEvent> DecodeRecord(const FeedId& feed, Sequence sequence, std::string bytes) {
  ASSIGN_OR_RETURN(const RecordParts parts, CheckRecord(feed, bytes));
  return ToEvent(feed, sequence, parts, bytes);
}

}  // namespace eventstore::log
