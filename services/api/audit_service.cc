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

grpc::Status AuditService::Export(grpc::ServerContext* context,
                                  const v1::AuditExportRequest* request,
                                  v1::AuditExportResponse* response) {
  return gate_.Answer(
      *context, "/poolcirkel.api.v1.AuditService/Export", *request, response,
      [&](const Gate::Call& call) { return audit_->Export(*request, call.deadline); });
}

grpc::Status AuditService::Proof(grpc::ServerContext* context, const v1::AuditProofRequest* request,
                                 v1::AuditProofResponse* response) {
  return gate_.Answer(*context, "/poolcirkel.api.v1.AuditService/Proof", *request, response,
                      [&](const Gate::Call&) { return audit_->Proof(*request); });
}

grpc::Status AuditService::Tiles(grpc::ServerContext* context, const v1::AuditTilesRequest* request,
                                 grpc::ServerWriter<v1::AuditTilesResponse>* writer) {
  return gate_.Stream(*context, "/poolcirkel.api.v1.AuditService/Tiles", *request,
                      [&](const Gate::Call&) {
                        return audit_->Tiles(*request, [&](const v1::AuditTilesResponse& file) {
                          return writer->Write(file) ? absl::OkStatus()
                                                     : absl::CancelledError("the caller is gone");
                        });
                      });
}

grpc::Status AuditService::Forks(grpc::ServerContext* context, const v1::AuditForksRequest* request,
                                 v1::AuditForksResponse* response) {
  return gate_.Answer(*context, "/poolcirkel.api.v1.AuditService/Forks", *request, response,
                      [&](const Gate::Call&) { return forks_(*request); });
}

}  // namespace services::api
