#pragma once

#include "eventstore/base/clock.h"
#include "services/commands/peers.h"
#include "services/disclosure/disclosures.h"
#include "services/peer/discloser.h"
#include "services/peer/network.h"

namespace services::node {

// What commands need of other nodes, from the network. Thread-safe.
class PeersAdapter final : public commands::Peers {
 public:
  PeersAdapter(peer::Network& network, const eventstore::base::Clock& clock)
      : network_(network), clock_(clock) {}

  absl::Duration HeadAge(const eventstore::log::FeedId& feed) const override;
  absl::Status EnsureExchangeKey(const membership::CirclePtr& circle,
                                 const eventstore::log::MemberId& made_by,
                                 const eventstore::privacy::KeyId& exchange,
                                 absl::Time deadline) override;
  absl::StatusOr<std::vector<poolcirkel::event::v1::SignedCharter>> FetchCharters(
      const eventstore::log::CircleId& circle,
      const std::vector<poolcirkel::event::v1::CharterMember>& contacts,
      absl::Time deadline) override;

 private:
  peer::Network& network_;
  const eventstore::base::Clock& clock_;
};

// What the peer service needs of disclosures.
class DiscloserAdapter final : public peer::Discloser {
 public:
  explicit DiscloserAdapter(const disclosure::Disclosures& disclosures)
      : disclosures_(disclosures) {}
  absl::StatusOr<poolcirkel::peer::v1::DiscloseResponse> Disclose(
      const eventstore::log::CircleId& circle, const eventstore::log::MemberId& caller,
      const poolcirkel::peer::v1::DiscloseRequest& request) override {
    return disclosures_.Answer(circle, caller, request);
  }

 private:
  const disclosure::Disclosures& disclosures_;
};

}  // namespace services::node
