#include "services/api/professional_service.h"

namespace services::api {

namespace v1 = ::poolcirkel::api::v1;

grpc::Status ProfessionalService::Register(grpc::ServerContext* context,
                                           const v1::RegisterProfessionalRequest* request,
                                           v1::RegisterProfessionalResponse* response) {
  return gate_.Answer(*context, "/poolcirkel.api.v1.ProfessionalService/Register", *request,
                      response, [&](const Gate::Call& call) {
                        return commands_->Register(
                            *request, call.ActorWith(request->header().mandate()), call.deadline);
                      });
}

grpc::Status ProfessionalService::StateCapacity(grpc::ServerContext* context,
                                                const v1::StateCapacityRequest* request,
                                                v1::StateCapacityResponse* response) {
  return gate_.Answer(*context, "/poolcirkel.api.v1.ProfessionalService/StateCapacity", *request,
                      response, [&](const Gate::Call& call) {
                        return commands_->StateCapacity(
                            *request, call.ActorWith(request->header().mandate()), call.deadline);
                      });
}

grpc::Status ProfessionalService::OpenIdentity(grpc::ServerContext* context,
                                               const v1::OpenIdentityRequest* request,
                                               v1::OpenIdentityResponse* response) {
  return gate_.Answer(*context, "/poolcirkel.api.v1.ProfessionalService/OpenIdentity", *request,
                      response, [&](const Gate::Call& call) {
                        return commands_->OpenIdentity(
                            *request, call.ActorWith(request->header().mandate()), call.deadline);
                      });
}

grpc::Status ProfessionalService::ListOwn(grpc::ServerContext* context,
                                          const v1::ListOwnProfessionalsRequest* request,
                                          v1::ListOwnProfessionalsResponse* response) {
  return gate_.Answer(
      *context, "/poolcirkel.api.v1.ProfessionalService/ListOwn", *request, response,
      [&](const Gate::Call& call) -> absl::StatusOr<v1::ListOwnProfessionalsResponse> {
        auto answer = queries_->ListOwnProfessionals(*request, call.deadline);
        if (!answer.ok()) return answer;
        // Names are shown: that is noted first, or they are not.
        const auto noted = disclosures_->NoteOwn(request->header().circle(), *answer);
        if (!noted.ok()) return noted;
        return answer;
      });
}

grpc::Status ProfessionalService::Search(grpc::ServerContext* context,
                                         const v1::SearchProfessionalsRequest* request,
                                         v1::SearchProfessionalsResponse* response) {
  return gate_.Answer(*context, "/poolcirkel.api.v1.ProfessionalService/Search", *request, response,
                      [&](const Gate::Call& call) {
                        return queries_->SearchProfessionals(*request, call.deadline);
                      });
}

grpc::Status ProfessionalService::Disclose(grpc::ServerContext* context,
                                           const v1::DiscloseProfessionalRequest* request,
                                           v1::DiscloseProfessionalResponse* response) {
  return gate_.Answer(
      *context, "/poolcirkel.api.v1.ProfessionalService/Disclose", *request, response,
      [&](const Gate::Call& call) { return disclosures_->Ask(*request, call.deadline); });
}

grpc::Status ProfessionalService::ListDisclosures(grpc::ServerContext* context,
                                                  const v1::ListDisclosuresRequest* request,
                                                  v1::ListDisclosuresResponse* response) {
  return gate_.Answer(*context, "/poolcirkel.api.v1.ProfessionalService/ListDisclosures", *request,
                      response, [&](const Gate::Call& call) {
                        const bool own = call.principal.role == access::Role::kProfessional;
                        return own ? disclosures_->ListAbout(call.principal.user, *request)
                                   : disclosures_->List(*request);
                      });
}

}  // namespace services::api
