#include "services/api/node_service.h"

#include "eventstore/base/errors.h"

namespace services::api {
namespace {

namespace base = ::eventstore::base;
namespace v1 = ::poolcirkel::api::v1;

constexpr int kDefaultValidDays = 365;
constexpr int kMaximumValidDays = 3650;

// What a token of one circle may know of: that circle, and whether the node serves.
absl::StatusOr<v1::NodeStatusResponse> ShareOf(const access::Principal& principal,
                                               absl::StatusOr<v1::NodeStatusResponse> all) {
  if (!all.ok() || !principal.circle) return all;
  v1::NodeStatusResponse share = *all;
  share.clear_circles();
  share.clear_problems();
  for (const auto& circle : all->circles()) {
    if (circle.circle_id() == base::ToText(*principal.circle)) *share.add_circles() = circle;
  }
  return share;
}

}  // namespace

v1::TokenRow NodeService::Row(const access::TokenInfo& info) const {
  v1::TokenRow row;
  row.set_token_id(info.id);
  row.set_user(info.user);
  row.set_role(std::string(access::RoleName(info.role)));
  row.set_created_at_milliseconds(absl::ToUnixMillis(info.created_at));
  if (info.expires_at != absl::InfiniteFuture()) {
    row.set_expires_at_milliseconds(absl::ToUnixMillis(info.expires_at));
  }
  row.set_revoked(info.revoked);
  if (info.circle) {
    const auto circle = parts_.circles->Find(*info.circle);
    row.set_circle(circle == nullptr ? base::ToText(*info.circle) : circle->charter.short_name());
  }
  return row;
}

absl::StatusOr<v1::IssueTokenResponse> NodeService::Issue(
    const v1::IssueTokenRequest& request) const {
  const auto role = access::ParseRole(request.role());
  if (!role) {
    return base::InvalidField(
        "role", "is professional, pool_coordinator, network_coordinator, auditor of admin");
  }
  if (request.valid_days() < 0 || request.valid_days() > kMaximumValidDays) {
    return base::InvalidField("valid_days", "ligt tussen 1 en 3650 dagen");
  }
  access::TokenRequest token;
  token.user = request.user();
  token.role = *role;
  if (!request.circle().empty()) {
    ASSIGN_OR_RETURN(const auto circle, parts_.circles->Resolve(request.circle()));
    token.circle = circle->id;
    token.member = circle->Member(circle->self)->short_name();
  }
  const int days = request.valid_days() == 0 ? kDefaultValidDays : request.valid_days();
  token.valid_for = absl::Hours(24) * days;
  ASSIGN_OR_RETURN(const auto issued, parts_.tokens->Issue(token, parts_.clock->Now()));
  v1::IssueTokenResponse response;
  response.set_token(issued.text);
  *response.mutable_row() = Row(issued.info);
  return response;
}

grpc::Status NodeService::Status(grpc::ServerContext* context, const v1::NodeStatusRequest* request,
                                 v1::NodeStatusResponse* response) {
  return gate_.Answer(
      *context, "/poolcirkel.api.v1.NodeService/Status", *request, response,
      [&](const Gate::Call& call) { return ShareOf(call.principal, parts_.status()); });
}

grpc::Status NodeService::IssueToken(grpc::ServerContext* context,
                                     const v1::IssueTokenRequest* request,
                                     v1::IssueTokenResponse* response) {
  return gate_.Answer(*context, "/poolcirkel.api.v1.NodeService/IssueToken", *request, response,
                      [&](const Gate::Call&) { return Issue(*request); });
}

grpc::Status NodeService::RevokeToken(grpc::ServerContext* context,
                                      const v1::RevokeTokenRequest* request,
                                      v1::RevokeTokenResponse* response) {
  return gate_.Answer(*context, "/poolcirkel.api.v1.NodeService/RevokeToken", *request, response,
                      [&](const Gate::Call&) -> absl::StatusOr<v1::RevokeTokenResponse> {
                        RETURN_IF_ERROR(parts_.tokens->Revoke(request->token_id()));
                        return v1::RevokeTokenResponse();
                      });
}

grpc::Status NodeService::ListTokens(grpc::ServerContext* context,
                                     const v1::ListTokensRequest* request,
                                     v1::ListTokensResponse* response) {
  return gate_.Answer(*context, "/poolcirkel.api.v1.NodeService/ListTokens", *request, response,
                      [&](const Gate::Call&) -> absl::StatusOr<v1::ListTokensResponse> {
                        ASSIGN_OR_RETURN(const auto tokens, parts_.tokens->List());
                        v1::ListTokensResponse rows;
                        for (const auto& info : tokens) *rows.add_tokens() = Row(info);
                        return rows;
                      });
}

grpc::Status NodeService::OverrideHead(grpc::ServerContext* context,
                                       const v1::OverrideHeadRequest* request,
                                       v1::OverrideHeadResponse* response) {
  return gate_.Answer(
      *context, "/poolcirkel.api.v1.NodeService/OverrideHead", *request, response,
      [&](const Gate::Call& call) -> absl::StatusOr<v1::OverrideHeadResponse> {
        ASSIGN_OR_RETURN(const auto circle, parts_.circles->Resolve(request->circle()));
        RETURN_IF_ERROR(parts_.override_head(circle, request->reason(), call.ActorWith("")));
        return v1::OverrideHeadResponse();
      });
}

grpc::Status NodeService::RestateCapacity(grpc::ServerContext* context,
                                          const v1::RestateCapacityRequest* request,
                                          v1::RestateCapacityResponse* response) {
  return gate_.Answer(
      *context, "/poolcirkel.api.v1.NodeService/RestateCapacity", *request, response,
      [&](const Gate::Call& call) -> absl::StatusOr<v1::RestateCapacityResponse> {
        ASSIGN_OR_RETURN(const auto circle, parts_.circles->Resolve(request->circle()));
        RETURN_IF_ERROR(parts_.restate_capacity(circle, request->reason(), call.ActorWith("")));
        return v1::RestateCapacityResponse();
      });
}

grpc::Status NodeService::Backup(grpc::ServerContext* context, const v1::BackupRequest* request,
                                 grpc::ServerWriter<v1::BackupResponse>* writer) {
  return gate_.Stream(*context, "/poolcirkel.api.v1.NodeService/Backup", *request,
                      [&](const Gate::Call&) {
                        return parts_.backup(*request, [&](const v1::BackupResponse& response) {
                          return writer->Write(response);
                        });
                      });
}

}  // namespace services::api
