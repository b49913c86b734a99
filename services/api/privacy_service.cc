#include "services/api/privacy_service.h"

namespace services::api {

namespace v1 = ::poolcirkel::api::v1;

grpc::Status PrivacyService::Erase(grpc::ServerContext* context, const v1::EraseRequest* request,
                                   v1::EraseResponse* response) {
  return gate_.Answer(*context, "/poolcirkel.api.v1.PrivacyService/Erase", *request, response,
                      [&](const Gate::Call& call) {
                        return commands_->Erase(
                            *request, call.ActorWith(request->header().mandate()), call.deadline);
                      });
}

grpc::Status PrivacyService::Status(grpc::ServerContext* context,
                                    const v1::PrivacyStatusRequest* request,
                                    v1::PrivacyStatusResponse* response) {
  return gate_.Answer(
      *context, "/poolcirkel.api.v1.PrivacyService/Status", *request, response,
      [&](const Gate::Call& call) { return queries_->PrivacyStatus(*request, call.deadline); });
}

}  // namespace services::api
