#include "services/api/assignment_service.h"

namespace services::api {

namespace v1 = ::poolcirkel::api::v1;

grpc::Status AssignmentService::Publish(grpc::ServerContext* context,
                                        const v1::PublishAssignmentRequest* request,
                                        v1::PublishAssignmentResponse* response) {
  return gate_.Answer(*context, "/poolcirkel.api.v1.AssignmentService/Publish", *request, response,
                      [&](const Gate::Call& call) {
                        return commands_->Publish(
                            *request, call.ActorWith(request->header().mandate()), call.deadline);
                      });
}

grpc::Status AssignmentService::Withdraw(grpc::ServerContext* context,
                                         const v1::WithdrawAssignmentRequest* request,
                                         v1::WithdrawAssignmentResponse* response) {
  return gate_.Answer(*context, "/poolcirkel.api.v1.AssignmentService/Withdraw", *request, response,
                      [&](const Gate::Call& call) {
                        return commands_->Withdraw(
                            *request, call.ActorWith(request->header().mandate()), call.deadline);
                      });
}

grpc::Status AssignmentService::List(grpc::ServerContext* context,
                                     const v1::ListAssignmentsRequest* request,
                                     v1::ListAssignmentsResponse* response) {
  return gate_.Answer(
      *context, "/poolcirkel.api.v1.AssignmentService/List", *request, response,
      [&](const Gate::Call& call) { return queries_->ListAssignments(*request, call.deadline); });
}

}  // namespace services::api
