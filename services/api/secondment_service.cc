#include "services/api/secondment_service.h"

namespace services::api {

namespace v1 = ::poolcirkel::api::v1;

grpc::Status SecondmentService::Propose(grpc::ServerContext* context,
                                        const v1::ProposeSecondmentRequest* request,
                                        v1::ProposeSecondmentResponse* response) {
  return gate_.Answer(*context, "/poolcirkel.api.v1.SecondmentService/Propose", *request, response,
                      [&](const Gate::Call& call) {
                        return commands_->Propose(
                            *request, call.ActorWith(request->header().mandate()), call.deadline);
                      });
}

grpc::Status SecondmentService::Withdraw(grpc::ServerContext* context,
                                         const v1::WithdrawProposalRequest* request,
                                         v1::WithdrawProposalResponse* response) {
  return gate_.Answer(*context, "/poolcirkel.api.v1.SecondmentService/Withdraw", *request, response,
                      [&](const Gate::Call& call) {
                        return commands_->Withdraw(
                            *request, call.ActorWith(request->header().mandate()), call.deadline);
                      });
}

grpc::Status SecondmentService::Select(grpc::ServerContext* context,
                                       const v1::SelectCandidacyRequest* request,
                                       v1::SelectCandidacyResponse* response) {
  return gate_.Answer(*context, "/poolcirkel.api.v1.SecondmentService/Select", *request, response,
                      [&](const Gate::Call& call) {
                        return commands_->Select(
                            *request, call.ActorWith(request->header().mandate()), call.deadline);
                      });
}

grpc::Status SecondmentService::Confirm(grpc::ServerContext* context,
                                        const v1::ConfirmSecondmentRequest* request,
                                        v1::ConfirmSecondmentResponse* response) {
  return gate_.Answer(*context, "/poolcirkel.api.v1.SecondmentService/Confirm", *request, response,
                      [&](const Gate::Call& call) {
                        return commands_->Confirm(
                            *request, call.ActorWith(request->header().mandate()), call.deadline);
                      });
}

grpc::Status SecondmentService::Accept(grpc::ServerContext* context,
                                       const v1::AcceptSecondmentRequest* request,
                                       v1::AcceptSecondmentResponse* response) {
  return gate_.Answer(*context, "/poolcirkel.api.v1.SecondmentService/Accept", *request, response,
                      [&](const Gate::Call& call) {
                        return commands_->Accept(
                            *request, call.ActorWith(request->header().mandate()), call.deadline);
                      });
}

grpc::Status SecondmentService::Decline(grpc::ServerContext* context,
                                        const v1::DeclineCandidacyRequest* request,
                                        v1::DeclineCandidacyResponse* response) {
  return gate_.Answer(*context, "/poolcirkel.api.v1.SecondmentService/Decline", *request, response,
                      [&](const Gate::Call& call) {
                        return commands_->Decline(
                            *request, call.ActorWith(request->header().mandate()), call.deadline);
                      });
}

grpc::Status SecondmentService::End(grpc::ServerContext* context,
                                    const v1::EndSecondmentRequest* request,
                                    v1::EndSecondmentResponse* response) {
  return gate_.Answer(*context, "/poolcirkel.api.v1.SecondmentService/End", *request, response,
                      [&](const Gate::Call& call) {
                        return commands_->End(*request, call.ActorWith(request->header().mandate()),
                                              call.deadline);
                      });
}

grpc::Status SecondmentService::List(grpc::ServerContext* context,
                                     const v1::ListExchangesRequest* request,
                                     v1::ListExchangesResponse* response) {
  return gate_.Answer(
      *context, "/poolcirkel.api.v1.SecondmentService/List", *request, response,
      [&](const Gate::Call& call) { return queries_->ListExchanges(*request, call.deadline); });
}

}  // namespace services::api
