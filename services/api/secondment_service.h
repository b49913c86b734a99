#pragma once

#include "poolcirkel/api/v1/secondment_service.grpc.pb.h"
#include "services/api/gate.h"
#include "services/commands/secondment_commands.h"
#include "services/queries/queries.h"

namespace services::api {

// SecondmentService over gRPC.
class SecondmentService final : public poolcirkel::api::v1::SecondmentService::Service {
 public:
  // Owns nothing; all of it outlives the server.
  SecondmentService(const Gate& gate, commands::SecondmentCommands& commands,
                    queries::Queries& queries)
      : gate_(gate), commands_(&commands), queries_(&queries) {}

  grpc::Status Propose(grpc::ServerContext* context,
                       const poolcirkel::api::v1::ProposeSecondmentRequest* request,
                       poolcirkel::api::v1::ProposeSecondmentResponse* response) override;
  grpc::Status Withdraw(grpc::ServerContext* context,
                        const poolcirkel::api::v1::WithdrawProposalRequest* request,
                        poolcirkel::api::v1::WithdrawProposalResponse* response) override;
  grpc::Status Select(grpc::ServerContext* context,
                      const poolcirkel::api::v1::SelectCandidacyRequest* request,
                      poolcirkel::api::v1::SelectCandidacyResponse* response) override;
  grpc::Status Confirm(grpc::ServerContext* context,
                       const poolcirkel::api::v1::ConfirmSecondmentRequest* request,
                       poolcirkel::api::v1::ConfirmSecondmentResponse* response) override;
  grpc::Status Accept(grpc::ServerContext* context,
                      const poolcirkel::api::v1::AcceptSecondmentRequest* request,
                      poolcirkel::api::v1::AcceptSecondmentResponse* response) override;
  grpc::Status Decline(grpc::ServerContext* context,
                       const poolcirkel::api::v1::DeclineCandidacyRequest* request,
                       poolcirkel::api::v1::DeclineCandidacyResponse* response) override;
  grpc::Status End(grpc::ServerContext* context,
                   const poolcirkel::api::v1::EndSecondmentRequest* request,
                   poolcirkel::api::v1::EndSecondmentResponse* response) override;
  grpc::Status List(grpc::ServerContext* context,
                    const poolcirkel::api::v1::ListExchangesRequest* request,
                    poolcirkel::api::v1::ListExchangesResponse* response) override;

 private:
  const Gate& gate_;
  commands::SecondmentCommands* const commands_;
  queries::Queries* const queries_;
};

}  // namespace services::api
