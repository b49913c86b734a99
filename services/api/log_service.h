#pragma once

#include "eventstore/log/event_log.h"
#include "eventstore/privacy/key_file.h"
#include "poolcirkel/api/v1/log_service.grpc.pb.h"
#include "services/api/gate.h"

namespace services::api {

// LogService: the log as it stands, events opened as far as this node holds keys, except
// who a professional is.
class LogService final : public poolcirkel::api::v1::LogService::Service {
 public:
  // Owns nothing; all of it outlives the server.
  LogService(const Gate& gate, eventstore::log::EventLog& log,
             const eventstore::privacy::KeyFile& keys, const membership::Circles& circles)
      : gate_(gate), log_(log), keys_(keys), circles_(circles) {}

  grpc::Status Read(grpc::ServerContext* context,
                    const poolcirkel::api::v1::ReadLogRequest* request,
                    grpc::ServerWriter<poolcirkel::api::v1::ReadLogResponse>* writer) override;
  // Ends when the caller cancels, at its deadline, or when the log closes.
  grpc::Status Tail(grpc::ServerContext* context,
                    const poolcirkel::api::v1::TailLogRequest* request,
                    grpc::ServerWriter<poolcirkel::api::v1::TailLogResponse>* writer) override;
  grpc::Status Heads(grpc::ServerContext* context,
                     const poolcirkel::api::v1::LogHeadsRequest* request,
                     poolcirkel::api::v1::LogHeadsResponse* response) override;

 private:
  // Where to read: the feed, and the circle whose names it is shown with (nullptr
  // for the private feed).
  struct Place {
    eventstore::log::FeedId feed;
    membership::CirclePtr circle;
  };
  absl::StatusOr<Place> Find(const poolcirkel::api::v1::ReadLogRequest& request) const;
  poolcirkel::api::v1::LogEvent Show(const eventstore::log::StoredEvent& stored,
                                     const membership::CirclePtr& circle) const;
  absl::Status DoRead(const poolcirkel::api::v1::ReadLogRequest& request,
                      grpc::ServerWriter<poolcirkel::api::v1::ReadLogResponse>& writer) const;
  absl::Status DoTail(grpc::ServerContext& context,
                      const poolcirkel::api::v1::TailLogRequest& request,
                      grpc::ServerWriter<poolcirkel::api::v1::TailLogResponse>& writer) const;
  poolcirkel::api::v1::LogHeadsResponse::FeedHead HeadOf(const eventstore::log::FeedId& feed,
                                                         const membership::CirclePtr& circle) const;
  absl::StatusOr<poolcirkel::api::v1::LogHeadsResponse> DoHeads(
      const poolcirkel::api::v1::LogHeadsRequest& request) const;

  const Gate& gate_;
  eventstore::log::EventLog& log_;
  const eventstore::privacy::KeyFile& keys_;
  const membership::Circles& circles_;
};

}  // namespace services::api
