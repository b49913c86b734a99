#pragma once

#include "poolcirkel/api/v1/circle_service.grpc.pb.h"
#include "services/api/gate.h"
#include "services/commands/circle_commands.h"

namespace services::api {

// CircleService over gRPC.
class CircleService final : public poolcirkel::api::v1::CircleService::Service {
 public:
  // Owns nothing; all of it outlives the server.
  CircleService(const Gate& gate, commands::CircleCommands& commands)
      : gate_(gate), commands_(&commands) {}

  grpc::Status MakeMemberEntry(grpc::ServerContext* context,
                               const poolcirkel::api::v1::MakeMemberEntryRequest* request,
                               poolcirkel::api::v1::MakeMemberEntryResponse* response) override;
  grpc::Status SignCharter(grpc::ServerContext* context,
                           const poolcirkel::api::v1::SignCharterRequest* request,
                           poolcirkel::api::v1::SignCharterResponse* response) override;
  grpc::Status Found(grpc::ServerContext* context,
                     const poolcirkel::api::v1::FoundCircleRequest* request,
                     poolcirkel::api::v1::FoundCircleResponse* response) override;
  grpc::Status Invite(grpc::ServerContext* context,
                      const poolcirkel::api::v1::InviteRequest* request,
                      poolcirkel::api::v1::InviteResponse* response) override;
  grpc::Status Join(grpc::ServerContext* context, const poolcirkel::api::v1::JoinRequest* request,
                    poolcirkel::api::v1::JoinResponse* response) override;
  grpc::Status ProposeCharter(grpc::ServerContext* context,
                              const poolcirkel::api::v1::ProposeCharterRequest* request,
                              poolcirkel::api::v1::ProposeCharterResponse* response) override;
  grpc::Status SignProposal(grpc::ServerContext* context,
                            const poolcirkel::api::v1::SignProposalRequest* request,
                            poolcirkel::api::v1::SignProposalResponse* response) override;
  grpc::Status EndEpoch(grpc::ServerContext* context,
                        const poolcirkel::api::v1::EndEpochRequest* request,
                        poolcirkel::api::v1::EndEpochResponse* response) override;
  grpc::Status List(grpc::ServerContext* context,
                    const poolcirkel::api::v1::ListCirclesRequest* request,
                    poolcirkel::api::v1::ListCirclesResponse* response) override;
  grpc::Status Show(grpc::ServerContext* context,
                    const poolcirkel::api::v1::ShowCircleRequest* request,
                    poolcirkel::api::v1::ShowCircleResponse* response) override;

 private:
  const Gate& gate_;
  commands::CircleCommands* const commands_;
};

}  // namespace services::api
