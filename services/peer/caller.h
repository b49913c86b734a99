#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "eventstore/crypto/certificate.h"
#include "eventstore/log/types.h"
#include "eventstore/replication/membership.h"
#include "services/membership/circles.h"

namespace services::peer {

// Who calls, in which circle.
struct Caller {
  membership::CirclePtr circle;
  eventstore::log::MemberId member;
};

// The member of the circle whose pinned TLS key and OIN are those of `certificate`.
// NOT_FOUND CIRCLE_UNKNOWN, without a difference, when this node knows no such circle
// and when the caller is not in it. A suspended member is found, and gets nothing but the
// charters. Pure.
absl::StatusOr<Caller> FindCaller(const membership::Circles& circles, std::string_view circle_id,
                                  const eventstore::crypto::Certificate& certificate);

absl::Status CircleUnknown();
absl::Status MemberSuspended();

// The circle as replication knows it. Members whose keys are no keys are left out.
eventstore::replication::Membership MembershipOf(const membership::Circle& circle);

}  // namespace services::peer
