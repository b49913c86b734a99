#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "eventstore/log/record_parts.h"
#include "eventstore/log/types.h"
#include "poolcirkel/log/v1/record.pb.h"

namespace eventstore::log {

// Limits of eventstore/FORMAT.md, in bytes.
inline constexpr size_t kMaximumRecordSize = 65'535;
inline constexpr size_t kMaximumPayloadSize = 60 * 1024;
inline constexpr size_t kMinimumActorCiphertextSize = 16;  // the tag
// With this limit a record whose parts are within theirs is never too large.
inline constexpr size_t kMaximumActorCiphertextSize = 2'048;

// An event as it stands in a feed: the origin's bytes and what they say.
struct StoredEvent {
  FeedId feed;
  Sequence sequence;
  std::string bytes;  // what the leaf hash is over

  EventId id;
  std::string type;
  StreamId stream;
  absl::Time recorded_at;
  RequestId request;
  std::string request_digest;
  std::string payload;
  poolcirkel::log::v1::SealedField actor;
};

// The same as views of bytes that somebody else keeps: valid while it is shown.
struct EventView {
  FeedId feed;
  Sequence sequence;
  std::string_view bytes;
  RecordParts parts;
};
using EventVisitor = std::function<void(const EventView&)>;
StoredEvent CopyOf(const EventView& event);

// Makes the bytes of an event: the one place that encodes records. The caller
// checked the parts with CheckParts.
std::string EncodeRecord(const StoredEvent& event);
// The same of parts that stand apart; the actor comes besides them.
std::string EncodeRecord(RecordParts parts, const poolcirkel::log::v1::SealedField& actor);

// The rules of FORMAT.md that the parts of a record can break: lengths, type name,
// actor. INVALID_ARGUMENT names the first field that breaks one; RECORD_TOO_LARGE as
// reason when the record would be too large.
absl::Status CheckParts(const StoredEvent& event);
// The same of parts that stand apart.
absl::Status CheckParts(const RecordParts& parts, const poolcirkel::log::v1::SealedField& actor);

// Reads a record that this node checked when it stored it: no rule is checked
// again. DATA_LOSS when the bytes are not a record at all.
absl::StatusOr<StoredEvent> ReadStored(const FeedId& feed, Sequence sequence, std::string bytes);
// The same without taking anything over.
absl::Status VisitStored(const FeedId& feed, Sequence sequence, std::string_view bytes,
                         const EventVisitor& visit);

// Decodes and checks every rule of FORMAT.md that one record can break: lengths,
// type name, feed, no unknown fields, and that encoding it again gives the same
// bytes. INVALID_ARGUMENT names the field. `bytes` may be foreign.
absl::StatusOr<StoredEvent> DecodeRecord(const FeedId& feed, Sequence sequence, std::string bytes);
// The same without taking anything over: the views are of `bytes`.
absl::StatusOr<RecordParts> CheckRecord(const FeedId& feed, std::string_view bytes);

}  // namespace eventstore::log
