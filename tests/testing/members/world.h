#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "eventstore/base/clock.h"
#include "eventstore/base/entropy.h"
#include "eventstore/crypto/entropy.h"
#include "eventstore/crypto/signature.h"
#include "eventstore/log/event_log.h"
#include "eventstore/privacy/key_file.h"
#include "poolcirkel/event/v1/circle.pb.h"
#include "services/commands/assignment_commands.h"
#include "services/commands/circle_commands.h"
#include "services/commands/eraser.h"
#include "services/commands/erasure_commands.h"
#include "services/commands/own_professionals.h"
#include "services/commands/peers.h"
#include "services/commands/pending_circles.h"
#include "services/commands/professional_commands.h"
#include "services/commands/runner.h"
#include "services/commands/secondment_commands.h"
#include "services/commands/session_commands.h"
#include "services/membership/circles.h"
#include "services/membership/log_keys.h"
#include "services/policies/policy_runner.h"
#include "tests/testing/seams.h"

// Several members in one process: logs, key files, circles, commands and policies are
// the real ones, in folders of their own. Only the network is not there: World copies
// what it would have brought. For tests of commands and policies.
namespace tests::testing::members {

class World;

// What each member states about its backups of keys.
inline constexpr int kKeyBackupDays = 30;

// One member and all that its node has. Made by World.
class Member {
 public:
  Member(World& world, std::string name, std::string directory);
  ~Member();

  // Closes everything and opens it again from the folder, as a restart does. The own
  // feeds are locked then.
  void Restart();
  // As after peers confirmed the heads.
  void Unlock();
  // Takes away all log keys and makes another first one, as after the loss of the disk
  // that they were on; then restarts.
  void LoseLogKeys();

  const std::string& name() const { return name_; }
  const eventstore::crypto::PrivateKey& log_key() const { return log_key_; }
  const eventstore::log::FeedId& private_feed() const { return private_feed_; }
  services::membership::CirclePtr Circle(const std::string& circle) const;

  // All set while the member runs.
  struct Node {
    std::unique_ptr<services::membership::LogKeys> log_keys;
    std::unique_ptr<eventstore::log::EventLog> log;
    std::unique_ptr<eventstore::privacy::KeyFile> keys;
    std::unique_ptr<services::membership::Circles> circles;
    std::unique_ptr<eventstore::base::IdGenerator> ids;
    std::unique_ptr<services::commands::Runner> runner;
    std::unique_ptr<services::commands::Peers> peers;
    std::unique_ptr<services::commands::OwnProfessionals> own_professionals;
    std::unique_ptr<services::commands::PendingCircles> pending;
    services::commands::Dependencies dependencies;
    std::unique_ptr<services::commands::AssignmentCommands> assignments;
    std::unique_ptr<services::commands::ProfessionalCommands> professionals;
    std::unique_ptr<services::commands::SecondmentCommands> secondments;
    std::unique_ptr<services::commands::SessionCommands> sessions;
    std::unique_ptr<services::commands::CircleCommands> circle_commands;
    std::unique_ptr<services::commands::Eraser> eraser;
    std::unique_ptr<services::commands::ErasureCommands> erasures;
    std::unique_ptr<services::policies::PolicyRunner> policies;
  };
  Node node;
  // Whether World copies from and to it.
  bool online = true;
  // When the head of a feed was last copied here, since the start.
  std::map<eventstore::log::FeedId, absl::Time> heard;

 private:
  void Open();
  void Close();

  World& world_;
  const std::string name_;
  const std::string directory_;
  eventstore::crypto::PrivateKey log_key_;
  eventstore::log::FeedId private_feed_;
};

class World {
 public:
  World();
  ~World();

  Member& Add(const std::string& name);
  // Founds a circle by the commands of its members: entries, signatures, founding. The
  // first is coordinator. Ends the process when that fails.
  void Found(const std::string& circle, const std::vector<Member*>& founders,
             const poolcirkel::event::v1::CharterRules& rules);

  // Copies records, cosigns heads, and hands out keys to those who are entitled.
  void Replicate();
  // Replicates and lets the policies act until nothing changes any more.
  void Settle();

  std::vector<Member*> members() const;
  Member* FindByLogKey(const std::string& log_key) const;

  ManualClock clock;  // starts at 2026-11-20, noon UTC
  eventstore::crypto::SystemEntropy entropy;

 private:
  void CopyFeed(Member& from, Member& to, const eventstore::log::FeedId& feed);
  // What the peers of a circle would bring of one member's feeds.
  void CopyHistory(Member& from, Member& to, const services::membership::Circle& circle);
  void Cosign(Member& witness, Member& origin, const eventstore::log::FeedId& feed);
  void HandOutKeys(Member& from, Member& to, const services::membership::Circle& circle);
  uint64_t TotalSize() const;

  std::string directory_;
  std::vector<std::unique_ptr<Member>> members_;
};

// A charter's rules with every time limit set: two days to confirm, one to accept.
poolcirkel::event::v1::CharterRules SampleRules();

}  // namespace tests::testing::members
