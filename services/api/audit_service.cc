#include "services/api/audit_service.h"

namespace services::api {

namespace v1 = ::poolcirkel::api::v1;

grpc::Status AuditService::Exchanges(grpc::ServerContext* context,
                                     const v1::AuditExchangesRequest* request,
                                     v1::AuditExchangesResponse* response) {
  return gate_.Answer(
      *context, "/poolcirkel.api.v1.AuditService/Exchanges", *request, response,
      [&](const Gate::Call& call) { return audit_->Exchanges(*request, call.deadline); });
}

grpc::Status AuditService::Evidence(grpc::ServerContext* context,
                                    const v1::AuditEvidenceRequest* request,
                                    v1::AuditEvidenceResponse* response) {
  return gate_.Answer(
      *context, "/poolcirkel.api.v1.AuditService/Evidence", *request, response,
      [&](const Gate::Call& call) { return audit_->Evidence(*request, call.deadline); });
}

}  // namespace services::api
