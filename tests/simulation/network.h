#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <queue>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "eventstore/replication/replicator.h"
#include "poolcirkel/peer/v1/peer.pb.h"
#include "services/peer/key_fetcher.h"
#include "tests/simulation/node.h"

namespace tests::simulation {

// How a member lies to another; what is unset is told as it is.
struct Lies {
  // The head, or the package, that `liar` sends `victim`. May change it.
  std::function<void(Node& liar, Node& victim, poolcirkel::log::v1::Head&)> head;
  std::function<void(Node& liar, Node& victim, poolcirkel::log::v1::Package&)> package;
  std::function<void(Node& liar, Node& victim, poolcirkel::peer::v1::FetchKeysResponse&)> keys;
  // Answers a fetch instead of the node's own log; nullptr: the log.
  std::function<const eventstore::log::EventLog*(Node& liar, Node& victim,
                                                 const eventstore::log::FeedId& feed)>
      log;
};

// Everything between the nodes, and the order in which all that happens happens: delays,
// loses, repeats and reorders packages, breaks connections, and lets the time pass. A
// replicator for each circle of each node, and key fetching as services/peer does it.
class Network final : public Wire {
 public:
  struct Faults {
    double broken_connection = 0.01;  // chance for each message of heads
    double lost_package = 0.03;
    double repeated_package = 0.1;
    double reordered_package = 0.1;
    double failed_call = 0.05;
  };

  Network(std::vector<std::unique_ptr<Node>>& nodes, testing::ManualClock& clock,
          std::mt19937_64& random, size_t count);
  ~Network() override;

  void SetFaults(const Faults& faults) { faults_ = faults; }
  Lies& lies() { return lies_; }
  // Called after each thing that happened at a node.
  void SetAfter(std::function<void(Node&)> after) { after_ = std::move(after); }

  // The node came up, or has a new circle; or went down.
  void Join(Node& node);
  void Leave(Node& node);
  void SetReachable(size_t a, size_t b, bool reachable);
  // Lets the time pass.
  void Run(absl::Duration duration);
  // Tells the others, and the node's replicators, what changed in its log.
  void PassOn(Node& node);

  const eventstore::replication::Replicator* ReplicatorOf(
      size_t node, const eventstore::log::CircleId& circle) const;
  // nullptr when no node is that member.
  Node* NodeOf(const services::membership::Circle& circle,
               const eventstore::log::MemberId& member) const;

  absl::Status EnsureExchangeKey(size_t node, const services::membership::CirclePtr& circle,
                                 const eventstore::log::MemberId& made_by,
                                 const eventstore::privacy::KeyId& key) override;
  absl::Duration HeadAge(size_t node, const eventstore::log::FeedId& feed) override;
  absl::StatusOr<std::vector<poolcirkel::event::v1::SignedCharter>> FetchCharters(
      size_t node, const eventstore::log::CircleId& circle) override;

  // A seam for mutants: see Seams.
  void SetSeams(const Seams* seams) { seams_ = seams; }

 private:
  // One circle at one node.
  struct Side final : eventstore::replication::Transport {
    void StartFetch(const eventstore::log::MemberId& peer, const eventstore::log::FeedId& feed,
                    eventstore::log::Sequence first) override {
      network->Fetch(node, circle, peer, feed, first);
    }
    Network* network = nullptr;
    size_t node = 0;
    eventstore::log::CircleId circle;
    // As its node knows it, also before its own feed is back.
    services::membership::CirclePtr known;
    std::unique_ptr<eventstore::replication::Replicator> replicator;
    // Feeds and their sizes when their makers' keys were last listed.
    std::map<eventstore::log::MemberId, std::pair<eventstore::log::FeedId, uint64_t>> keys_listed;
  };
  using Sides = std::map<eventstore::log::CircleId, std::unique_ptr<Side>>;
  // What one node hears of another's heads.
  struct Link {
    bool reachable = true;
    bool up = false;
    uint64_t connection = 0;                    // messages of older ones are lost
    absl::Time last;                            // heads arrive in order
    std::set<eventstore::log::FeedId> waiting;  // to be told with the next message
  };
  struct Event {
    absl::Time at;
    uint64_t number;
    std::function<void()> happen;
    bool operator<(const Event& other) const {
      return std::tie(other.at, other.number) < std::tie(at, number);
    }
  };

  bool Chance(double probability);
  absl::Duration Delay();
  void At(absl::Duration delay, std::function<void()> happen);
  Link& LinkOf(size_t watcher, size_t server) { return links_[{watcher, server}]; }
  void On(size_t node, uint64_t life, const std::function<void(Node&)>& action);
  // Follows the charters that the node works by.
  void TakeCircles(Node& node);
  const services::membership::Circle& Known(size_t node,
                                            const eventstore::log::CircleId& circle) const {
    return *sides_[node].at(circle)->known;
  }
  void Pulse(size_t node, uint64_t life);
  void Heartbeat(size_t watcher, size_t server, uint64_t connection);
  void Connect(size_t watcher, size_t server);
  void Break(size_t watcher, size_t server);
  void Tell(size_t watcher, size_t server, std::set<eventstore::log::FeedId> feeds);
  void Send(size_t watcher, size_t server);
  bool IsDeafTo(size_t watcher, size_t server, const eventstore::log::FeedId& feed) const;
  void Believe(Node& node, const std::vector<poolcirkel::log::v1::Head>& heads);
  void Deliver(size_t watcher, size_t server, const eventstore::log::CircleId& circle,
               const std::vector<poolcirkel::log::v1::Head>& heads);
  std::vector<eventstore::log::CircleId> Shared(size_t a, size_t b) const;
  void Fetch(size_t watcher, const eventstore::log::CircleId& circle,
             const eventstore::log::MemberId& peer, const eventstore::log::FeedId& feed,
             eventstore::log::Sequence first);
  absl::Duration Serve(size_t watcher, size_t server, const eventstore::log::MemberId& peer,
                       const eventstore::log::FeedId& feed, eventstore::log::Sequence first,
                       bool& complete);
  void Receive(Node& node, const eventstore::log::MemberId& peer,
               const eventstore::log::FeedId& feed, const poolcirkel::log::v1::Package& package);
  void FetchKeys(Node& node);
  services::peer::KeyFetcher::Options KeyOptions(Node& node, const eventstore::log::CircleId& id);
  absl::StatusOr<poolcirkel::peer::v1::FetchKeysResponse> ServeKeys(
      Node& caller, const services::peer::KeyMaker& maker,
      const poolcirkel::peer::v1::FetchKeysRequest& request);

  std::vector<std::unique_ptr<Node>>& nodes_;
  testing::ManualClock& clock_;
  std::mt19937_64& random_;
  Faults faults_;
  Lies lies_;
  std::function<void(Node&)> after_;
  const Seams* seams_ = nullptr;
  std::vector<Sides> sides_;
  std::map<std::pair<size_t, size_t>, Link> links_;
  std::priority_queue<Event> events_;
  uint64_t next_event_ = 0;
};

}  // namespace tests::simulation
