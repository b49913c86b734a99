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

#include "absl/time/time.h"
#include "eventstore/base/mutex.h"
#include "eventstore/log/event_log.h"
#include "eventstore/replication/replicator.h"
#include "eventstore/storage/environment.h"
#include "tests/eventstore/replication/story.h"
#include "tests/testing/seams.h"

namespace eventstore::replication {

// The nodes of one circle in one thread, with real logs over files in memory, a clock
// that jumps from event to event, and a network that delays, loses, repeats and reorders
// packages and breaks connections. Everything follows from the seed.
class SimulatedCircle {
 public:
  struct Faults {
    double broken_connection = 0;  // chance for each message of heads
    double lost_package = 0;
    double repeated_package = 0;
    bool reordered_packages = false;
  };

  SimulatedCircle(size_t members, uint64_t seed);
  ~SimulatedCircle();

  void SetFaults(const Faults& faults) { faults_ = faults; }
  // Lets the time pass.
  void Run(absl::Duration duration);
  // Appends one event at that node; nothing when it is down or locked.
  bool Append(size_t node);
  void Kill(size_t node);
  void Start(size_t node);
  // Takes all files of a node that does not run away; it keeps its key.
  void Lose(size_t node);
  // From now on `liar` tells `watchers` another history of its feed, which begins as the
  // first one stands now. AppendToSecondStory goes on with it.
  void BeginSecondStory(size_t liar, const std::set<size_t>& watchers);
  void AppendToSecondStory(size_t liar);
  // Whether `watcher` can reach `server`; both ways at once.
  void SetReachable(size_t a, size_t b, bool reachable);

  bool IsRunning(size_t node) const { return nodes_[node]->log != nullptr; }
  const log::EventLog& log(size_t node) const { return *nodes_[node]->log; }
  const Replicator& replicator(size_t node) const { return *nodes_[node]->replicator; }
  const std::vector<Fork> ForksAt(size_t node) const { return nodes_[node]->evidence->All(); }
  // Where the node keeps its evidence of forks.
  std::string EvidencePath(size_t node) const;
  log::FeedId FeedOf(size_t node) const;
  const Person& person(size_t node) const { return people_[node]; }
  uint64_t appended(size_t node) const { return nodes_[node]->appended; }
  // Which nodes served packages of a feed.
  const std::set<size_t>& ServersOf(const log::FeedId& feed) { return servers_[feed]; }
  std::mt19937_64& random() { return random_; }
  bool Chance(double probability);

 private:
  struct Node final : Transport {
    void StartFetch(const log::MemberId& peer, const log::FeedId& feed,
                    log::Sequence first) override {
      circle->Fetch(number, peer, feed, first);
    }

    SimulatedCircle* circle = nullptr;
    size_t number = 0;
    std::unique_ptr<storage::Environment> files = storage::Environment::InMemory();
    bool lost = false;
    std::unique_ptr<EvidenceFile> evidence;
    std::unique_ptr<log::EventLog> log;
    // What a liar tells some.
    std::unique_ptr<storage::Environment> second_files;
    std::unique_ptr<log::EventLog> second_log;
    std::set<size_t> second_watchers;
    std::unique_ptr<Replicator> replicator;
    std::shared_ptr<void> listener;
    uint64_t life = 0;  // grows with every start and kill
    uint64_t appended = 0;
    base::Mutex mutex;
    std::set<log::FeedId> changed ABSL_GUARDED_BY(mutex);
  };
  // What one node hears of another's heads.
  struct Link {
    bool reachable = true;
    bool up = false;
    uint64_t connection = 0;  // messages of older ones are lost
    absl::Time last;          // heads arrive in order
  };
  struct Event {
    absl::Time at;
    uint64_t number;
    std::function<void()> happen;
    bool operator<(const Event& other) const {
      return std::tie(other.at, other.number) < std::tie(at, number);
    }
  };

  void At(absl::Duration delay, std::function<void()> happen);
  absl::Duration Delay();
  const log::EventLog& LogShownTo(size_t watcher, size_t server, const log::FeedId& feed) const;
  log::AppendRequest NewEvent(size_t node);
  size_t NumberOf(const log::MemberId& member) const;
  Link& LinkOf(size_t watcher, size_t server) { return links_[{watcher, server}]; }
  void Connect(size_t watcher, size_t server);
  void Break(size_t watcher, size_t server);
  void Tell(size_t watcher, size_t server, const std::set<log::FeedId>& feeds);
  void Fetch(size_t watcher, const log::MemberId& server, const log::FeedId& feed,
             log::Sequence first);
  absl::Duration Serve(size_t watcher, size_t server, const log::FeedId& feed, log::Sequence first,
                       bool& complete);
  // Runs on a live node, then passes on what changed in its log.
  void On(size_t node, uint64_t life, const std::function<void(Node&)>& action);
  void PassOn(Node& node);

  const std::vector<Person> people_;
  // For what stands in real files.
  const std::string folder_;
  std::mt19937_64 random_;
  tests::testing::ManualClock clock_;
  tests::testing::SeededEntropy entropy_;
  base::IdGenerator ids_;
  Faults faults_;
  std::vector<std::unique_ptr<Node>> nodes_;
  std::map<std::pair<size_t, size_t>, Link> links_;
  std::map<log::FeedId, std::set<size_t>> servers_;
  std::priority_queue<Event> events_;
  uint64_t next_event_ = 0;
};

}  // namespace eventstore::replication
