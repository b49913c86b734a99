#pragma once

#include <functional>
#include <utility>

#include "poolcirkel/api/v1/audit_service.grpc.pb.h"
#include "services/api/gate.h"
#include "services/audit/audit.h"

namespace services::api {

// AuditService over gRPC.
class AuditService final : public poolcirkel::api::v1::AuditService::Service {
 public:
  using ListForks = std::function<absl::StatusOr<poolcirkel::api::v1::AuditForksResponse>(
      const poolcirkel::api::v1::AuditForksRequest& request)>;
  // Owns nothing; all of it outlives the server.
  AuditService(const Gate& gate, audit::Audit& audit, ListForks forks)
      : gate_(gate), audit_(&audit), forks_(std::move(forks)) {}

  grpc::Status Exchanges(grpc::ServerContext* context,
                         const poolcirkel::api::v1::AuditExchangesRequest* request,
                         poolcirkel::api::v1::AuditExchangesResponse* response) override;
  grpc::Status Export(grpc::ServerContext* context,
                      const poolcirkel::api::v1::AuditExportRequest* request,
                      poolcirkel::api::v1::AuditExportResponse* response) override;
  grpc::Status Proof(grpc::ServerContext* context,
                     const poolcirkel::api::v1::AuditProofRequest* request,
                     poolcirkel::api::v1::AuditProofResponse* response) override;
  grpc::Status Tiles(grpc::ServerContext* context,
                     const poolcirkel::api::v1::AuditTilesRequest* request,
                     grpc::ServerWriter<poolcirkel::api::v1::AuditTilesResponse>* writer) override;
  grpc::Status Forks(grpc::ServerContext* context,
                     const poolcirkel::api::v1::AuditForksRequest* request,
                     poolcirkel::api::v1::AuditForksResponse* response) override;

 private:
  const Gate& gate_;
  audit::Audit* const audit_;
  const ListForks forks_;
};

}  // namespace services::api
