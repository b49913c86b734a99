#include "services/node/node.h"

#include <algorithm>
#include <thread>

#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "eventstore/base/mutex.h"
#include "services/access/access_log.h"
#include "services/access/tokens.h"
#include "services/api/assignment_service.h"
#include "services/api/audit_service.h"
#include "services/api/circle_service.h"
#include "services/api/log_service.h"
#include "services/api/node_service.h"
#include "services/api/privacy_service.h"
#include "services/api/professional_service.h"
#include "services/api/secondment_service.h"
#include "services/api/session_service.h"
#include "services/audit/forks.h"
#include "services/commands/pending_circles.h"
#include "services/commands/restate_capacity.h"
#include "services/disclosure/disclosures.h"
#include "services/durability/background_check.h"
#include "services/node/backup.h"
#include "services/node/core.h"
#include "services/node/erasure_gate.h"
#include "services/node/override_head.h"
#include "services/node/peers_adapter.h"
#include "services/node/servers.h"
#include "services/node/status.h"
#include "services/peer/network.h"
#include "services/peer/peer_service.h"
#include "services/policies/policy_runner.h"
#include "services/rpc/credentials.h"

namespace services::node {
namespace {

namespace base = ::eventstore::base;
namespace log = ::eventstore::log;
namespace v1 = ::poolcirkel::api::v1;

// How often grpc.health.v1 is brought up to date.
constexpr std::chrono::milliseconds kHealthInterval(250);
// Every so many times while the log cannot be written: five seconds.
constexpr int kRecoverEvery = 20;
constexpr absl::Duration kFirstTokenLifetime = absl::Hours(24 * 365);

commands::MemberIdentity IdentityOf(const Config& config, const Identity& identity) {
  commands::MemberIdentity member;
  member.organisation = config.member.organisation;
  member.oin = config.member.oin;
  member.tls_key_hash = identity.peer_key_hash;
  member.addresses = config.peer.addresses;
  member.position.emplace();
  constexpr double kPerDegree = 10'000;
  member.position->set_latitude_e4(static_cast<int32_t>(config.member.latitude * kPerDegree));
  member.position->set_longitude_e4(static_cast<int32_t>(config.member.longitude * kPerDegree));
  return member;
}

class NodeImpl final : public Node {
 public:
  NodeImpl(const Config& config, Logger& logger, std::unique_ptr<Core> core)
      : config_(config), logger_(logger), core_(std::move(core)) {}
  ~NodeImpl() override { Stop(); }

  absl::Status Start();
  void Stop() override;

 private:
  absl::Status OpenFiles();
  void MakeNetwork();
  void MakeCommands();
  void MakeErasure();
  void MakePolicies();
  void MakeServices();
  void MakeNodeService();
  void WatchHealth();
  Health CurrentHealth() const;
  // A peer holds more of the own feed than this node, or something else.
  bool IsContested(const log::CircleId& circle) const;
  void LogCall(const std::string& method, const std::string& token, const absl::Status& outcome,
               absl::Duration duration);

  const Config config_;
  Logger& logger_;
  absl::Time started_at_;
  std::unique_ptr<Core> core_;

  std::unique_ptr<access::TokenStore> tokens_;
  std::unique_ptr<access::AccessLog> access_log_;
  std::unique_ptr<commands::PendingCircles> pending_;
  std::unique_ptr<peer::Network> network_;
  std::unique_ptr<PeersAdapter> peers_;
  std::unique_ptr<commands::Runner> runner_;
  std::unique_ptr<commands::OwnProfessionals> own_professionals_;
  commands::Dependencies dependencies_;
  std::unique_ptr<commands::AssignmentCommands> assignment_commands_;
  std::unique_ptr<commands::ProfessionalCommands> professional_commands_;
  std::unique_ptr<commands::SecondmentCommands> secondment_commands_;
  std::unique_ptr<commands::SessionCommands> session_commands_;
  std::unique_ptr<commands::CircleCommands> circle_commands_;
  std::unique_ptr<commands::Eraser> eraser_;
  std::unique_ptr<commands::ErasureCommands> erasure_commands_;
  std::unique_ptr<ErasureGate> erasure_gate_;
  std::unique_ptr<queries::Queries> queries_;
  std::unique_ptr<audit::Audit> audit_;
  std::unique_ptr<disclosure::Disclosures> disclosures_;
  std::unique_ptr<DiscloserAdapter> discloser_;
  std::unique_ptr<policies::PolicyRunner> policies_;

  std::unique_ptr<api::Gate> gate_;
  std::unique_ptr<peer::PeerServiceImpl> peer_service_;
  std::vector<std::unique_ptr<grpc::Service>> api_services_;
  std::unique_ptr<Servers> servers_;
  durability::BackgroundCheck background_check_{{.data_directory = config_.data_directory,
                                                 .log = core_->log.get(),
                                                 .clock = &core_->clock}};

  base::Mutex mutex_;
  base::CondVar stop_requested_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread health_thread_;
};

absl::Status NodeImpl::OpenFiles() {
  const Paths paths(config_.data_directory);
  ASSIGN_OR_RETURN(tokens_, access::TokenStore::Open(paths.Tokens(), core_->entropy));
  ASSIGN_OR_RETURN(access_log_, access::AccessLog::Open(paths.AccessLog(), core_->entropy));
  ASSIGN_OR_RETURN(pending_, commands::PendingCircles::Open(config_.data_directory));
  return absl::OkStatus();
}

void NodeImpl::MakeNetwork() {
  peer::Network::Options options;
  options.log = core_->log.get();
  options.circles = core_->circles.get();
  options.keys = core_->keys.get();
  options.clock = &core_->clock;
  options.entropy = &core_->entropy;
  options.log_key = &core_->identity.log_key;
  options.find_key = [keys = core_->log_keys.get()](const eventstore::crypto::PublicKey& key) {
    return keys->Find(key);
  };
  options.heard = [circles = core_->circles.get()] { return circles->Heard(); };
  options.before_restore = [this] { return core_->doubt->Raise(core_->entropy); };
  options.evidence = core_->evidence.get();
  options.restored = [this] { return core_->doubt->Raised().has_value(); };
  options.credentials = [this](const eventstore::crypto::Digest& pin) {
    return rpc::PeerChannelCredentials(
        {core_->identity.peer_key_pem, core_->identity.peer_certificate_pem}, pin, core_->clock);
  };
  network_ = peer::Network::Make(std::move(options));
  peers_ = std::make_unique<PeersAdapter>(*network_, core_->clock);
}

void NodeImpl::MakeCommands() {
  runner_ = commands::MakeRunner({.log = core_->log.get(),
                                  .keys = core_->keys.get(),
                                  .circles = core_->circles.get(),
                                  .ids = &core_->ids,
                                  .entropy = &core_->entropy});
  own_professionals_ =
      std::make_unique<commands::OwnProfessionals>(core_->log.get(), core_->circles.get());
  dependencies_ = {.log = core_->log.get(),
                   .keys = core_->keys.get(),
                   .circles = core_->circles.get(),
                   .runner = runner_.get(),
                   .peers = peers_.get(),
                   .clock = &core_->clock,
                   .ids = &core_->ids,
                   .entropy = &core_->entropy,
                   .log_key = &core_->identity.log_key,
                   .log_keys = core_->log_keys.get(),
                   .doubt = core_->doubt.get()};
  assignment_commands_ = std::make_unique<commands::AssignmentCommands>(dependencies_);
  professional_commands_ =
      std::make_unique<commands::ProfessionalCommands>(dependencies_, own_professionals_.get());
  secondment_commands_ =
      std::make_unique<commands::SecondmentCommands>(dependencies_, own_professionals_.get());
  session_commands_ =
      std::make_unique<commands::SessionCommands>(dependencies_, own_professionals_.get());
  circle_commands_ = std::make_unique<commands::CircleCommands>(
      dependencies_, IdentityOf(config_, core_->identity), pending_.get());
}

void NodeImpl::MakeErasure() {
  eraser_ = std::make_unique<commands::Eraser>(commands::Eraser::Parts{
      .log = core_->log.get(),
      .keys = core_->keys.get(),
      .professionals = own_professionals_.get(),
      .forget_opened = [this] { queries_->ForgetOpened(); },
      .forget_user = [this](const auto& user) { return tokens_->ForgetProfessional(user); }});
  erasure_commands_ = std::make_unique<commands::ErasureCommands>(
      dependencies_, own_professionals_.get(), eraser_.get());
  erasure_gate_ = std::make_unique<ErasureGate>(
      ErasureGate::Options{.log = core_->log.get(),
                           .engine = core_->engine.get(),
                           .circles = core_->circles.get(),
                           .eraser = eraser_.get(),
                           .clock = &core_->clock,
                           .network_status = [this] { return network_->Status(); },
                           .longest_wait = config_.privacy.catch_up});
}

void NodeImpl::MakePolicies() {
  policies::PolicyRunner::Options options;
  options.log = core_->log.get();
  options.circles = core_->circles.get();
  options.clock = &core_->clock;
  options.policies = policies::MakePolicies({.commands = dependencies_,
                                             .professionals = own_professionals_.get(),
                                             .pending = pending_.get(),
                                             .eraser = eraser_.get(),
                                             .key_backup_days = config_.privacy.key_backup_days,
                                             .kept = core_->kept.get()});
  options.on_change = [this](const std::string& policy, const absl::Status& status) {
    if (status.ok()) {
      logger_.Info("policy_recovered", {{"policy", policy}});
    } else {
      logger_.Warning("policy_failed",
                      {{"policy", policy}, {"reason", std::string(status.message())}});
    }
  };
  policies_ = std::make_unique<policies::PolicyRunner>(std::move(options));
}

void NodeImpl::MakeServices() {
  queries_ = queries::Queries::Create({.log = core_->log.get(),
                                       .engine = core_->engine.get(),
                                       .keys = core_->keys.get(),
                                       .circles = core_->circles.get(),
                                       .clock = &core_->clock});
  audit_ = audit::Audit::Create({.log = core_->log.get(),
                                 .engine = core_->engine.get(),
                                 .keys = core_->keys.get(),
                                 .circles = core_->circles.get()});
  disclosures_ = std::make_unique<disclosure::Disclosures>(disclosure::Disclosures::Options{
      .log = core_->log.get(),
      .keys = core_->keys.get(),
      .circles = core_->circles.get(),
      .own = own_professionals_.get(),
      .access_log = access_log_.get(),
      .clock = &core_->clock,
      .entropy = &core_->entropy,
      .ask_member = [this](const auto& circle, const auto& member, const auto& request) {
        return network_->Disclose(circle, member, request);
      }});
  discloser_ = std::make_unique<DiscloserAdapter>(*disclosures_);
  peer::PeerServiceImpl::Options peer_options;
  peer_options.log = core_->log.get();
  peer_options.circles = core_->circles.get();
  peer_options.keys = core_->keys.get();
  peer_options.clock = &core_->clock;
  peer_options.discloser = discloser_.get();
  peer_options.may_tell = [this](const auto& circle) { return erasure_gate_->MayTell(circle); };
  peer_options.heard_beyond = [this](const auto& feed) { return network_->HeardBeyond(feed); };
  peer_service_ = std::make_unique<peer::PeerServiceImpl>(peer_options);

  gate_ = std::make_unique<api::Gate>(api::Gate::Options{
      .tokens = tokens_.get(),
      .circles = core_->circles.get(),
      .clock = &core_->clock,
      .default_deadline = config_.limits.deadline,
      .on_call = [this](const auto& method, const auto& token, const auto& outcome,
                        absl::Duration duration) { LogCall(method, token, outcome, duration); },
      .may_tell = [this](const auto& circle) { return erasure_gate_->MayTell(circle); }});
  const api::Gate& gate = *gate_;
  api_services_.push_back(
      std::make_unique<api::AssignmentService>(gate, *assignment_commands_, *queries_));
  api_services_.push_back(std::make_unique<api::ProfessionalService>(gate, *professional_commands_,
                                                                     *queries_, *disclosures_));
  api_services_.push_back(
      std::make_unique<api::SecondmentService>(gate, *secondment_commands_, *queries_));
  api_services_.push_back(
      std::make_unique<api::SessionService>(gate, *session_commands_, *queries_));
  api_services_.push_back(
      std::make_unique<api::PrivacyService>(gate, *erasure_commands_, *queries_));
  api_services_.push_back(std::make_unique<api::CircleService>(gate, *circle_commands_));
  api_services_.push_back(std::make_unique<api::AuditService>(
      gate, *audit_, [core = core_.get()](const v1::AuditForksRequest& request) {
        return audit::ListForks(*core->circles, core->evidence->All(), request);
      }));
  api_services_.push_back(
      std::make_unique<api::LogService>(gate, *core_->log, *core_->keys, *core_->circles));
  MakeNodeService();
}

void NodeImpl::MakeNodeService() {
  api_services_.push_back(std::make_unique<api::NodeService>(
      *gate_, api::NodeService::Parts{
                .tokens = tokens_.get(),
                .circles = core_->circles.get(),
                .clock = &core_->clock,
                .status = [this]() -> absl::StatusOr<v1::NodeStatusResponse> {
                  return MakeStatus(config_, *core_, *network_, CurrentHealth(), started_at_);
                },
                .override_head =
                    [this](const auto& circle, const auto& reason, const auto& actor) {
                      return OverrideHead(dependencies_, *circle, IsContested(circle->id), reason,
                                          actor);
                    },
                .restate_capacity =
                    [this](const auto& circle, const auto& reason, const auto& actor) {
                      return commands::RestateCapacity(dependencies_, *circle, reason, actor);
                    },
                .backup =
                    [this](const auto& request, const auto& tell) {
                      return MakeBackup(config_.data_directory, *core_->log, request, tell);
                    }}));
}

absl::Status NodeImpl::Start() {
  started_at_ = core_->clock.Now();
  RETURN_IF_ERROR(OpenFiles());
  MakeNetwork();
  MakeCommands();
  MakeErasure();
  MakePolicies();
  MakeServices();
  std::vector<grpc::Service*> api;
  for (const auto& service : api_services_) api.push_back(service.get());
  ASSIGN_OR_RETURN(servers_, Servers::Start(config_, core_->identity, api, {peer_service_.get()}));
  network_->Start();
  policies_->Start();
  health_thread_ = std::thread([this] { WatchHealth(); });
  background_check_.Start();
  for (const std::string& report : core_->log->StartReport()) {
    logger_.Warning("log_put_aside", {{"reason", report}});
  }
  if (const std::string report = core_->engine->StartReport(); !report.empty()) {
    logger_.Warning("views_rebuilt", {{"reason", report}});
  }
  logger_.Info("started", {{"api", config_.api.listen}, {"peer", config_.peer.listen}});
  return absl::OkStatus();
}

void NodeImpl::Stop() {
  {
    const base::MutexLock lock(mutex_);
    if (stopping_) return;
    stopping_ = true;
    stop_requested_.SignalAll();
  }
  if (health_thread_.joinable()) health_thread_.join();
  background_check_.Stop();
  // From the outside in: no new calls, no peers, no reactions, then what they used.
  if (peer_service_ != nullptr) peer_service_->Stop();
  if (servers_ != nullptr) servers_->Stop(core_->clock.Now() + config_.limits.shutdown);
  // The network first: a policy that waits for another member is then told at once.
  if (network_ != nullptr) network_->Stop();
  if (policies_ != nullptr) policies_->Stop();
  core_->engine->Stop();
  if (servers_ != nullptr) logger_.Info("stopped");
}

Health NodeImpl::CurrentHealth() const {
  std::vector<std::string> problems;
  for (const auto& status : policies_->Status()) {
    if (status.last.ok()) continue;
    problems.push_back(absl::StrCat("de reactie ", status.name,
                                    " lukt niet: ", std::string(status.last.message())));
  }
  for (const std::string& finding : background_check_.state().findings) {
    problems.push_back(absl::StrCat("de controle van het logboek vond: ", finding));
  }
  return CheckHealth(*core_, *network_, problems);
}

bool NodeImpl::IsContested(const log::CircleId& circle) const {
  const auto statuses = network_->Status();
  return std::any_of(statuses.begin(), statuses.end(), [&](const auto& status) {
    return status.circle == circle && status.own_head.contested;
  });
}

void NodeImpl::WatchHealth() {
  bool was_serving = false;
  int ill = 0;
  base::MutexLock lock(mutex_);
  while (!stopping_) {
    mutex_.Unlock();
    const Health health = CurrentHealth();
    // Also without calls: orders are carried out as soon as they are known.
    erasure_gate_->MayTell(std::nullopt).IgnoreError();
    // Also without calls: a disk that failed may be well again.
    if (!health.storage && ++ill % kRecoverEvery == 0) core_->log->Recover().IgnoreError();
    servers_->SetHealth("", health.serving());
    servers_->SetHealth("storage", health.storage);
    servers_->SetHealth("views", health.views);
    servers_->SetHealth("peers", health.peers);
    if (health.serving() != was_serving) {
      was_serving = health.serving();
      logger_.Info("health", {{"serving", was_serving ? "yes" : "no"}});
    }
    mutex_.Lock();
    if (!stopping_) stop_requested_.WaitFor(mutex_, kHealthInterval);
  }
}

void NodeImpl::LogCall(const std::string& method, const std::string& token,
                       const absl::Status& outcome, absl::Duration duration) {
  const bool ours =
      absl::IsInternal(outcome) || absl::IsUnknown(outcome) || absl::IsDataLoss(outcome);
  const std::string microseconds = absl::StrCat(absl::ToInt64Microseconds(duration));
  const std::string code = absl::StatusCodeToString(outcome.code());
  if (ours) {
    logger_.Error("call_failed", {{"method", method},
                                  {"code", code},
                                  {"reason", std::string(outcome.message())},
                                  {"microseconds", microseconds}});
  } else {
    logger_.Debug("call", {{"method", method},
                           {"token", token},
                           {"code", code},
                           {"reason", base::DetailsOf(outcome).reason},
                           {"microseconds", microseconds}});
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<Node>> Node::Start(const Config& config, Logger& logger) {
  ASSIGN_OR_RETURN(auto core, Core::Open(config));
  auto node = std::make_unique<NodeImpl>(config, logger, std::move(core));
  RETURN_IF_ERROR(node->Start());
  return node;
}

absl::StatusOr<std::string> IssueFirstToken(const Config& config) {
  const base::SystemClock clock;
  eventstore::crypto::SystemEntropy entropy;
  ASSIGN_OR_RETURN(const auto tokens,
                   access::TokenStore::Open(Paths(config.data_directory).Tokens(), entropy));
  access::TokenRequest request;
  request.user = "beheerder";
  request.role = access::Role::kAdmin;
  request.member = config.member.short_name;
  request.valid_for = kFirstTokenLifetime;
  ASSIGN_OR_RETURN(const auto issued, tokens->Issue(request, clock.Now()));
  return issued.text;
}

}  // namespace services::node
