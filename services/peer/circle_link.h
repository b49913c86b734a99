#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "eventstore/crypto/digest.h"
#include "eventstore/log/types.h"
#include "eventstore/replication/replicator.h"
#include "eventstore/replication/transport.h"
#include "poolcirkel/peer/v1/peer.grpc.pb.h"
#include "services/membership/circles.h"
#include "services/peer/network.h"
#include "services/peer/pump.h"
#include "services/peer/read_call.h"

namespace services::peer {

using Stub = poolcirkel::peer::v1::PeerService::Stub;

// Makes a stub for one address; channels connect when they are first used.
std::shared_ptr<Stub> MakeStub(const Network::Options& options, const std::string& address,
                               const eventstore::crypto::Digest& tls_key_hash);

// The connections of one circle: a stream of heads from every other member, fetches
// where the replicator wants them. All calls come from one thread at a time, the
// pump's among them; what gRPC reports comes through the pump. Owns nothing of its
// arguments.
class CircleLink final : public eventstore::replication::Transport {
 public:
  // Runs `work` on the pump's thread, with whatever lock guards this object.
  using Guarded = std::function<void(const std::function<void()>& work)>;

  CircleLink(const Network::Options& options, Pump& pump, Guarded guarded,
             const membership::CirclePtr& circle);

  // A newer charter.
  void Update(const membership::CirclePtr& circle);
  void OnLogChange(const eventstore::log::FeedId& feed);
  // Does what is due; how long until something else is.
  absl::Duration Tick();
  // Ends all calls; nothing new is begun. The pump hears when they have ended.
  void Close();

  CircleStatus Status() const;
  absl::Time HeadToldAt(const eventstore::log::FeedId& feed) const;
  // As Synchronizer.
  std::string HeardBeyond(const eventstore::log::FeedId& feed) const;
  // The connection to a member; nullptr when the member is not in the circle.
  std::shared_ptr<Stub> StubOf(const eventstore::log::MemberId& member) const;

  void StartFetch(const eventstore::log::MemberId& peer, const eventstore::log::FeedId& feed,
                  eventstore::log::Sequence first) override;

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;
  using WatchCall = ReadCall<poolcirkel::peer::v1::WatchHeadsResponse>;
  using FetchCall = ReadCall<poolcirkel::peer::v1::FetchPackagesResponse>;

  struct Peer {
    eventstore::crypto::Digest tls_key_hash;
    std::vector<std::string> addresses;
    size_t address = 0;                        // index of the one in use
    std::vector<std::shared_ptr<Stub>> stubs;  // for each address
    std::shared_ptr<WatchCall> watch;          // nullptr: not connected and not trying
    bool up = false;                           // it answered
    int failures = 0;
    SteadyTime retry_at;
    SteadyTime silent_at;  // when the watch is given up unless something comes
    std::string last_error;
  };

  absl::Time Now() const { return options_.clock->Now(); }
  void Reset(Peer& peer, const poolcirkel::event::v1::CharterMember& member);
  void Watch(const eventstore::log::MemberId& id, Peer& peer);
  void OnHeads(const eventstore::log::MemberId& id, const WatchCall* call,
               const poolcirkel::peer::v1::WatchHeadsResponse& response);
  void OnWatchEnd(const eventstore::log::MemberId& id, const WatchCall* call,
                  const grpc::Status& status);
  void OnFetchEnd(const eventstore::log::MemberId& peer, const eventstore::log::FeedId& feed,
                  const absl::Status& status);

  const Network::Options& options_;
  Pump& pump_;
  const Guarded guarded_;
  const eventstore::log::CircleId circle_;
  std::map<eventstore::log::MemberId, Peer> peers_;
  std::map<eventstore::log::FeedId, std::shared_ptr<FetchCall>> fetches_;
  bool closed_ = false;
  eventstore::replication::Replicator replicator_;
};

}  // namespace services::peer
