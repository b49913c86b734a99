#pragma once

#include <functional>

#include "poolcirkel/api/v1/node_service.grpc.pb.h"
#include "services/access/tokens.h"
#include "services/api/gate.h"
#include "services/membership/circles.h"

namespace services::api {

// NodeService over gRPC. How the node is and what overriding a head does is known to
// its owner only, and comes in as functions.
class NodeService final : public poolcirkel::api::v1::NodeService::Service {
 public:
  struct Parts {  // nothing is owned
    access::TokenStore* tokens = nullptr;
    const membership::Circles* circles = nullptr;
    const eventstore::base::Clock* clock = nullptr;
    std::function<absl::StatusOr<poolcirkel::api::v1::NodeStatusResponse>()> status;
    std::function<absl::Status(const membership::CirclePtr& circle, const std::string& reason,
                               const commands::Actor& actor)>
        override_head;
    std::function<absl::Status(const membership::CirclePtr& circle, const std::string& reason,
                               const commands::Actor& actor)>
        restate_capacity;
    // Makes a backup; tells how far it is, false when nobody listens any more.
    std::function<absl::Status(
        const poolcirkel::api::v1::BackupRequest& request,
        const std::function<bool(const poolcirkel::api::v1::BackupResponse&)>& tell)>
        backup;
  };
  NodeService(const Gate& gate, Parts parts) : gate_(gate), parts_(std::move(parts)) {}

  grpc::Status Status(grpc::ServerContext* context,
                      const poolcirkel::api::v1::NodeStatusRequest* request,
                      poolcirkel::api::v1::NodeStatusResponse* response) override;
  grpc::Status IssueToken(grpc::ServerContext* context,
                          const poolcirkel::api::v1::IssueTokenRequest* request,
                          poolcirkel::api::v1::IssueTokenResponse* response) override;
  grpc::Status RevokeToken(grpc::ServerContext* context,
                           const poolcirkel::api::v1::RevokeTokenRequest* request,
                           poolcirkel::api::v1::RevokeTokenResponse* response) override;
  grpc::Status ListTokens(grpc::ServerContext* context,
                          const poolcirkel::api::v1::ListTokensRequest* request,
                          poolcirkel::api::v1::ListTokensResponse* response) override;
  grpc::Status OverrideHead(grpc::ServerContext* context,
                            const poolcirkel::api::v1::OverrideHeadRequest* request,
                            poolcirkel::api::v1::OverrideHeadResponse* response) override;
  grpc::Status RestateCapacity(grpc::ServerContext* context,
                               const poolcirkel::api::v1::RestateCapacityRequest* request,
                               poolcirkel::api::v1::RestateCapacityResponse* response) override;

  grpc::Status Backup(grpc::ServerContext* context,
                      const poolcirkel::api::v1::BackupRequest* request,
                      grpc::ServerWriter<poolcirkel::api::v1::BackupResponse>* writer) override;

 private:
  absl::StatusOr<poolcirkel::api::v1::IssueTokenResponse> Issue(
      const poolcirkel::api::v1::IssueTokenRequest& request) const;
  poolcirkel::api::v1::TokenRow Row(const access::TokenInfo& info) const;

  const Gate& gate_;
  const Parts parts_;
};

}  // namespace services::api
