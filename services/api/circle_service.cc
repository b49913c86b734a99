#include "services/api/circle_service.h"

namespace services::api {

namespace v1 = ::poolcirkel::api::v1;

namespace {

// What a token of one circle may know of: that circle.
absl::StatusOr<v1::ListCirclesResponse> ShareOf(const access::Principal& principal,
                                                absl::StatusOr<v1::ListCirclesResponse> all) {
  if (!all.ok() || !principal.circle) return all;
  v1::ListCirclesResponse share;
  for (auto& row : *all->mutable_circles()) {
    if (row.circle_id() == eventstore::base::ToText(*principal.circle)) {
      *share.add_circles() = std::move(row);
    }
  }
  return share;
}

}  // namespace

grpc::Status CircleService::MakeMemberEntry(grpc::ServerContext* context,
                                            const v1::MakeMemberEntryRequest* request,
                                            v1::MakeMemberEntryResponse* response) {
  return gate_.Answer(*context, "/poolcirkel.api.v1.CircleService/MakeMemberEntry", *request,
                      response, [&](const Gate::Call& call) {
                        return commands_->MakeMemberEntry(*request, call.ActorWith(""),
                                                          call.deadline);
                      });
}

grpc::Status CircleService::SignCharter(grpc::ServerContext* context,
                                        const v1::SignCharterRequest* request,
                                        v1::SignCharterResponse* response) {
  return gate_.Answer(*context, "/poolcirkel.api.v1.CircleService/SignCharter", *request, response,
                      [&](const Gate::Call& call) {
                        return commands_->SignCharter(*request, call.ActorWith(""), call.deadline);
                      });
}

grpc::Status CircleService::Found(grpc::ServerContext* context,
                                  const v1::FoundCircleRequest* request,
                                  v1::FoundCircleResponse* response) {
  return gate_.Answer(*context, "/poolcirkel.api.v1.CircleService/Found", *request, response,
                      [&](const Gate::Call& call) {
                        return commands_->Found(*request, call.ActorWith(""), call.deadline);
                      });
}

grpc::Status CircleService::Invite(grpc::ServerContext* context, const v1::InviteRequest* request,
                                   v1::InviteResponse* response) {
  return gate_.Answer(*context, "/poolcirkel.api.v1.CircleService/Invite", *request, response,
                      [&](const Gate::Call& call) {
                        return commands_->Invite(*request, call.ActorWith(""), call.deadline);
                      });
}

grpc::Status CircleService::Join(grpc::ServerContext* context, const v1::JoinRequest* request,
                                 v1::JoinResponse* response) {
  return gate_.Answer(*context, "/poolcirkel.api.v1.CircleService/Join", *request, response,
                      [&](const Gate::Call& call) {
                        return commands_->Join(*request, call.ActorWith(""), call.deadline);
                      });
}

grpc::Status CircleService::ProposeCharter(grpc::ServerContext* context,
                                           const v1::ProposeCharterRequest* request,
                                           v1::ProposeCharterResponse* response) {
  return gate_.Answer(*context, "/poolcirkel.api.v1.CircleService/ProposeCharter", *request,
                      response, [&](const Gate::Call& call) {
                        return commands_->ProposeCharter(
                            *request, call.ActorWith(request->header().mandate()), call.deadline);
                      });
}

grpc::Status CircleService::SignProposal(grpc::ServerContext* context,
                                         const v1::SignProposalRequest* request,
                                         v1::SignProposalResponse* response) {
  return gate_.Answer(*context, "/poolcirkel.api.v1.CircleService/SignProposal", *request, response,
                      [&](const Gate::Call& call) {
                        return commands_->SignProposal(
                            *request, call.ActorWith(request->header().mandate()), call.deadline);
                      });
}

grpc::Status CircleService::EndEpoch(grpc::ServerContext* context,
                                     const v1::EndEpochRequest* request,
                                     v1::EndEpochResponse* response) {
  return gate_.Answer(*context, "/poolcirkel.api.v1.CircleService/EndEpoch", *request, response,
                      [&](const Gate::Call& call) {
                        return commands_->EndEpoch(
                            *request, call.ActorWith(request->header().mandate()), call.deadline);
                      });
}

grpc::Status CircleService::List(grpc::ServerContext* context,
                                 const v1::ListCirclesRequest* request,
                                 v1::ListCirclesResponse* response) {
  return gate_.Answer(
      *context, "/poolcirkel.api.v1.CircleService/List", *request, response,
      [&](const Gate::Call& call) { return ShareOf(call.principal, commands_->List(*request)); });
}

grpc::Status CircleService::Show(grpc::ServerContext* context, const v1::ShowCircleRequest* request,
                                 v1::ShowCircleResponse* response) {
  return gate_.Answer(*context, "/poolcirkel.api.v1.CircleService/Show", *request, response,
                      [&](const Gate::Call&) { return commands_->Show(*request); });
}

}  // namespace services::api
