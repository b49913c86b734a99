#include "tests/simulation/node.h"

#include <cstdlib>
#include <utility>

#include "eventstore/base/errors.h"
#include "eventstore/base/file.h"
#include "services/membership/load.h"
#include "services/queries/queries.h"
#include "tests/simulation/forwarding_log.h"

namespace tests::simulation {
namespace {

namespace base = eventstore::base;
namespace commands = services::commands;
namespace log = eventstore::log;
namespace privacy = eventstore::privacy;

constexpr int kKeyBackupDays = 30;
constexpr size_t kCommitEvents = 7;

log::FeedId RandomFeed(base::Entropy& entropy) {
  return {*log::CircleId::FromBytes(entropy.Bytes(32)),
          *log::MemberId::FromBytes(entropy.Bytes(16)), log::Epoch(0)};
}

// Writes down what the log promised, and which feeds changed.
class WatchedLog final : public ForwardingLog {
 public:
  WatchedLog(std::unique_ptr<EventLog> inner, Node& node)
      : ForwardingLog(std::move(inner)), node_(node) {}

  absl::StatusOr<log::AppendResult> Append(log::AppendRequest request) override {
    auto result = inner().Append(std::move(request));
    if (!result.ok()) return result;
    for (const auto& position : result->positions) Promised(position.feed);
    return result;
  }
  absl::Status StoreVerified(const log::CheckedRecords& records, const Digest& root_after,
                             const std::string& note) override {
    RETURN_IF_ERROR(inner().StoreVerified(records, root_after, note));
    Promised(records.feed());
    return absl::OkStatus();
  }
  absl::Status StoreCheckpoint(const FeedId& feed, const std::string& note) override {
    RETURN_IF_ERROR(inner().StoreCheckpoint(feed, note));
    node_.changed.insert(feed);
    return absl::OkStatus();
  }
  absl::Status StoreCosignature(const FeedId& feed, const log::MemberId& witness,
                                const std::string& note) override {
    RETURN_IF_ERROR(inner().StoreCosignature(feed, witness, note));
    node_.changed.insert(feed);
    return absl::OkStatus();
  }

 private:
  void Promised(const FeedId& feed) {
    const uint64_t size = inner().Size(feed);
    const auto root = inner().RootAt(feed, size);
    if (root.ok()) node_.promised[feed] = {size, *root};
    node_.changed.insert(feed);
  }

  Node& node_;
};

class WirePeers final : public commands::Peers {
 public:
  WirePeers(Wire& wire, size_t node) : wire_(wire), node_(node) {}

  absl::Duration HeadAge(const log::FeedId& feed) const override {
    return wire_.HeadAge(node_, feed);
  }
  absl::Status EnsureExchangeKey(const services::membership::CirclePtr& circle,
                                 const log::MemberId& made_by, const privacy::KeyId& exchange,
                                 absl::Time) override {
    return wire_.EnsureExchangeKey(node_, circle, made_by, exchange);
  }
  absl::StatusOr<std::vector<poolcirkel::event::v1::SignedCharter>> FetchCharters(
      const log::CircleId& circle, const std::vector<poolcirkel::event::v1::CharterMember>&,
      absl::Time) override {
    return wire_.FetchCharters(node_, circle);
  }

 private:
  Wire& wire_;
  const size_t node_;
};

commands::MemberIdentity IdentityOf(const Node& node) {
  commands::MemberIdentity identity;
  identity.organisation = "Organisatie " + node.name();
  identity.oin = "0000000100000000000" + std::to_string(node.number);
  identity.tls_key_hash = node.tls_key_hash();
  identity.addresses = {"localhost:1"};
  return identity;
}

}  // namespace

Node::Node(size_t own_number, uint64_t seed, const testing::ManualClock& truth, std::string folder,
           const Seams& seams, Wire& wire)
    : number(own_number),
      clock(truth),
      entropy(seed * 100 + own_number),
      log_key(eventstore::crypto::PrivateKey::Generate(entropy)),
      folder_(std::move(folder)),
      seams_(seams),
      wire_(wire),
      private_feed_(RandomFeed(entropy)) {
  disk.SetDropsSyncs(seams.disk_drops_syncs);
}

Node::~Node() { Kill(); }

void Node::Kill() {
  if (node == nullptr) return;
  // Nothing that is done while closing reaches the disk.
  disk.CutBefore(1);
  node.reset();
  disk.RunJobs();
  changed.clear();
  ++life;
}

absl::Status Node::Start(std::mt19937_64& random) {
  disk.Restart(random);
  node = std::make_unique<Parts>();
  ++life;
  const absl::Status opened = Open();
  if (!opened.ok()) Kill();
  return opened;
}

void Node::PutBack(const std::map<std::string, std::string>& files, std::mt19937_64& random) {
  disk.Restart(random);
  disk.PutBack("/node", files);
  promised.clear();
  was_put_back = true;
}

// As services/node does, in that order.
absl::Status Node::Open() {
  RETURN_IF_ERROR(OpenLog());
  RETURN_IF_ERROR(OpenPrivateFeed());
  RETURN_IF_ERROR(OpenCircles());
  MakeCommands();
  RETURN_IF_ERROR(OpenViews());
  if (seams_.unlocks_at_once) {
    for (const auto& feed : node->log->Feeds()) {
      if (node->log->IsOwn(feed)) RETURN_IF_ERROR(node->log->UnlockFeed(feed));
    }
  }
  return absl::OkStatus();
}

absl::Status Node::OpenLog() {
  RETURN_IF_ERROR(base::MakeFolders(folder_ + "/keys"));
  RETURN_IF_ERROR(base::MakeFolders(folder_ + "/log_keys"));
  ASSIGN_OR_RETURN(node->log_keys,
                   services::membership::LogKeys::Open(folder_ + "/log_keys", &log_key));
  log::EventLog::Options options;
  options.directory = kLogFolder;
  options.clock = &clock;
  options.log_key = &log_key;
  options.key_of = [keys = node->log_keys.get()](const log::FeedId& feed) {
    return keys->KeyOf(feed);
  };
  options.environment = &disk;
  ASSIGN_OR_RETURN(auto opened, log::EventLog::Open(options));
  node->log = std::make_unique<WatchedLog>(std::move(opened), *this);
  RETURN_IF_ERROR(node->log->OwnHealth());
  if (seams_.log) node->log = seams_.log(std::move(node->log));
  const auto before_step = [this](privacy::WrappedFile::Step) {
    return disk.CountOperation() ? absl::OkStatus() : absl::UnavailableError("no power");
  };
  ASSIGN_OR_RETURN(node->keys, privacy::KeyFile::Open(folder_ + "/keys", entropy, before_step));
  if (seams_.keys) node->keys = seams_.keys(std::move(node->keys));
  return absl::OkStatus();
}

absl::Status Node::OpenCircles() {
  ASSIGN_OR_RETURN(node->kept, services::membership::KeptCircles::Open(folder_ + "/circles"));
  ASSIGN_OR_RETURN(node->doubt, commands::PrivateFeedDoubt::Open(folder_ + "/doubt"));
  ASSIGN_OR_RETURN(node->evidence, eventstore::replication::EvidenceFile::Open(folder_ + "/forks"));
  ASSIGN_OR_RETURN(auto adopted,
                   services::membership::Load(*node->log, *node->log_keys, private_feed_));
  node->circles = std::make_unique<services::membership::KnownCircles>(
      std::move(adopted), private_feed_, *node->log, *node->kept);
  node->circles_listener = node->circles->OnChange([this] { circles_changed = true; });
  ASSIGN_OR_RETURN(node->pending, commands::PendingCircles::Open(folder_));
  return node->circles->Refresh();
}

absl::Status Node::OpenViews() {
  projections::engine::Engine::Options views;
  views.directory = "/node/views";
  views.log = node->log.get();
  views.clock = &clock;
  views.environment = &disk;
  views.views = services::queries::AllViews();
  views.commit_events = kCommitEvents;
  views.background = false;
  ASSIGN_OR_RETURN(node->engine, projections::engine::Engine::Open(std::move(views)));
  return absl::OkStatus();
}

absl::Status Node::OpenPrivateFeed() {
  if (!node->log->IsOwn(private_feed_)) {
    RETURN_IF_ERROR(node->log->CreateFeed(private_feed_));
  } else {
    RETURN_IF_ERROR(node->log->UnlockFeed(private_feed_));
  }
  const auto own_key = privacy::KeyOf(private_feed_.member);
  if (node->keys->Find(own_key)) return absl::OkStatus();
  return node->keys->Create({.id = own_key,
                             .key_class = poolcirkel::log::v1::KEY_CLASS_MEMBER,
                             .circle = private_feed_.circle,
                             .made_by = private_feed_.member,
                             .entitled = {},
                             .secret = {}});
}

void Node::MakeCommands() {
  Parts& parts = *node;
  parts.ids = std::make_unique<base::IdGenerator>(clock, entropy);
  parts.runner = commands::MakeRunner(
      {parts.log.get(), parts.keys.get(), parts.circles.get(), parts.ids.get(), &entropy});
  if (seams_.runner) parts.runner = seams_.runner(std::move(parts.runner), *parts.circles);
  parts.peers = std::make_unique<WirePeers>(wire_, number);
  parts.own_professionals =
      std::make_unique<commands::OwnProfessionals>(parts.log.get(), parts.circles.get());
  parts.dependencies = {parts.log.get(),      parts.keys.get(),  parts.circles.get(),
                        parts.runner.get(),   parts.peers.get(), &clock,
                        parts.ids.get(),      &entropy,          &log_key,
                        parts.log_keys.get(), parts.doubt.get()};
  auto* own = parts.own_professionals.get();
  commands::Eraser::Parts eraser;
  eraser.log = parts.log.get();
  eraser.keys = parts.keys.get();
  eraser.professionals = own;
  parts.eraser = std::make_unique<commands::Eraser>(std::move(eraser));
  parts.erasures =
      std::make_unique<commands::ErasureCommands>(parts.dependencies, own, parts.eraser.get());
  parts.assignments = std::make_unique<commands::AssignmentCommands>(parts.dependencies);
  parts.professionals = std::make_unique<commands::ProfessionalCommands>(parts.dependencies, own);
  parts.secondments = std::make_unique<commands::SecondmentCommands>(parts.dependencies, own);
  parts.sessions = std::make_unique<commands::SessionCommands>(parts.dependencies, own);
  parts.circle_commands = std::make_unique<commands::CircleCommands>(
      parts.dependencies, IdentityOf(*this), parts.pending.get());
  MakePolicies();
}

void Node::MakePolicies() {
  Parts& parts = *node;
  services::policies::PolicyRunner::Options policies;
  policies.log = parts.log.get();
  policies.circles = parts.circles.get();
  policies.clock = &clock;
  const services::policies::PolicyParts policy_parts{
      parts.dependencies,  parts.own_professionals.get(),
      parts.pending.get(), parts.eraser.get(),
      kKeyBackupDays,      parts.kept.get()};
  policies.policies = services::policies::MakePolicies(policy_parts);
  if (seams_.policies) seams_.policies(policies.policies, policy_parts);
  parts.policies = std::make_unique<services::policies::PolicyRunner>(std::move(policies));
}

}  // namespace tests::simulation
