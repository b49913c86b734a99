#include "services/node/peers_adapter.h"

namespace services::node {

namespace log = ::eventstore::log;

absl::Duration PeersAdapter::HeadAge(const log::FeedId& feed) const {
  return network_.HeadAge(feed);
}

absl::Status PeersAdapter::EnsureExchangeKey(const membership::CirclePtr& circle,
                                             const log::MemberId& made_by,
                                             const eventstore::privacy::KeyId& exchange,
                                             absl::Time /*deadline*/) {
  return network_.FetchExchangeKey(circle->id, made_by, exchange);
}

absl::StatusOr<std::vector<poolcirkel::event::v1::SignedCharter>> PeersAdapter::FetchCharters(
    const log::CircleId& circle, const std::vector<poolcirkel::event::v1::CharterMember>& contacts,
    absl::Time deadline) {
  absl::Status last = absl::NotFoundError("the invitation names no member to ask");
  for (const auto& member : contacts) {
    if (clock_.Now() >= deadline) break;
    const auto pin = eventstore::crypto::Digest::FromBytes(member.tls_key_hash());
    if (!pin.ok()) continue;
    const peer::Contact contact{{member.addresses().begin(), member.addresses().end()}, *pin};
    auto chain = network_.FetchCharters(contact, circle);
    if (chain.ok()) return chain;
    last = chain.status();
  }
  return last;
}

}  // namespace services::node
