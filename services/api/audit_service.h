#pragma once

#include "poolcirkel/api/v1/audit_service.grpc.pb.h"
#include "services/api/gate.h"
#include "services/audit/audit.h"

namespace services::api {

// AuditService over gRPC.
class AuditService final : public poolcirkel::api::v1::AuditService::Service {
 public:
  // Owns nothing; all of it outlives the server.
  AuditService(const Gate& gate, audit::Audit& audit) : gate_(gate), audit_(&audit) {}

  grpc::Status Exchanges(grpc::ServerContext* context,
                         const poolcirkel::api::v1::AuditExchangesRequest* request,
                         poolcirkel::api::v1::AuditExchangesResponse* response) override;
  grpc::Status Evidence(grpc::ServerContext* context,
                        const poolcirkel::api::v1::AuditEvidenceRequest* request,
                        poolcirkel::api::v1::AuditEvidenceResponse* response) override;

 private:
  const Gate& gate_;
  audit::Audit* const audit_;
};

}  // namespace services::api
