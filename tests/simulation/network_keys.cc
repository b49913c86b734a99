// Keys over the simulated network: asked for and given as services/peer does.
#include <algorithm>

#include "eventstore/base/errors.h"
#include "tests/simulation/network.h"

namespace tests::simulation {

namespace log = eventstore::log;
namespace privacy = eventstore::privacy;
namespace proto = poolcirkel::peer::v1;
using services::peer::KeyFetcher;
using services::peer::KeyMaker;

KeyFetcher::Options Network::KeyOptions(Node& node, const log::CircleId&) {
  KeyFetcher::Options options;
  options.log = node.node->log.get();
  options.circles = node.node->circles.get();
  options.keys = node.node->keys.get();
  options.entropy = &node.entropy;
  options.fetch = [this, &node](const KeyMaker& maker, const proto::FetchKeysRequest& request) {
    return ServeKeys(node, maker, request);
  };
  return options;
}

absl::StatusOr<proto::FetchKeysResponse> Network::ServeKeys(
    Node& caller, const KeyMaker& maker, const proto::FetchKeysRequest& request) {
  const auto known = caller.node->circles->Find(maker.circle);
  Node* server = known == nullptr ? nullptr : NodeOf(*known, maker.member);
  if (server == nullptr || server == &caller || !server->IsRunning() ||
      !LinkOf(caller.number, server->number).up || Chance(faults_.failed_call)) {
    return absl::UnavailableError("not reached");
  }
  const auto circle = server->node->circles->Find(maker.circle);
  if (circle == nullptr) return absl::NotFoundError("unknown circle");
  const bool careless = seams_ != nullptr && seams_->gives_keys_to_anybody;
  proto::FetchKeysResponse response;
  for (const auto& key : server->node->keys->KeysMadeBy(circle->id, circle->self)) {
    const bool asked =
        request.key_ids().empty() || std::find(request.key_ids().begin(), request.key_ids().end(),
                                               key.id.bytes()) != request.key_ids().end();
    if (!asked) continue;
    if (!careless &&
        !privacy::IsEntitled(key, known->self, {circle->Members(), circle->Coordinators()})) {
      continue;
    }
    auto* entry = response.add_keys();
    entry->set_key_id(key.id.bytes());
    entry->set_key(key.secret);
    entry->set_key_class(key.key_class);
  }
  if (lies_.keys) lies_.keys(*server, caller, response);
  return response;
}

// Lists the keys of every maker whose feed grew since.
void Network::FetchKeys(Node& node) {
  for (auto& [id, side] : sides_[node.number]) {
    const auto circle = node.node->circles->Find(id);
    if (circle == nullptr) continue;  // its own feed has to come back first
    for (const log::MemberId& member : circle->Members()) {
      if (member == circle->self) continue;
      const log::FeedId feed = circle->FeedOf(member);
      const std::pair grown(feed, node.node->log->Size(feed));
      if (side->keys_listed[member] == grown) continue;
      proto::FetchKeysRequest request;
      request.set_circle_id(id.bytes());
      proto::FetchKeysResponse response;
      const auto fetched =
          KeyFetcher::FetchNow(KeyOptions(node, id), {id, member}, request, &response);
      if (fetched.ok()) side->keys_listed[member] = grown;
      if (seams_ != nullptr && seams_->takes_keys_of_anybody) {
        for (const auto& entry : response.keys()) {
          node.node->keys
              ->Keep({{*privacy::KeyId::FromBytes(entry.key_id()),
                       entry.key_class(),
                       id,
                       member,
                       {},
                       entry.key()}})
              .IgnoreError();
        }
      }
    }
  }
}

absl::Status Network::EnsureExchangeKey(size_t number,
                                        const services::membership::CirclePtr& circle,
                                        const log::MemberId& made_by, const privacy::KeyId& key) {
  Node& node = *nodes_[number];
  if (node.node->keys->Find(key).has_value()) return absl::OkStatus();
  proto::FetchKeysRequest request;
  request.set_circle_id(circle->id.bytes());
  request.add_key_ids(key.bytes());
  proto::FetchKeysResponse response;
  ASSIGN_OR_RETURN(const size_t kept,
                   KeyFetcher::FetchNow(KeyOptions(node, circle->id), {circle->id, made_by},
                                        request, &response));
  return kept > 0 ? absl::OkStatus() : absl::NotFoundError("no such key");
}

}  // namespace tests::simulation
