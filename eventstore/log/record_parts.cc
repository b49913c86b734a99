// The wire form of poolcirkel.log.v1.Record by hand: Protobuf parses foreign bytes into
// a message and has to write it again to tell whether they were written in the one right
// way, which was most of the time of verifying and of appending.
#include "eventstore/log/record_parts.h"

#include <algorithm>
#include <limits>

#include "eventstore/log/record.h"

namespace eventstore::log {
namespace {

constexpr uint32_t kVarint = 0;
constexpr uint32_t kLengthDelimited = 2;
constexpr size_t kDigestSize = 32;

// Field numbers of Record, FeedId and SealedField.
enum RecordField : uint32_t {
  kEventId = 1,
  kType = 2,
  kStreamId = 3,
  kFeed = 4,
  kRecordedAt = 5,
  kRequestId = 6,
  kRequestDigest = 7,
  kPayload = 8,
  kActor = 9,
};
enum FeedField : uint32_t { kCircleId = 1, kMemberId = 2, kEpoch = 3 };
enum ActorField : uint32_t {
  kFieldNumber = 1,
  kKeyId = 2,
  kNonce = 3,
  kCiphertext = 4,
  kCommitment = 5,
};

// Takes fields off the front of a message, in the order that it is asked for. Once
// something is not as it must be, it is not good any more and gives nothing.
class FieldReader {
 public:
  explicit FieldReader(std::string_view bytes) : bytes_(bytes) {}

  bool good() const { return good_; }
  // All was taken, and all of it was good.
  bool finished() const { return good_ && bytes_.empty(); }

  // Empty when the next field is another one; an empty field is written by nobody.
  std::string_view TakeBytes(uint32_t field) {
    if (!TakeTag(field, kLengthDelimited)) return {};
    const uint64_t size = TakeVarint();
    if (!good_ || size == 0 || size > bytes_.size()) return Spoil();
    const std::string_view taken = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return taken;
  }

  // 0 when the next field is another one; 0 itself is written by nobody.
  uint64_t TakeNumber(uint32_t field) {
    if (!TakeTag(field, kVarint)) return 0;
    const uint64_t number = TakeVarint();
    if (number == 0) good_ = false;
    return number;
  }

  // Of exactly that length and not all zero.
  template <typename Id>
  Id TakeId(uint32_t field) {
    const std::string_view taken = TakeBytes(field);
    if (taken.size() != Id::kSize) {
      good_ = false;
      return Id();
    }
    const Id id = *Id::FromBytes(taken);
    if (id.empty()) good_ = false;
    return id;
  }

 private:
  std::string_view Spoil() {
    good_ = false;
    return {};
  }

  // All our field numbers are below 16: a tag is one byte.
  bool TakeTag(uint32_t field, uint32_t wire_type) {
    if (!good_ || bytes_.empty()) return false;
    if (static_cast<uint8_t>(bytes_.front()) != (field << 3 | wire_type)) return false;
    bytes_.remove_prefix(1);
    return true;
  }

  // The shortest form only.
  uint64_t TakeVarint() {
    // Most take one byte.
    if (!bytes_.empty() && static_cast<uint8_t>(bytes_.front()) < 0x80) {
      const auto number = static_cast<uint8_t>(bytes_.front());
      bytes_.remove_prefix(1);
      return number;
    }
    return TakeLongVarint();
  }

  uint64_t TakeLongVarint() {
    constexpr int kLongest = 10;
    uint64_t number = 0;
    for (int i = 0; i < kLongest && !bytes_.empty(); ++i) {
      const auto byte = static_cast<uint8_t>(bytes_.front());
      bytes_.remove_prefix(1);
      const bool too_large = i == kLongest - 1 && byte > 1;
      const bool longer_than_needed = i > 0 && byte == 0;
      if (too_large || longer_than_needed) break;
      number |= uint64_t{byte & 0x7Fu} << (7 * i);
      if (byte < 0x80) return number;
    }
    good_ = false;
    return 0;
  }

  std::string_view bytes_;
  bool good_ = true;
};

bool IsTypeName(std::string_view type) {
  constexpr size_t kLongest = 64;
  return !type.empty() && type.size() <= kLongest && std::ranges::all_of(type, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

// A circle and a member may be all zero: it is compared with a feed that is known.
std::optional<FeedId> ReadFeedId(std::string_view bytes) {
  FieldReader reader(bytes);
  const auto circle = CircleId::FromBytes(reader.TakeBytes(kCircleId));
  const auto member = MemberId::FromBytes(reader.TakeBytes(kMemberId));
  const uint64_t epoch = reader.TakeNumber(kEpoch);
  if (!reader.finished() || !circle.ok() || !member.ok()) return std::nullopt;
  if (epoch > std::numeric_limits<uint32_t>::max()) return std::nullopt;
  return FeedId{*circle, *member, Epoch(epoch)};
}

bool IsActor(std::string_view bytes) {
  FieldReader reader(bytes);
  const uint64_t field_number = reader.TakeNumber(kFieldNumber);
  const std::string_view key_id = reader.TakeBytes(kKeyId);
  const std::string_view nonce = reader.TakeBytes(kNonce);
  const std::string_view ciphertext = reader.TakeBytes(kCiphertext);
  const std::string_view commitment = reader.TakeBytes(kCommitment);
  return reader.finished() && field_number == kActor && key_id.size() == 16 && nonce.size() == 12 &&
         ciphertext.size() >= kMinimumActorCiphertextSize &&
         ciphertext.size() <= kMaximumActorCiphertextSize && commitment.size() == kDigestSize;
}

void WriteVarint(uint64_t number, std::string& bytes) {
  for (; number >= 0x80; number >>= 7) bytes.push_back(static_cast<char>(number | 0x80));
  bytes.push_back(static_cast<char>(number));
}

void WriteNumber(uint32_t field, uint64_t number, std::string& bytes) {
  if (number == 0) return;
  bytes.push_back(static_cast<char>(field << 3 | kVarint));
  WriteVarint(number, bytes);
}

void WriteBytes(uint32_t field, std::string_view value, std::string& bytes) {
  if (value.empty()) return;
  bytes.push_back(static_cast<char>(field << 3 | kLengthDelimited));
  WriteVarint(value.size(), bytes);
  bytes += value;
}

}  // namespace

std::optional<RecordParts> ReadParts(std::string_view bytes) {
  if (bytes.size() > kMaximumRecordSize) return std::nullopt;
  RecordParts parts;
  FieldReader reader(bytes);
  parts.id = reader.TakeId<EventId>(kEventId);
  parts.type = reader.TakeBytes(kType);
  parts.stream = reader.TakeId<StreamId>(kStreamId);
  const auto feed = ReadFeedId(reader.TakeBytes(kFeed));
  const uint64_t recorded_at = reader.TakeNumber(kRecordedAt);
  parts.request = reader.TakeId<RequestId>(kRequestId);
  parts.request_digest = reader.TakeBytes(kRequestDigest);
  parts.payload = reader.TakeBytes(kPayload);
  parts.actor = reader.TakeBytes(kActor);
  const bool in_time =
      recorded_at > 0 && recorded_at <= uint64_t{std::numeric_limits<int64_t>::max()};
  if (!reader.finished() || !feed || !in_time || !IsTypeName(parts.type)) return std::nullopt;
  if (parts.request_digest.size() != kDigestSize) return std::nullopt;
  if (parts.payload.size() > kMaximumPayloadSize) return std::nullopt;
  if (!parts.actor.empty() && !IsActor(parts.actor)) return std::nullopt;
  parts.feed = *feed;
  parts.recorded_at_microseconds = static_cast<int64_t>(recorded_at);
  return parts;
}

std::string WriteParts(const RecordParts& parts) {
  constexpr size_t kFixed = 256;  // all but type, payload and actor
  std::string feed;
  feed.reserve(64);
  WriteBytes(kCircleId, parts.feed.circle.view(), feed);
  WriteBytes(kMemberId, parts.feed.member.view(), feed);
  WriteNumber(kEpoch, static_cast<uint32_t>(parts.feed.epoch.value()), feed);
  std::string bytes;
  bytes.reserve(kFixed + parts.type.size() + parts.payload.size() + parts.actor.size());
  WriteBytes(kEventId, parts.id.view(), bytes);
  WriteBytes(kType, parts.type, bytes);
  WriteBytes(kStreamId, parts.stream.view(), bytes);
  WriteBytes(kFeed, feed, bytes);
  WriteNumber(kRecordedAt, static_cast<uint64_t>(parts.recorded_at_microseconds), bytes);
  WriteBytes(kRequestId, parts.request.view(), bytes);
  WriteBytes(kRequestDigest, parts.request_digest, bytes);
  WriteBytes(kPayload, parts.payload, bytes);
  WriteBytes(kActor, parts.actor, bytes);
  return bytes;
}

}  // namespace eventstore::log
