#include "services/peer/caller.h"

#include "eventstore/base/errors.h"

namespace services::peer {

namespace base = eventstore::base;
namespace crypto = eventstore::crypto;
namespace log = eventstore::log;

absl::Status CircleUnknown() {
  return base::Refusal(absl::StatusCode::kNotFound, "CIRCLE_UNKNOWN",
                       "deze node kent die poolcirkel niet, of u bent er geen lid van")
      .Remedy("vraag een lid van de poolcirkel om een uitnodiging");
}

absl::StatusOr<Caller> FindCaller(const membership::Circles& circles, std::string_view circle_id,
                                  const crypto::Certificate& certificate) {
  const auto id = log::CircleId::FromBytes(circle_id);
  if (!id.ok()) return base::InvalidField("circle_id", "is 32 bytes lang");
  const membership::CirclePtr circle = circles.Find(*id);
  if (circle == nullptr) return CircleUnknown();
  for (const auto& member : circle->charter.members()) {
    if (member.tls_key_hash() != certificate.key_hash.bytes()) continue;
    if (member.oin() != certificate.oin) continue;
    const auto member_id = log::MemberId::FromBytes(member.member_id());
    if (member_id.ok()) return Caller{circle, *member_id};
  }
  return CircleUnknown();
}

eventstore::replication::Membership MembershipOf(const membership::Circle& circle) {
  eventstore::replication::Membership result{circle.id, circle.self, {}};
  for (const auto& member : circle.charter.members()) {
    const auto id = log::MemberId::FromBytes(member.member_id());
    const auto key = crypto::PublicKey::FromBytes(member.log_key());
    if (id.ok() && key.ok()) result.members.push_back({*id, *key});
  }
  return result;
}

}  // namespace services::peer
