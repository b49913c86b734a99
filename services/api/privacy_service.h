#pragma once

#include "poolcirkel/api/v1/privacy_service.grpc.pb.h"
#include "services/api/gate.h"
#include "services/commands/erasure_commands.h"
#include "services/queries/queries.h"

namespace services::api {

// PrivacyService over gRPC.
class PrivacyService final : public poolcirkel::api::v1::PrivacyService::Service {
 public:
  // Owns nothing; all of it outlives the server.
  PrivacyService(const Gate& gate, commands::ErasureCommands& commands, queries::Queries& queries)
      : gate_(gate), commands_(&commands), queries_(&queries) {}

  grpc::Status Erase(grpc::ServerContext* context,
                     const poolcirkel::api::v1::EraseRequest* request,
                     poolcirkel::api::v1::EraseResponse* response) override;
  grpc::Status Status(grpc::ServerContext* context,
                      const poolcirkel::api::v1::PrivacyStatusRequest* request,
                      poolcirkel::api::v1::PrivacyStatusResponse* response) override;

 private:
  const Gate& gate_;
  commands::ErasureCommands* const commands_;
  queries::Queries* const queries_;
};

}  // namespace services::api
