#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "eventstore/base/clock.h"
#include "eventstore/base/entropy.h"
#include "eventstore/crypto/digest.h"
#include "eventstore/crypto/signature.h"
#include "eventstore/log/event_log.h"
#include "eventstore/privacy/key_file.h"
#include "eventstore/replication/synchronizer.h"
#include "poolcirkel/event/v1/circle.pb.h"
#include "poolcirkel/peer/v1/peer.pb.h"
#include "services/membership/circles.h"

namespace grpc {
class ChannelCredentials;
}

namespace services::peer {

// How one peer of a circle is.
struct PeerStatus {
  eventstore::log::MemberId member;
  bool connected = false;
  std::string address;     // the one in use, or tried last
  std::string last_error;  // empty while connected
};

// How one circle is, seen from this node.
struct CircleStatus {
  eventstore::log::CircleId circle;
  eventstore::replication::OwnHeadStatus own_head;
  std::vector<eventstore::replication::FeedStatus> feeds;  // of the other members
  std::vector<PeerStatus> peers;                           // the other members
  std::string log_error;  // why something that arrived could not be stored; or empty
};

// Where a joiner knocks: as in the invitation.
struct Contact {
  std::vector<std::string> addresses;  // "host:port", tried in turn
  eventstore::crypto::Digest tls_key_hash;
};

// The client's half of peer/v1: keeps a stream of heads to every other member of
// every circle, fetches what is missing, cosigns, confirms the own head, and fetches
// class keys from the members that made them. Circles that appear or change while
// it runs are taken up. Thread-safe; Start and Stop once, from one thread.
class Network {
 public:
  struct Options {
    eventstore::log::EventLog* log = nullptr;  // none is owned
    services::membership::Circles* circles = nullptr;
    // Whom to hear; unset: all of `circles`. More than those while an own feed has to
    // come back first.
    std::function<std::vector<services::membership::CirclePtr>()> heard;
    // As replication::Replicator::Options.
    std::function<absl::Status()> before_restore;
    std::function<bool()> restored;
    eventstore::replication::EvidenceFile* evidence = nullptr;
    eventstore::privacy::KeyFile* keys = nullptr;
    const eventstore::base::Clock* clock = nullptr;
    eventstore::base::Entropy* entropy = nullptr;
    const eventstore::crypto::PrivateKey* log_key = nullptr;
    // As eventstore::replication::Replicator::Options::find_key.
    std::function<const eventstore::crypto::PrivateKey*(const eventstore::crypto::PublicKey&)>
        find_key{};
    // Credentials that show this node's certificate and accept just the server whose
    // key has this hash.
    std::function<std::shared_ptr<grpc::ChannelCredentials>(const eventstore::crypto::Digest&)>
        credentials;
    eventstore::replication::Synchronizer::Options synchronizer;
    absl::Duration reconnect_minimum = absl::Milliseconds(50);
    absl::Duration reconnect_maximum = absl::Seconds(1);
    absl::Duration connect_deadline = absl::Seconds(20);  // of one attempt
    absl::Duration call_deadline = absl::Seconds(5);      // of a call with one answer
    absl::Duration fetch_deadline = absl::Minutes(1);     // of a stream of packages
    absl::Duration watch_deadline = absl::Minutes(30);    // of a stream of heads
    absl::Duration key_retry_maximum = absl::Minutes(10);
  };

  static std::unique_ptr<Network> Make(Options options);
  virtual ~Network() = default;

  virtual void Start() = 0;
  // Ends every call and thread; returns within moments. Also done on destruction.
  virtual void Stop() = 0;

  virtual std::vector<CircleStatus> Status() const = 0;
  // How long ago the feed's member itself last told its head, all of which is held here;
  // absl::InfiniteDuration() when it never did since Start. Zero for an own feed.
  virtual absl::Duration HeadAge(const eventstore::log::FeedId& feed) const = 0;

  // The checkpoint note of the latest head of the feed that anybody told of since Start, when
  // less of the feed is held here; otherwise empty.
  virtual std::string HeardBeyond(const eventstore::log::FeedId& feed) const = 0;

  // Asks `member` who a professional of its pool is. UNAVAILABLE PEER_UNREACHABLE when
  // it does not answer; otherwise its own answer.
  virtual absl::StatusOr<poolcirkel::peer::v1::DiscloseResponse> Disclose(
      const eventstore::log::CircleId& circle, const eventstore::log::MemberId& member,
      const poolcirkel::peer::v1::DiscloseRequest& request) = 0;

  // The charter chain of a circle, unverified. For a member that is joining.
  virtual absl::StatusOr<std::vector<poolcirkel::event::v1::SignedCharter>> FetchCharters(
      const Contact& contact, const eventstore::log::CircleId& circle) = 0;

  // Fetches one exchange's key from the member that made it, now, and keeps it. OK when
  // it is here already. NOT_FOUND KEY_NOT_GIVEN when the member does not hand it out.
  virtual absl::Status FetchExchangeKey(const eventstore::log::CircleId& circle,
                                        const eventstore::log::MemberId& made_by,
                                        const eventstore::privacy::KeyId& key) = 0;
};

}  // namespace services::peer
