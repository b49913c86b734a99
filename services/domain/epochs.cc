#include "services/domain/epochs.h"

#include <algorithm>

namespace services::domain {

using eventstore::crypto::PublicKey;
using poolcirkel::event::v1::CharterMember;

int ActiveMembers(const poolcirkel::event::v1::Charter& charter) {
  return static_cast<int>(
      std::count_if(charter.members().begin(), charter.members().end(),
                    [](const CharterMember& member) { return !member.suspended(); }));
}

std::map<uint64_t, PublicKey> LogKeysOf(const CharterMember& member) {
  std::map<uint64_t, PublicKey> keys;
  for (const auto& closed : member.closed_epochs()) {
    const auto key = PublicKey::FromBytes(closed.log_key());
    if (key.ok()) keys.emplace(closed.epoch(), *key);
  }
  const auto key = PublicKey::FromBytes(member.log_key());
  if (key.ok()) keys.emplace(member.epoch(), *key);
  return keys;
}

bool SameHistory(const eventstore::log::FeedId& a, const eventstore::log::FeedId& b) {
  return a.circle == b.circle && a.member == b.member;
}

}  // namespace services::domain
