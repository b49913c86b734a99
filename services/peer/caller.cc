#include "services/peer/caller.h"

#include <utility>

#include "eventstore/base/errors.h"

namespace services::peer {

namespace base = eventstore::base;
namespace crypto = eventstore::crypto;
namespace log = eventstore::log;

absl::Status CircleUnknown() {
  return base::Refusal(absl::StatusCode::kNotFound, "CIRCLE_UNKNOWN",
                       "dit knooppunt kent die poolcirkel niet, of u bent er geen lid van")
      .Remedy("vraag een lid van de poolcirkel om een uitnodiging");
}

absl::Status MemberSuspended() {
  return base::Refusal(absl::StatusCode::kPermissionDenied, "MEMBER_SUSPENDED",
                       "de poolcirkel heeft dit lid geschorst")
      .Remedy("neem contact op met de coördinator van de poolcirkel");
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

namespace {

// The charter was checked when it was adopted; bytes that are none become zeros here.
eventstore::replication::ClosedFeed ClosedOf(const poolcirkel::event::v1::ClosedEpoch& closed) {
  eventstore::replication::ClosedFeed feed;
  feed.log_key = crypto::PublicKey::FromBytes(closed.log_key()).value_or(crypto::PublicKey());
  feed.final_size = closed.final_size();
  feed.final_root = crypto::Digest::FromBytes(closed.final_root()).value_or(crypto::Digest());
  feed.by_member = closed.reason() == poolcirkel::event::v1::EPOCH_END_ROTATION ||
                   closed.reason() == poolcirkel::event::v1::EPOCH_END_YEARLY_CLOSING;
  return feed;
}

}  // namespace

eventstore::replication::Membership MembershipOf(const membership::Circle& circle) {
  eventstore::replication::Membership result{circle.id, circle.self, {}};
  for (const auto& member : circle.charter.members()) {
    const auto id = log::MemberId::FromBytes(member.member_id());
    const auto key = crypto::PublicKey::FromBytes(member.log_key());
    if (!id.ok() || !key.ok()) continue;
    eventstore::replication::Member entry{*id, *key};
    entry.suspended = member.suspended();
    for (const auto& closed : member.closed_epochs()) entry.closed.push_back(ClosedOf(closed));
    result.members.push_back(std::move(entry));
  }
  return result;
}

}  // namespace services::peer
