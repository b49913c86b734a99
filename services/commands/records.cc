#include "services/commands/records.h"

#include "eventstore/base/errors.h"
#include "eventstore/crypto/digest.h"
#include "eventstore/privacy/sealing.h"
#include "poolcirkel/log/v1/record.pb.h"

namespace services::commands {
namespace {

namespace base = eventstore::base;
namespace crypto = eventstore::crypto;
namespace log = eventstore::log;
namespace privacy = eventstore::privacy;

// The record's field that holds the actor.
constexpr uint32_t kActorField = 9;
constexpr size_t kMaximumMandate = 400;
constexpr char kRequestKeyInfo[] = "poolcirkel.example/v1/request-digest";

// The name of the event's set field; empty when none is.
std::string TypeOf(const poolcirkel::event::v1::Event& event) {
  const auto* oneof = poolcirkel::event::v1::Event::descriptor()->FindOneofByName("body");
  const auto* field = event.GetReflection()->GetOneofFieldDescriptor(event, oneof);
  return field == nullptr ? std::string() : field->name();
}

}  // namespace

absl::StatusOr<log::NewRecord> MakeRecord(const RecordMakerParts& parts, const log::FeedId& feed,
                                          const domain::NewEvent& event, const Actor& actor) {
  if (actor.mandate.size() > kMaximumMandate) {
    return base::InvalidField("header.mandate", "is ten hoogste 400 bytes");
  }
  log::NewRecord record;
  record.feed = feed;
  record.stream = event.stream;
  record.id = parts.ids->New<log::EventId>();
  record.type = TypeOf(event.event);
  if (record.type.empty()) return absl::InternalError("an event without a body");
  const privacy::KeyId member_key = privacy::KeyOf(parts.private_feed.member);
  privacy::SealingKeys names = event.keys;
  names.member = member_key;
  poolcirkel::event::v1::Event sealed = event.event;
  RETURN_IF_ERROR(
      privacy::Seal(sealed, record.stream, record.id, names, *parts.keys, *parts.entropy));
  if (privacy::HasClearFields(sealed)) {
    return absl::InternalError("a field that must be sealed stands in clear");
  }
  record.payload = sealed.SerializeAsString();
  poolcirkel::log::v1::Actor sealed_actor;
  sealed_actor.set_user(actor.user);
  sealed_actor.set_role(actor.role);
  sealed_actor.set_mandate(actor.mandate);
  ASSIGN_OR_RETURN(record.actor, privacy::SealValue(sealed_actor.SerializeAsString(), kActorField,
                                                    record.stream, record.id, member_key,
                                                    *parts.keys, *parts.entropy, actor.person));
  return record;
}

absl::StatusOr<std::string> RequestDigest(const privacy::KeyFile& keys,
                                          const log::FeedId& private_feed,
                                          const std::string& request_bytes) {
  const auto member_key = keys.Find(privacy::KeyOf(private_feed.member));
  if (!member_key.has_value()) {
    return absl::FailedPreconditionError("de eigen sleutel van dit lid ontbreekt");
  }
  std::string key = crypto::HkdfSha256(member_key->secret, kRequestKeyInfo, crypto::Digest::kSize);
  std::string digest = crypto::HmacSha256(key, request_bytes).bytes();
  crypto::Wipe(key);
  return digest;
}

}  // namespace services::commands
