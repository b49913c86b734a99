// Who takes part in the simulated network, and by which charters.
#include <utility>

#include "eventstore/crypto/digest.h"
#include "services/peer/caller.h"
#include "tests/simulation/network.h"

namespace tests::simulation {

namespace log = eventstore::log;
namespace replication = eventstore::replication;

void Network::TakeCircles(Node& node) {
  node.circles_changed = false;
  for (const auto& circle : node.node->circles->Heard()) {
    auto& side = sides_[node.number][circle->id];
    if (side != nullptr) {
      if (side->known == circle) continue;
      side->known = circle;
      side->replicator->SetMembership(services::peer::MembershipOf(*circle), node.clock.Now());
      continue;
    }
    side = std::make_unique<Side>();
    side->network = this;
    side->node = node.number;
    side->circle = circle->id;
    side->known = circle;
    auto& parts = *node.node;
    replication::Replicator::Options options;
    options.log = parts.log.get();
    options.log_key = &node.log_key;
    options.find_key = [keys = parts.log_keys.get()](const eventstore::crypto::PublicKey& key) {
      return keys->Find(key);
    };
    options.entropy = &node.entropy;
    options.transport = side.get();
    options.before_restore = [&node] { return node.node->doubt->Raise(node.entropy); };
    options.restored = [&node] { return node.node->doubt->Raised().has_value(); };
    options.evidence = parts.evidence.get();
    side->replicator = std::make_unique<replication::Replicator>(
        options, services::peer::MembershipOf(*circle), node.clock.Now());
  }
}

void Network::Join(Node& node) {
  TakeCircles(node);
  for (size_t other = 0; other < nodes_.size(); ++other) {
    if (other == node.number || !nodes_[other]->IsRunning()) continue;
    At(Delay(), [this, one = node.number, other] { Connect(one, other); });
    At(Delay(), [this, one = node.number, other] { Connect(other, one); });
  }
  At(Delay(), [this, number = node.number, life = node.life] { Pulse(number, life); });
}

void Network::Leave(Node& node) {
  sides_[node.number].clear();
  for (size_t other = 0; other < nodes_.size(); ++other) {
    if (other == node.number) continue;
    Link& link = LinkOf(node.number, other);
    link.up = false;
    link.waiting.clear();
    ++link.connection;
    Break(other, node.number);
  }
}

// A member is known by its TLS key, which stays when its log key changes.
Node* Network::NodeOf(const services::membership::Circle& circle,
                      const log::MemberId& member) const {
  const auto* entry = circle.Member(member);
  if (entry == nullptr) return nullptr;
  for (const auto& node : nodes_) {
    if (node->tls_key_hash().view() == entry->tls_key_hash()) return node.get();
  }
  return nullptr;
}

// From the first member that is reached.
absl::StatusOr<std::vector<poolcirkel::event::v1::SignedCharter>> Network::FetchCharters(
    size_t number, const log::CircleId& circle) {
  for (const auto& other : nodes_) {
    if (other->number == number || !other->IsRunning() || !LinkOf(number, other->number).up) {
      continue;
    }
    const auto known = other->node->circles->Find(circle);
    if (known != nullptr) return known->chain;
  }
  return absl::UnavailableError("nobody is reached");
}

}  // namespace tests::simulation
