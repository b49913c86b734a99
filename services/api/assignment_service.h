#pragma once

#include "poolcirkel/api/v1/assignment_service.grpc.pb.h"
#include "services/api/gate.h"
#include "services/commands/assignment_commands.h"
#include "services/queries/queries.h"

namespace services::api {

// AssignmentService over gRPC.
class AssignmentService final : public poolcirkel::api::v1::AssignmentService::Service {
 public:
  // Owns nothing; all of it outlives the server.
  AssignmentService(const Gate& gate, commands::AssignmentCommands& commands,
                    queries::Queries& queries)
      : gate_(gate), commands_(&commands), queries_(&queries) {}

  grpc::Status Publish(grpc::ServerContext* context,
                       const poolcirkel::api::v1::PublishAssignmentRequest* request,
                       poolcirkel::api::v1::PublishAssignmentResponse* response) override;
  grpc::Status Withdraw(grpc::ServerContext* context,
                        const poolcirkel::api::v1::WithdrawAssignmentRequest* request,
                        poolcirkel::api::v1::WithdrawAssignmentResponse* response) override;
  grpc::Status List(grpc::ServerContext* context,
                    const poolcirkel::api::v1::ListAssignmentsRequest* request,
                    poolcirkel::api::v1::ListAssignmentsResponse* response) override;

 private:
  const Gate& gate_;
  commands::AssignmentCommands* const commands_;
  queries::Queries* const queries_;
};

}  // namespace services::api
