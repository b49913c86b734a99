#pragma once

#include <functional>
#include <memory>

#include "absl/time/time.h"
#include "eventstore/base/clock.h"
#include "eventstore/log/event_log.h"
#include "eventstore/privacy/key_file.h"
#include "poolcirkel/peer/v1/peer.grpc.pb.h"
#include "services/membership/circles.h"
#include "services/peer/discloser.h"

namespace services::peer {

class HeadBoard;
struct Caller;

// The server's half of peer/v1 (sync API). Thread-safe. The server that it is
// registered with must ask clients for a certificate; the service decides who the
// caller is: the member of the asked circle whose pinned TLS key and OIN are those of
// the certificate, which must be valid now. Everybody else, and everybody who asks for
// a circle that does not exist, gets the same NOT_FOUND CIRCLE_UNKNOWN.
class PeerServiceImpl final : public poolcirkel::peer::v1::PeerService::Service {
 public:
  struct Options {
    eventstore::log::EventLog* log = nullptr;  // none is owned
    services::membership::Circles* circles = nullptr;
    eventstore::privacy::KeyFile* keys = nullptr;
    const eventstore::base::Clock* clock = nullptr;
    Discloser* discloser = nullptr;                    // nullptr: nothing is disclosed
    // Whether this node may tell about persons of a circle yet: hand out keys and names. May
    // be empty: it may.
    std::function<absl::Status(const eventstore::log::CircleId&)> may_tell;
    // As Network::HeardBeyond; may be empty: nothing.
    std::function<std::string(const eventstore::log::FeedId&)> heard_beyond;
    absl::Duration coalesce = absl::Milliseconds(20);  // between messages of one stream
    absl::Duration heartbeat = absl::Seconds(5);       // an empty message when nothing changed
    size_t package_records = 1024;
  };

  explicit PeerServiceImpl(const Options& options);
  ~PeerServiceImpl() override;

  // Ends all streams with UNAVAILABLE and refuses new calls. Call before the server's
  // Shutdown, which waits for calls to end.
  void Stop();

  grpc::Status WatchHeads(
      grpc::ServerContext* context, const poolcirkel::peer::v1::WatchHeadsRequest* request,
      grpc::ServerWriter<poolcirkel::peer::v1::WatchHeadsResponse>* writer) override;
  grpc::Status FetchPackages(
      grpc::ServerContext* context, const poolcirkel::peer::v1::FetchPackagesRequest* request,
      grpc::ServerWriter<poolcirkel::peer::v1::FetchPackagesResponse>* writer) override;
  grpc::Status FetchCharters(grpc::ServerContext* context,
                             const poolcirkel::peer::v1::FetchChartersRequest* request,
                             poolcirkel::peer::v1::FetchChartersResponse* response) override;
  grpc::Status FetchKeys(grpc::ServerContext* context,
                         const poolcirkel::peer::v1::FetchKeysRequest* request,
                         poolcirkel::peer::v1::FetchKeysResponse* response) override;
  grpc::Status Disclose(grpc::ServerContext* context,
                        const poolcirkel::peer::v1::DiscloseRequest* request,
                        poolcirkel::peer::v1::DiscloseResponse* response) override;

 private:
  absl::Status MayTell(const Caller& caller) const;
  absl::StatusOr<Caller> Authenticate(const grpc::ServerContext& context,
                                      const std::string& circle_id) const;
  // As Authenticate; PERMISSION_DENIED MEMBER_SUSPENDED for one that takes no part now.
  absl::StatusOr<Caller> AuthenticateActive(const grpc::ServerContext& context,
                                            const std::string& circle_id) const;
  absl::Status DoFetchPackages(
      grpc::ServerContext* context, const poolcirkel::peer::v1::FetchPackagesRequest& request,
      grpc::ServerWriter<poolcirkel::peer::v1::FetchPackagesResponse>* writer);
  absl::Status DoWatchHeads(grpc::ServerContext* context,
                            const poolcirkel::peer::v1::WatchHeadsRequest& request,
                            grpc::ServerWriter<poolcirkel::peer::v1::WatchHeadsResponse>* writer);

  // Adds what was heard of the feed of the stream's caller, unless that was `told` already.
  void AddHeard(const eventstore::log::FeedId& feed, std::string& told,
                poolcirkel::peer::v1::WatchHeadsResponse& response) const;

  const Options options_;
  const std::unique_ptr<HeadBoard> board_;
  std::shared_ptr<void> circles_listener_;
};

}  // namespace services::peer
