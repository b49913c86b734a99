#pragma once

#include <grpcpp/server.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "eventstore/base/clock.h"
#include "eventstore/base/mutex.h"
#include "eventstore/crypto/certificate.h"
#include "eventstore/crypto/entropy.h"
#include "eventstore/log/event_log.h"
#include "eventstore/privacy/key_file.h"
#include "services/membership/circles.h"
#include "services/peer/network.h"
#include "services/peer/peer_service.h"

namespace services::peer {

// Circles as a test gives them, also while a node runs.
class GivenCircles final : public membership::Circles {
 public:
  void Set(const membership::CirclePtr& circle);

  std::vector<membership::CirclePtr> All() const override;
  membership::CirclePtr Find(const eventstore::log::CircleId& id) const override;
  absl::StatusOr<membership::CirclePtr> Resolve(std::string_view name) const override;
  eventstore::log::FeedId PrivateFeed() const override { return {}; }
  absl::Status Refresh() override { return absl::OkStatus(); }
  std::shared_ptr<void> OnChange(std::function<void()> listener) override;

 private:
  mutable eventstore::base::Mutex mutex_;
  std::map<eventstore::log::CircleId, membership::CirclePtr> circles_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::weak_ptr<std::function<void()>>> listeners_ ABSL_GUARDED_BY(mutex_);
};

// Answers every disclosure with who asked.
class EchoDiscloser final : public Discloser {
 public:
  absl::StatusOr<poolcirkel::peer::v1::DiscloseResponse> Disclose(
      const eventstore::log::CircleId& circle, const eventstore::log::MemberId& caller,
      const poolcirkel::peer::v1::DiscloseRequest& request) override;
};

eventstore::crypto::KeyAndCertificate MakeIdentity(const std::string& oin,
                                                   absl::Duration valid_from = -absl::Hours(1),
                                                   absl::Duration valid_until = absl::Hours(24));

// A node of one member with a real log and key file in a temporary folder and a real
// server on 127.0.0.1, over mutual TLS.
class PeerNode {
 public:
  explicit PeerNode(uint8_t number);
  ~PeerNode();
  PeerNode(const PeerNode&) = delete;
  PeerNode& operator=(const PeerNode&) = delete;

  // Opens everything; on the same port as before.
  void Start();
  void Stop();
  bool running() const { return network != nullptr; }

  // This member as a charter names it.
  poolcirkel::event::v1::CharterMember InCharter() const;
  eventstore::log::MemberId id() const;
  int port() const { return port_; }

  // Appends `count` events to its feed of the circle in one transaction, each to a new
  // stream or all to `stream`; makes the feed when it is not there.
  absl::Status Append(const eventstore::log::CircleId& circle, int count,
                      const std::string& payload = "payload",
                      std::optional<eventstore::log::StreamId> stream = std::nullopt);
  // One event to the stream whose key has that id.
  absl::Status AppendTo(const eventstore::log::CircleId& circle,
                        const eventstore::privacy::KeyId& key, const std::string& payload);

  const uint8_t number;
  eventstore::base::SystemClock clock;
  eventstore::crypto::SystemEntropy entropy;
  eventstore::base::IdGenerator ids{clock, entropy};
  const std::string oin;
  const eventstore::crypto::KeyAndCertificate identity;
  const eventstore::crypto::PrivateKey log_key;
  EchoDiscloser discloser;
  // What it says that it heard of a feed, and does not hold; the network's word when unset.
  // Taken at each start.
  std::function<std::string(const eventstore::log::FeedId&)> heard_beyond;
  // Given again at every start.
  std::vector<membership::CirclePtr> known_circles;

  std::unique_ptr<eventstore::log::EventLog> log;
  std::unique_ptr<eventstore::privacy::KeyFile> keys;
  std::unique_ptr<GivenCircles> circles;
  std::unique_ptr<PeerServiceImpl> service;
  std::unique_ptr<grpc::Server> server;
  std::unique_ptr<Network> network;

 private:
  const std::string directory_;
  int port_ = 0;
};

// Tells the circle of `nodes` (the first coordinates) to all of `audience`, each seeing
// itself; answers its id, which follows from `name`.
eventstore::log::CircleId MakeCircle(const std::string& name, const std::vector<PeerNode*>& nodes,
                                     const std::vector<PeerNode*>& audience);

// The bytes of a feed as that node holds them.
std::vector<std::string> BytesOf(const PeerNode& node, const eventstore::log::FeedId& feed);

}  // namespace services::peer
