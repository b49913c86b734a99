#pragma once

#include "poolcirkel/api/v1/session_service.grpc.pb.h"
#include "services/api/gate.h"
#include "services/commands/session_commands.h"
#include "services/queries/queries.h"

namespace services::api {

// SessionService over gRPC.
class SessionService final : public poolcirkel::api::v1::SessionService::Service {
 public:
  // Owns nothing; all of it outlives the server.
  SessionService(const Gate& gate, commands::SessionCommands& commands, queries::Queries& queries)
      : gate_(gate), commands_(&commands), queries_(&queries) {}

  grpc::Status Announce(grpc::ServerContext* context,
                        const poolcirkel::api::v1::AnnounceSessionRequest* request,
                        poolcirkel::api::v1::AnnounceSessionResponse* response) override;
  grpc::Status Cancel(grpc::ServerContext* context,
                      const poolcirkel::api::v1::CancelSessionRequest* request,
                      poolcirkel::api::v1::CancelSessionResponse* response) override;
  grpc::Status SignUp(grpc::ServerContext* context,
                      const poolcirkel::api::v1::SignUpRequest* request,
                      poolcirkel::api::v1::SignUpResponse* response) override;
  grpc::Status WithdrawSignUp(grpc::ServerContext* context,
                              const poolcirkel::api::v1::WithdrawSignUpRequest* request,
                              poolcirkel::api::v1::WithdrawSignUpResponse* response) override;
  grpc::Status List(grpc::ServerContext* context,
                    const poolcirkel::api::v1::ListSessionsRequest* request,
                    poolcirkel::api::v1::ListSessionsResponse* response) override;

 private:
  const Gate& gate_;
  commands::SessionCommands* const commands_;
  queries::Queries* const queries_;
};

}  // namespace services::api
