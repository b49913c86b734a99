#include "services/api/session_service.h"

namespace services::api {

namespace v1 = ::poolcirkel::api::v1;

grpc::Status SessionService::Announce(grpc::ServerContext* context,
                                      const v1::AnnounceSessionRequest* request,
                                      v1::AnnounceSessionResponse* response) {
  return gate_.Answer(*context, "/poolcirkel.api.v1.SessionService/Announce", *request, response,
                      [&](const Gate::Call& call) {
                        return commands_->Announce(
                            *request, call.ActorWith(request->header().mandate()), call.deadline);
                      });
}

grpc::Status SessionService::Cancel(grpc::ServerContext* context,
                                    const v1::CancelSessionRequest* request,
                                    v1::CancelSessionResponse* response) {
  return gate_.Answer(*context, "/poolcirkel.api.v1.SessionService/Cancel", *request, response,
                      [&](const Gate::Call& call) {
                        return commands_->Cancel(
                            *request, call.ActorWith(request->header().mandate()), call.deadline);
                      });
}

grpc::Status SessionService::SignUp(grpc::ServerContext* context, const v1::SignUpRequest* request,
                                    v1::SignUpResponse* response) {
  return gate_.Answer(*context, "/poolcirkel.api.v1.SessionService/SignUp", *request, response,
                      [&](const Gate::Call& call) {
                        return commands_->SignUp(
                            *request, call.ActorWith(request->header().mandate()), call.deadline);
                      });
}

grpc::Status SessionService::WithdrawSignUp(grpc::ServerContext* context,
                                            const v1::WithdrawSignUpRequest* request,
                                            v1::WithdrawSignUpResponse* response) {
  return gate_.Answer(*context, "/poolcirkel.api.v1.SessionService/WithdrawSignUp", *request,
                      response, [&](const Gate::Call& call) {
                        return commands_->WithdrawSignUp(
                            *request, call.ActorWith(request->header().mandate()), call.deadline);
                      });
}

grpc::Status SessionService::List(grpc::ServerContext* context,
                                  const v1::ListSessionsRequest* request,
                                  v1::ListSessionsResponse* response) {
  return gate_.Answer(
      *context, "/poolcirkel.api.v1.SessionService/List", *request, response,
      [&](const Gate::Call& call) { return queries_->ListSessions(*request, call.deadline); });
}

}  // namespace services::api
