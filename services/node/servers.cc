#include "services/node/servers.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>

#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "services/rpc/channel.h"
#include "services/rpc/credentials.h"

namespace services::node {
namespace {

namespace base = ::eventstore::base;

// Where one server listens and how many calls it runs at the same time.
struct Port {
  std::string address;
  int threads = 0;
  std::shared_ptr<grpc::ServerCredentials> credentials;
};

absl::StatusOr<std::unique_ptr<grpc::Server>> StartServer(
    const Port& port, const rpc::Limits& limits, const std::vector<grpc::Service*>& services) {
  grpc::ServerBuilder builder;
  rpc::ConfigureServer(builder, limits);
  // Calls above this are refused with RESOURCE_EXHAUSTED instead of making a thread.
  grpc::ResourceQuota quota(port.address);
  quota.SetMaxThreads(port.threads);
  builder.SetResourceQuota(quota);
  builder.SetSyncServerOption(grpc::ServerBuilder::SyncServerOption::NUM_CQS, 1);
  // A port that another process has is an error, not a port to share.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  int bound = 0;
  builder.AddListeningPort(port.address, port.credentials, &bound);
  for (auto* service : services) builder.RegisterService(service);
  auto server = builder.BuildAndStart();
  if (server == nullptr || bound == 0) {
    return base::Refusal(absl::StatusCode::kUnavailable, "PORT_TAKEN",
                         absl::StrCat("op ", port.address, " kan niet worden geluisterd"))
        .Remedy("kies een andere poort in de configuratie, of stop wat er al luistert");
  }
  return server;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Servers>> Servers::Start(const Config& config,
                                                        const Identity& identity,
                                                        const std::vector<grpc::Service*>& api,
                                                        const std::vector<grpc::Service*>& peer) {
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  const Port api_port{
      config.api.listen, config.api.threads,
      rpc::ApiServerCredentials({identity.api_key_pem, identity.api_certificate_pem})};
  const Port peer_port{
      config.peer.listen, config.peer.threads,
      rpc::PeerServerCredentials({identity.peer_key_pem, identity.peer_certificate_pem})};
  rpc::Limits api_limits;
  api_limits.maximum_message_bytes = static_cast<int>(config.limits.message_bytes);
  ASSIGN_OR_RETURN(auto api_server, StartServer(api_port, api_limits, api));
  // What peers send each other is bounded by the format, not by configuration.
  ASSIGN_OR_RETURN(auto peer_server, StartServer(peer_port, rpc::Limits(), peer));
  return std::unique_ptr<Servers>(new Servers(std::move(api_server), std::move(peer_server)));
}

Servers::~Servers() = default;

void Servers::SetHealth(const std::string& service, bool serving) {
  for (auto* server : {api_.get(), peer_.get()}) {
    if (auto* health = server->GetHealthCheckService()) {
      health->SetServingStatus(service, serving);
    }
  }
}

void Servers::Stop(absl::Time deadline) {
  peer_->Shutdown(absl::ToChronoTime(deadline));
  api_->Shutdown(absl::ToChronoTime(deadline));
}

}  // namespace services::node
