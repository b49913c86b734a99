#include "tests/simulation/network.h"

#include <algorithm>
#include <cstdlib>
#include <tuple>
#include <utility>

#include "eventstore/merkle/tree.h"

namespace tests::simulation {

namespace log = eventstore::log;
namespace replication = eventstore::replication;

namespace {

constexpr absl::Duration kPulse = absl::Milliseconds(400);
constexpr absl::Duration kHeartbeat = absl::Seconds(5);

}  // namespace

Network::Network(std::vector<std::unique_ptr<Node>>& nodes, testing::ManualClock& clock,
                 std::mt19937_64& random, size_t count)
    : nodes_(nodes), clock_(clock), random_(random), sides_(count) {}

Network::~Network() = default;

bool Network::Chance(double probability) {
  return static_cast<double>(random_() % 100'000) < probability * 100'000;
}

absl::Duration Network::Delay() {
  return absl::Microseconds(static_cast<int64_t>(500 + random_() % 60'000));
}

void Network::At(absl::Duration delay, std::function<void()> happen) {
  events_.push({clock_.Now() + delay, next_event_++, std::move(happen)});
}

void Network::Run(absl::Duration duration) {
  const absl::Time end = clock_.Now() + duration;
  while (true) {
    absl::Time next = events_.empty() ? end : std::min(end, events_.top().at);
    for (const auto& node : nodes_) {
      for (const auto& [circle, side] : sides_[node->number]) {
        next = std::min(next, side->replicator->NextTick() - node->clock.skew());
      }
    }
    clock_.Set(std::max(next, clock_.Now()));
    if (next >= end) return;
    if (!events_.empty() && events_.top().at <= clock_.Now()) {
      const std::function<void()> happen = events_.top().happen;
      events_.pop();
      happen();
    }
    for (const auto& node : nodes_) {
      if (!node->IsRunning()) continue;
      On(node->number, node->life, [this](Node& self) {
        for (auto& [circle, side] : sides_[self.number]) {
          if (side->replicator->NextTick() <= self.clock.Now()) {
            side->replicator->Tick(self.clock.Now());
          }
        }
      });
    }
  }
}

void Network::On(size_t number, uint64_t life, const std::function<void(Node&)>& action) {
  Node& node = *nodes_[number];
  if (node.life != life || !node.IsRunning()) return;
  action(node);
  PassOn(node);
  if (after_) after_(node);
}

// What a node's own threads do from time to time.
void Network::Pulse(size_t number, uint64_t life) {
  if (nodes_[number]->life != life) return;
  On(number, life, [this](Node& node) { FetchKeys(node); });
  On(number, life, [](Node& node) { node.node->policies->RunOnce(); });
  On(number, life, [](Node& node) {
    while (node.node->engine->Step().value_or(false)) {
    }
    node.RunJobs();
  });
  At(kPulse + Delay(), [this, number, life] { Pulse(number, life); });
}

void Network::SetReachable(size_t a, size_t b, bool reachable) {
  for (const auto& [watcher, server] : {std::pair(a, b), std::pair(b, a)}) {
    LinkOf(watcher, server).reachable = reachable;
    if (!reachable) Break(watcher, server);
    const size_t from = watcher, to = server;
    if (reachable) At(Delay(), [this, from, to] { Connect(from, to); });
  }
}

std::vector<log::CircleId> Network::Shared(size_t a, size_t b) const {
  std::vector<log::CircleId> shared;
  for (const auto& [circle, side] : sides_[a]) {
    if (sides_[b].contains(circle)) shared.push_back(circle);
  }
  return shared;
}

void Network::Connect(size_t watcher, size_t server) {
  Link& link = LinkOf(watcher, server);
  if (link.up || !link.reachable || !nodes_[watcher]->IsRunning() || !nodes_[server]->IsRunning()) {
    return;
  }
  const auto shared = Shared(watcher, server);
  if (shared.empty()) return;
  link.up = true;
  link.last = clock_.Now();
  link.waiting.clear();
  ++link.connection;
  for (const auto& circle : shared) {
    const log::MemberId served = Known(server, circle).self;
    On(watcher, nodes_[watcher]->life, [&](Node& node) {
      sides_[watcher][circle]->replicator->OnPeerUp(served, node.clock.Now());
    });
    std::set<log::FeedId> feeds;
    for (const log::FeedId& feed : nodes_[server]->node->log->Feeds()) {
      if (feed.circle == circle) feeds.insert(feed);
    }
    LinkOf(watcher, server).waiting.merge(feeds);
  }
  Send(watcher, server);
  At(kHeartbeat, [this, watcher, server, connection = link.connection] {
    Heartbeat(watcher, server, connection);
  });
}

// An empty message: nothing changed.
void Network::Heartbeat(size_t watcher, size_t server, uint64_t connection) {
  const Link& link = LinkOf(watcher, server);
  if (!link.up || link.connection != connection) return;
  for (const auto& circle : Shared(watcher, server)) Deliver(watcher, server, circle, {});
  At(kHeartbeat, [this, watcher, server, connection] { Heartbeat(watcher, server, connection); });
}

void Network::Break(size_t watcher, size_t server) {
  Link& link = LinkOf(watcher, server);
  if (!link.up) return;
  link.up = false;
  ++link.connection;
  link.waiting.clear();
  On(watcher, nodes_[watcher]->life, [&](Node& node) {
    for (auto& [circle, side] : sides_[watcher]) {
      for (const auto& id : side->known->Members()) {
        if (NodeOf(*side->known, id) == nodes_[server].get()) {
          side->replicator->OnPeerDown(id, node.clock.Now());
        }
      }
    }
  });
  At(Delay() * 20, [this, watcher, server] { Connect(watcher, server); });
}

void Network::Tell(size_t watcher, size_t server, std::set<log::FeedId> feeds) {
  Link& link = LinkOf(watcher, server);
  if (!link.up) return;
  const bool first = link.waiting.empty();
  link.waiting.merge(feeds);
  if (!first || link.waiting.empty()) return;
  // What changes meanwhile is told with it.
  At(absl::Milliseconds(2), [this, watcher, server, connection = link.connection] {
    if (LinkOf(watcher, server).connection == connection) Send(watcher, server);
  });
}

void Network::Send(size_t watcher, size_t server) {
  Link& link = LinkOf(watcher, server);
  std::set<log::FeedId> feeds;
  feeds.swap(link.waiting);
  if (!link.up || !nodes_[server]->IsRunning()) return;
  if (Chance(faults_.broken_connection)) {
    Break(watcher, server);
    return;
  }
  for (const auto& circle : Shared(watcher, server)) {
    std::vector<poolcirkel::log::v1::Head> heads;
    for (const log::FeedId& feed : feeds) {
      if (feed.circle != circle) continue;
      if (IsDeafTo(watcher, server, feed)) continue;
      const auto* instead =
          lies_.log ? lies_.log(*nodes_[server], *nodes_[watcher], feed) : nullptr;
      const log::EventLog& source = instead ? *instead : *nodes_[server]->node->log;
      const auto note = source.CheckpointNote(feed);
      if (!note.ok()) continue;
      heads.emplace_back();
      *heads.back().mutable_feed() = log::ToProto(feed);
      heads.back().set_checkpoint_note(*note);
      if (lies_.head) lies_.head(*nodes_[server], *nodes_[watcher], heads.back());
    }
    Deliver(watcher, server, circle, heads);
  }
}

// The mutant hears of a feed from its writer only.
bool Network::IsDeafTo(size_t watcher, size_t server, const log::FeedId& feed) const {
  if (seams_ == nullptr || !seams_->deaf_to_gossip) return false;
  const Node* writer = NodeOf(Known(server, feed.circle), feed.member);
  return writer != nodes_[server].get() && writer != nodes_[watcher].get();
}

void Network::Deliver(size_t watcher, size_t server, const log::CircleId& circle,
                      const std::vector<poolcirkel::log::v1::Head>& heads) {
  Link& link = LinkOf(watcher, server);
  link.last = std::max(link.last, clock_.Now() + Delay());
  const log::MemberId from = Known(server, circle).self;
  const log::FeedId own = Known(server, circle).FeedOf(Known(watcher, circle).self);
  poolcirkel::log::v1::Head heard;
  *heard.mutable_feed() = log::ToProto(own);
  heard.set_checkpoint_note(ReplicatorOf(server, circle)->synchronizer().HeardBeyond(own));
  At(link.last - clock_.Now(), [=, this, connection = link.connection] {
    if (LinkOf(watcher, server).connection != connection) return;
    On(watcher, nodes_[watcher]->life, [&](Node& node) {
      auto& replicator = *sides_[watcher][circle]->replicator;
      if (!heard.checkpoint_note().empty()) replicator.OnHeard(from, heard);
      replicator.OnHeads(from, heads, node.clock.Now());
      if (seams_ != nullptr && seams_->stores_unverified) Believe(node, heads);
    });
  });
}

// The mutant keeps whatever head is told of what it holds.
void Network::Believe(Node& node, const std::vector<poolcirkel::log::v1::Head>& heads) {
  for (const auto& head : heads) {
    const auto feed = log::FromProto(head.feed());
    if (!feed.ok() || node.node->log->IsOwn(*feed)) continue;
    node.node->log->StoreCheckpoint(*feed, head.checkpoint_note()).IgnoreError();
  }
}

void Network::Fetch(size_t watcher, const log::CircleId& circle, const log::MemberId& peer,
                    const log::FeedId& feed, log::Sequence first) {
  const uint64_t life = nodes_[watcher]->life;
  const Node* server = NodeOf(Known(watcher, circle), peer);
  const size_t from = server == nullptr ? watcher : server->number;
  At(Delay(), [=, this] {
    bool complete = false;
    absl::Duration last = absl::ZeroDuration();
    if (from != watcher && nodes_[from]->IsRunning() && LinkOf(watcher, from).up &&
        sides_[from].contains(circle) && !Chance(faults_.failed_call)) {
      last = Serve(watcher, from, peer, feed, first, complete);
    }
    At(last + absl::Microseconds(1), [=, this] {
      On(watcher, life, [&](Node& node) {
        sides_[watcher][circle]->replicator->OnFetchEnded(
            peer, feed, complete ? absl::OkStatus() : absl::UnavailableError("lost"),
            node.clock.Now());
      });
    });
  });
}

// Sends the packages on their way; when the last of them arrives.
absl::Duration Network::Serve(size_t watcher, size_t server, const log::MemberId& peer,
                              const log::FeedId& feed, log::Sequence first, bool& complete) {
  absl::Duration last = absl::ZeroDuration();
  const uint64_t life = nodes_[watcher]->life;
  const auto* instead = lies_.log ? lies_.log(*nodes_[server], *nodes_[watcher], feed) : nullptr;
  const log::EventLog& source = instead ? *instead : *nodes_[server]->node->log;
  while (true) {
    auto package = source.MakePackage(feed, first, 1 + random_() % 8);
    complete = absl::IsOutOfRange(package.status());
    if (!package.ok() || Chance(faults_.lost_package)) return last;
    const auto count = static_cast<uint64_t>(package->records_size());
    if (lies_.package) lies_.package(*nodes_[server], *nodes_[watcher], *package);
    for (int copies = Chance(faults_.repeated_package) ? 2 : 1; copies > 0; --copies) {
      const absl::Duration at = Chance(faults_.reordered_package) ? Delay() : last + Delay();
      last = std::max(last, at);
      At(at, [=, this, sent = *package] {
        On(watcher, life, [&](Node& node) { Receive(node, peer, feed, sent); });
      });
    }
    first = log::Sequence(first.value() + count);
  }
}

void Network::Receive(Node& node, const log::MemberId& peer, const log::FeedId& feed,
                      const poolcirkel::log::v1::Package& package) {
  if (seams_ != nullptr && seams_->stores_unverified && !node.node->log->IsOwn(feed)) {
    // The mutant believes whatever comes.
    eventstore::log::EventLog& log = *node.node->log;
    replication::Tail tail = replication::LoadTail(log, feed).value_or(replication::Tail());
    if (package.first_sequence() != tail.size()) return;
    const std::vector<std::string> records(package.records().begin(), package.records().end());
    for (const auto& record : records) tail.tree.Append(eventstore::merkle::LeafHash(record));
    log.StoreVerified(feed, log::Sequence(package.first_sequence()), records, tail.tree.Root())
        .IgnoreError();
    return;
  }
  sides_[node.number][feed.circle]
      ->replicator->OnPackage(peer, feed, package, node.clock.Now())
      .IgnoreError();
}

void Network::PassOn(Node& node) {
  if (node.IsRunning() && node.circles_changed) TakeCircles(node);
  while (node.IsRunning() && !node.changed.empty()) {
    std::set<log::FeedId> changed;
    changed.swap(node.changed);
    for (size_t other = 0; other < nodes_.size(); ++other) {
      if (other != node.number) Tell(other, node.number, changed);
    }
    for (const log::FeedId& feed : changed) {
      const auto side = sides_[node.number].find(feed.circle);
      if (side == sides_[node.number].end()) continue;
      side->second->replicator->OnLogChange(feed, node.clock.Now());
    }
  }
}

const replication::Replicator* Network::ReplicatorOf(size_t node,
                                                     const log::CircleId& circle) const {
  const auto side = sides_[node].find(circle);
  return side == sides_[node].end() ? nullptr : side->second->replicator.get();
}

absl::Duration Network::HeadAge(size_t number, const log::FeedId& feed) {
  const Node& node = *nodes_[number];
  if (node.node->log->IsOwn(feed)) return absl::ZeroDuration();
  const auto* replicator = ReplicatorOf(number, feed.circle);
  if (replicator == nullptr) return absl::InfiniteDuration();
  const absl::Duration age = node.clock.Now() - replicator->synchronizer().HeadToldAt(feed);
  return std::max(age, absl::ZeroDuration());
}

}  // namespace tests::simulation
