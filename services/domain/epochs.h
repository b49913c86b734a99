#pragma once

#include <cstdint>
#include <map>

#include "eventstore/crypto/signature.h"
#include "eventstore/log/types.h"
#include "poolcirkel/event/v1/circle.pb.h"

// What all aggregates need to know of epochs: a member's history in a circle goes on over
// the feeds that it writes one after the other.
namespace services::domain {

// The members that take part: all that are not suspended. A suspended one signs nothing,
// and counts neither for the quorum nor for cosignatures.
int ActiveMembers(const poolcirkel::event::v1::Charter& charter);
// The keys that ever signed a feed of this member in the circle, by epoch. Foreign bytes
// that are no keys are left out.
std::map<uint64_t, eventstore::crypto::PublicKey> LogKeysOf(
    const poolcirkel::event::v1::CharterMember& member);
// Whether two feeds are of one member in one circle: parts of one history.
bool SameHistory(const eventstore::log::FeedId& a, const eventstore::log::FeedId& b);

}  // namespace services::domain
