#pragma once

#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "eventstore/crypto/digest.h"
#include "eventstore/crypto/signature.h"
#include "eventstore/log/event_log.h"
#include "eventstore/privacy/key_file.h"
#include "eventstore/replication/evidence_file.h"
#include "eventstore/replication/replicator.h"
#include "projections/engine/engine.h"
#include "services/commands/assignment_commands.h"
#include "services/commands/circle_commands.h"
#include "services/commands/eraser.h"
#include "services/commands/erasure_commands.h"
#include "services/commands/own_professionals.h"
#include "services/commands/peers.h"
#include "services/commands/pending_circles.h"
#include "services/commands/private_feed_doubt.h"
#include "services/commands/professional_commands.h"
#include "services/commands/runner.h"
#include "services/commands/secondment_commands.h"
#include "services/commands/session_commands.h"
#include "services/membership/circles.h"
#include "services/membership/kept_circles.h"
#include "services/membership/log_keys.h"
#include "services/policies/policy_runner.h"
#include "tests/testing/seams.h"
#include "tests/testing/write_back_disk.h"

namespace tests::simulation {

// The simulation's clock, as one node sees it.
class SkewedClock final : public eventstore::base::Clock {
 public:
  explicit SkewedClock(const testing::ManualClock& truth) : truth_(truth) {}
  absl::Time Now() const override {
    eventstore::base::MutexLock lock(mutex_);
    return truth_.Now() + skew_;
  }
  void SetSkew(absl::Duration skew) {
    eventstore::base::MutexLock lock(mutex_);
    skew_ = skew;
  }
  absl::Duration skew() const {
    eventstore::base::MutexLock lock(mutex_);
    return skew_;
  }

 private:
  const testing::ManualClock& truth_;
  mutable eventstore::base::Mutex mutex_;
  absl::Duration skew_ ABSL_GUARDED_BY(mutex_);
};

// Where a node can be built wrong; see mutants.h. Empty: the real thing.
struct Seams {
  std::function<std::unique_ptr<eventstore::log::EventLog>(
      std::unique_ptr<eventstore::log::EventLog>)>
      log;
  std::function<std::unique_ptr<eventstore::privacy::KeyFile>(
      std::unique_ptr<eventstore::privacy::KeyFile>)>
      keys;
  std::function<std::unique_ptr<services::commands::Runner>(
      std::unique_ptr<services::commands::Runner>, const services::membership::Circles&)>
      runner;
  std::function<void(std::vector<std::unique_ptr<services::policies::Policy>>&,
                     const services::policies::PolicyParts&)>
      policies;
  bool disk_drops_syncs = false;
  bool gives_keys_to_anybody = false;
  bool takes_keys_of_anybody = false;
  bool stores_unverified = false;
  // Takes nobody's word for what another member wrote: so it does not hear of forks.
  bool deaf_to_gossip = false;
  // Lets its own feeds be written without asking anybody.
  bool unlocks_at_once = false;
};

// What the node needs of the network.
class Wire {
 public:
  virtual ~Wire() = default;
  virtual absl::Status EnsureExchangeKey(size_t node, const services::membership::CirclePtr& circle,
                                         const eventstore::log::MemberId& made_by,
                                         const eventstore::privacy::KeyId& key) = 0;
  virtual absl::Duration HeadAge(size_t node, const eventstore::log::FeedId& feed) = 0;
  virtual absl::StatusOr<std::vector<poolcirkel::event::v1::SignedCharter>> FetchCharters(
      size_t node, const eventstore::log::CircleId& circle) = 0;
};

// One member's node: everything real, but the network, the clock, randomness and the
// disk. Its threads are waited for after each step, so that it runs in one order.
class Node {
 public:
  Node(size_t number, uint64_t seed, const testing::ManualClock& truth, std::string folder,
       const Seams& seams, Wire& wire);
  ~Node();

  // After a power cut, or the first time. When it does not come up it is down again.
  absl::Status Start(std::mt19937_64& random);
  // Ends everything at once; what was not synced is lost at the next start.
  void Kill();
  bool IsRunning() const { return node != nullptr; }
  // Another disk is put in while it is down, with these files: a copy of an earlier moment,
  // or none. The keys stay, and what the node keeps beside them. What it promised and no
  // peer holds is lost.
  void PutBack(const std::map<std::string, std::string>& files, std::mt19937_64& random);
  // Policies that read the whole log again, as after a restart.
  void MakePolicies();
  // Finishes what RocksDB has to do.
  void RunJobs() { disk.RunJobs(); }
  // On the disk.
  static constexpr char kLogFolder[] = "/node/log";

  const eventstore::log::FeedId& private_feed() const { return private_feed_; }
  eventstore::crypto::Digest tls_key_hash() const {
    return eventstore::crypto::Sha256(log_key.public_key().view());
  }
  std::string name() const { return "lid-" + std::to_string(number); }

  const size_t number;
  testing::WriteBackDisk disk;
  SkewedClock clock;
  testing::SeededEntropy entropy;
  const eventstore::crypto::PrivateKey log_key;

  // What a node is while it runs; closed from the last to the first.
  struct Parts {
    std::unique_ptr<services::membership::LogKeys> log_keys;
    std::unique_ptr<eventstore::log::EventLog> log;
    std::unique_ptr<eventstore::privacy::KeyFile> keys;
    std::unique_ptr<services::membership::KeptCircles> kept;
    std::unique_ptr<services::commands::PrivateFeedDoubt> doubt;
    std::unique_ptr<eventstore::replication::EvidenceFile> evidence;
    std::unique_ptr<services::membership::KnownCircles> circles;
    std::shared_ptr<void> circles_listener;
    std::unique_ptr<eventstore::base::IdGenerator> ids;
    std::unique_ptr<services::commands::Runner> runner;
    std::unique_ptr<services::commands::Peers> peers;
    std::unique_ptr<services::commands::OwnProfessionals> own_professionals;
    std::unique_ptr<services::commands::PendingCircles> pending;
    services::commands::Dependencies dependencies;
    std::unique_ptr<services::commands::Eraser> eraser;
    std::unique_ptr<services::commands::ErasureCommands> erasures;
    std::unique_ptr<services::commands::AssignmentCommands> assignments;
    std::unique_ptr<services::commands::ProfessionalCommands> professionals;
    std::unique_ptr<services::commands::SecondmentCommands> secondments;
    std::unique_ptr<services::commands::SessionCommands> sessions;
    std::unique_ptr<services::commands::CircleCommands> circle_commands;
    std::unique_ptr<services::policies::PolicyRunner> policies;
    std::unique_ptr<projections::engine::Engine> engine;
  };
  std::unique_ptr<Parts> node;

  // What the log promised, and must hold for ever.
  struct Promise {
    uint64_t size = 0;
    eventstore::crypto::Digest root;
  };
  std::map<eventstore::log::FeedId, Promise> promised;
  // Feeds of which something was stored since the network last looked.
  std::set<eventstore::log::FeedId> changed;
  // The charter of a circle is another since the network last looked.
  bool circles_changed = false;
  // A disk was put back: see PutBack.
  bool was_put_back = false;
  // Grows with every start and kill: what was on its way to an earlier life is lost.
  uint64_t life = 0;

 private:
  absl::Status Open();
  absl::Status OpenLog();
  absl::Status OpenPrivateFeed();
  absl::Status OpenCircles();
  absl::Status OpenViews();
  void MakeCommands();

  const std::string folder_;
  const Seams& seams_;
  Wire& wire_;
  const eventstore::log::FeedId private_feed_;
};

}  // namespace tests::simulation
