#pragma once

#include "poolcirkel/api/v1/professional_service.grpc.pb.h"
#include "services/api/gate.h"
#include "services/commands/professional_commands.h"
#include "services/disclosure/disclosures.h"
#include "services/queries/queries.h"

namespace services::api {

// ProfessionalService over gRPC.
class ProfessionalService final : public poolcirkel::api::v1::ProfessionalService::Service {
 public:
  // Owns nothing; all of it outlives the server.
  ProfessionalService(const Gate& gate, commands::ProfessionalCommands& commands,
                      queries::Queries& queries, disclosure::Disclosures& disclosures)
      : gate_(gate), commands_(&commands), queries_(&queries), disclosures_(&disclosures) {}

  grpc::Status Register(grpc::ServerContext* context,
                        const poolcirkel::api::v1::RegisterProfessionalRequest* request,
                        poolcirkel::api::v1::RegisterProfessionalResponse* response) override;
  grpc::Status StateCapacity(grpc::ServerContext* context,
                             const poolcirkel::api::v1::StateCapacityRequest* request,
                             poolcirkel::api::v1::StateCapacityResponse* response) override;
  grpc::Status OpenIdentity(grpc::ServerContext* context,
                            const poolcirkel::api::v1::OpenIdentityRequest* request,
                            poolcirkel::api::v1::OpenIdentityResponse* response) override;
  grpc::Status ListOwn(grpc::ServerContext* context,
                       const poolcirkel::api::v1::ListOwnProfessionalsRequest* request,
                       poolcirkel::api::v1::ListOwnProfessionalsResponse* response) override;
  grpc::Status Search(grpc::ServerContext* context,
                      const poolcirkel::api::v1::SearchProfessionalsRequest* request,
                      poolcirkel::api::v1::SearchProfessionalsResponse* response) override;
  grpc::Status Disclose(grpc::ServerContext* context,
                        const poolcirkel::api::v1::DiscloseProfessionalRequest* request,
                        poolcirkel::api::v1::DiscloseProfessionalResponse* response) override;
  grpc::Status ListDisclosures(grpc::ServerContext* context,
                               const poolcirkel::api::v1::ListDisclosuresRequest* request,
                               poolcirkel::api::v1::ListDisclosuresResponse* response) override;

 private:
  const Gate& gate_;
  commands::ProfessionalCommands* const commands_;
  queries::Queries* const queries_;
  disclosure::Disclosures* const disclosures_;
};

}  // namespace services::api
