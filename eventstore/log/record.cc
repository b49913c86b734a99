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
constexpr size_t kMinimumCiphertextSize = 16;  // the tag
// With this limit a record whose parts are within theirs is never too large.
constexpr size_t kMaximumCiphertextSize = 2'048;

bool HasActor(const SealedField& actor) { return actor.ByteSizeLong() > 0; }

absl::Status CheckType(const std::string& type) {
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
  if (actor.ciphertext().size() < kMinimumCiphertextSize ||
      actor.ciphertext().size() > kMaximumCiphertextSize) {
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

}  // namespace

std::string EncodeRecord(const StoredEvent& event) {
  Record record;
  record.set_event_id(event.id.bytes());
  record.set_type(event.type);
  record.set_stream_id(event.stream.bytes());
  *record.mutable_feed() = ToProto(event.feed);
  record.set_recorded_at_microseconds(absl::ToUnixMicros(event.recorded_at));
  record.set_request_id(event.request.bytes());
  record.set_request_digest(event.request_digest);
  record.set_payload(event.payload);
  if (HasActor(event.actor)) *record.mutable_actor() = event.actor;
  return SerializeInOrder(record);
}

absl::Status CheckParts(const StoredEvent& event) {
  if (event.id.empty()) return base::InvalidField("event_id", "is niet alle nul");
  if (event.stream.empty()) return base::InvalidField("stream_id", "is niet alle nul");
  if (event.request.empty()) return base::InvalidField("request_id", "is niet alle nul");
  RETURN_IF_ERROR(CheckType(event.type));
  if (event.request_digest.size() != kDigestSize) {
    return base::InvalidField("request_digest", "heeft 32 bytes");
  }
  RETURN_IF_ERROR(CheckActor(event.actor));
  if (event.payload.size() > kMaximumPayloadSize) {
    return TooLarge("payload", event.payload.size(), kMaximumPayloadSize);
  }
  return absl::OkStatus();
}

absl::StatusOr<StoredEvent> ReadStored(const FeedId& feed, Sequence sequence, std::string bytes) {
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

absl::StatusOr<StoredEvent> DecodeRecord(const FeedId& feed, Sequence sequence, std::string bytes) {
  if (bytes.size() > kMaximumRecordSize) {
    return TooLarge("record", bytes.size(), kMaximumRecordSize);
  }
  // Protobuf would write a line about each string that is not UTF-8.
  const google::protobuf::LogSilencer silent;
  Record record;
  if (!record.ParseFromString(bytes)) return base::InvalidField("record", "is geen gebeurtenis");
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
  ASSIGN_OR_RETURN(StoredEvent event, ToEvent(feed, sequence, record));
  RETURN_IF_ERROR(CheckParts(event));
  event.bytes = std::move(bytes);
  return event;
}

}  // namespace eventstore::log
