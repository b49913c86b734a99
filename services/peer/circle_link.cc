#include "services/peer/circle_link.h"

#include <grpcpp/create_channel.h>

#include <algorithm>
#include <utility>

#include "eventstore/base/errors.h"
#include "eventstore/replication/backoff.h"
#include "services/peer/caller.h"
#include "services/rpc/channel.h"
#include "services/rpc/status.h"

namespace services::peer {

namespace crypto = eventstore::crypto;
namespace log = eventstore::log;
using std::chrono::steady_clock;

namespace {

eventstore::replication::Replicator::Options ReplicatorOptions(
    const Network::Options& options, eventstore::replication::Transport* transport) {
  return {.log = options.log,
          .log_key = options.log_key,
          .find_key = options.find_key,
          .entropy = options.entropy,
          .transport = transport,
          .before_restore = options.before_restore,
          .restored = options.restored,
          .evidence = options.evidence,
          .synchronizer = options.synchronizer};
}

absl::Duration Until(steady_clock::time_point time) {
  return absl::FromChrono(time - steady_clock::now());
}

// What the administrator reads. Without a reason it was said by the transport, in English.
std::string Explain(const absl::Status& status) {
  std::string message(status.message());
  if (message.empty()) return "de verbinding is verbroken";
  if (!eventstore::base::DetailsOf(status).reason.empty()) return message;
  return "geen verbinding: " + message;
}

}  // namespace

std::shared_ptr<Stub> MakeStub(const Network::Options& options, const std::string& address,
                               const crypto::Digest& tls_key_hash) {
  rpc::Limits limits;
  limits.maximum_reconnect_backoff = options.reconnect_maximum;
  limits.connect_timeout = options.connect_deadline;
  const auto channel = grpc::CreateCustomChannel(address, options.credentials(tls_key_hash),
                                                 rpc::ChannelArguments(limits));
  return poolcirkel::peer::v1::PeerService::NewStub(channel);
}

CircleLink::CircleLink(const Network::Options& options, Pump& pump, Guarded guarded,
                       const membership::CirclePtr& circle)
    : options_(options),
      pump_(pump),
      guarded_(std::move(guarded)),
      circle_(circle->id),
      replicator_(ReplicatorOptions(options, this), MembershipOf(*circle), options.clock->Now()) {
  Update(circle);
}

void CircleLink::Update(const membership::CirclePtr& circle) {
  std::map<log::MemberId, Peer> kept;
  kept.swap(peers_);
  for (const auto& member : circle->charter.members()) {
    const auto id = log::MemberId::FromBytes(member.member_id());
    if (!id.ok() || *id == circle->self || member.suspended()) continue;
    const auto known = kept.extract(*id);
    Peer& peer = peers_[*id];
    if (!known.empty()) peer = std::move(known.mapped());
    Reset(peer, member);
  }
  // A call of a member that left has nobody to report to any more.
  for (auto& [id, peer] : kept) {
    if (peer.watch != nullptr) peer.watch->Cancel();
    if (peer.up) replicator_.OnPeerDown(id, Now());
  }
  replicator_.SetMembership(MembershipOf(*circle), Now());
}

void CircleLink::Reset(Peer& peer, const poolcirkel::event::v1::CharterMember& member) {
  const auto pin = crypto::Digest::FromBytes(member.tls_key_hash());
  const std::vector<std::string> addresses(member.addresses().begin(), member.addresses().end());
  if (!pin.ok() || (*pin == peer.tls_key_hash && addresses == peer.addresses)) return;
  peer.tls_key_hash = *pin;
  peer.addresses = addresses;
  peer.address = 0;
  peer.stubs.clear();
  for (const std::string& address : addresses) {
    peer.stubs.push_back(MakeStub(options_, address, *pin));
  }
  peer.retry_at = steady_clock::now();
  if (peer.watch != nullptr) peer.watch->Cancel();
}

void CircleLink::OnLogChange(const log::FeedId& feed) {
  if (!closed_) replicator_.OnLogChange(feed, Now());
}

absl::Duration CircleLink::Tick() {
  if (closed_) return absl::InfiniteDuration();
  absl::Duration wait = absl::InfiniteDuration();
  for (auto& [id, peer] : peers_) {
    if (peer.stubs.empty()) continue;
    if (peer.watch == nullptr && Until(peer.retry_at) <= absl::ZeroDuration()) Watch(id, peer);
    if (peer.watch != nullptr && Until(peer.silent_at) <= absl::ZeroDuration()) {
      peer.watch->Cancel();
      peer.silent_at = steady_clock::now() + absl::ToChronoMilliseconds(options_.call_deadline);
    }
    wait = std::min(wait, Until(peer.watch == nullptr ? peer.retry_at : peer.silent_at));
  }
  if (replicator_.NextTick() <= Now()) replicator_.Tick(Now());
  return std::min(wait, replicator_.NextTick() - Now());
}

void CircleLink::Watch(const log::MemberId& id, Peer& peer) {
  // The call's address, not the call: a handler that held its own call would keep it
  // for ever. It tells an old call from the present one.
  auto address = std::make_shared<const WatchCall*>(nullptr);
  auto call = std::make_shared<WatchCall>(
      pump_,
      [this, id, address](const poolcirkel::peer::v1::WatchHeadsResponse& response) {
        guarded_([&] { OnHeads(id, *address, response); });
      },
      [this, id, address](const grpc::Status& status) {
        guarded_([&] { OnWatchEnd(id, *address, status); });
      });
  *address = call.get();
  rpc::SetTimeout(call->context(), options_.watch_deadline);
  poolcirkel::peer::v1::WatchHeadsRequest request;
  request.set_circle_id(circle_.bytes());
  peer.stubs[peer.address]->async()->WatchHeads(&call->context(), &request, call.get());
  peer.watch = call;
  peer.silent_at = steady_clock::now() + absl::ToChronoMilliseconds(options_.connect_deadline);
  call->Begin();
}

void CircleLink::OnHeads(const log::MemberId& id, const WatchCall* call,
                         const poolcirkel::peer::v1::WatchHeadsResponse& response) {
  const auto found = peers_.find(id);
  if (closed_ || found == peers_.end() || found->second.watch.get() != call) return;
  Peer& peer = found->second;
  peer.failures = 0;
  peer.silent_at = steady_clock::now() + absl::ToChronoMilliseconds(options_.synchronizer.silence);
  if (!peer.up) {
    peer.up = true;
    peer.last_error.clear();
    replicator_.OnPeerUp(id, Now());
  }
  if (response.has_heard()) replicator_.OnHeard(id, response.heard());
  replicator_.OnHeads(id, {response.heads().begin(), response.heads().end()}, Now());
}

void CircleLink::OnWatchEnd(const log::MemberId& id, const WatchCall* call,
                            const grpc::Status& status) {
  const auto found = peers_.find(id);
  if (closed_ || found == peers_.end() || found->second.watch.get() != call) return;
  Peer& peer = found->second;
  peer.watch = nullptr;
  const bool was_up = std::exchange(peer.up, false);
  if (was_up) replicator_.OnPeerDown(id, Now());
  if (was_up && (status.ok() || status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED)) {
    peer.retry_at = steady_clock::now();  // its time was up; nothing is wrong
    return;
  }
  peer.last_error = Explain(rpc::FromGrpc(status));
  if (!was_up) peer.address = (peer.address + 1) % peer.stubs.size();
  const absl::Duration wait = eventstore::replication::Backoff(
      ++peer.failures, options_.reconnect_minimum, options_.reconnect_maximum, *options_.entropy);
  peer.retry_at = steady_clock::now() + absl::ToChronoMilliseconds(wait);
}

void CircleLink::StartFetch(const log::MemberId& id, const log::FeedId& feed, log::Sequence first) {
  const std::shared_ptr<Stub> stub = StubOf(id);
  if (closed_ || stub == nullptr) {
    pump_.Post([this, id, feed] {
      guarded_([&] { OnFetchEnd(id, feed, absl::UnavailableError("geen verbinding")); });
    });
    return;
  }
  auto call = std::make_shared<FetchCall>(
      pump_,
      [this, id, feed](const poolcirkel::peer::v1::FetchPackagesResponse& response) {
        guarded_([&] {
          if (closed_) return;
          const auto stored = replicator_.OnPackage(id, feed, response.package(), Now());
          const auto fetch = fetches_.find(feed);
          if (!stored.ok() && fetch != fetches_.end()) fetch->second->Cancel();
        });
      },
      [this, id, feed](const grpc::Status& status) {
        guarded_([&] { OnFetchEnd(id, feed, rpc::FromGrpc(status)); });
      });
  rpc::SetTimeout(call->context(), options_.fetch_deadline);
  poolcirkel::peer::v1::FetchPackagesRequest request;
  *request.mutable_feed() = log::ToProto(feed);
  request.set_first_sequence(first.value());
  stub->async()->FetchPackages(&call->context(), &request, call.get());
  fetches_[feed] = call;
  call->Begin();
}

void CircleLink::OnFetchEnd(const log::MemberId& peer, const log::FeedId& feed,
                            const absl::Status& status) {
  fetches_.erase(feed);
  if (!closed_) replicator_.OnFetchEnded(peer, feed, status, Now());
}

void CircleLink::Close() {
  closed_ = true;
  for (auto& [id, peer] : peers_) {
    if (peer.watch != nullptr) peer.watch->Cancel();
    peer.up = false;
  }
  for (auto& [feed, call] : fetches_) call->Cancel();
}

CircleStatus CircleLink::Status() const {
  const auto& synchronizer = replicator_.synchronizer();
  CircleStatus status{.circle = circle_,
                      .own_head = synchronizer.OwnHead(),
                      .feeds = synchronizer.Feeds(Now()),
                      .peers = {},
                      .log_error = std::string(replicator_.log_error().message())};
  for (const auto& [id, peer] : peers_) {
    status.peers.push_back(
        {id, peer.up, peer.addresses.empty() ? "" : peer.addresses[peer.address], peer.last_error});
  }
  return status;
}

absl::Time CircleLink::HeadToldAt(const log::FeedId& feed) const {
  return replicator_.synchronizer().HeadToldAt(feed);
}

std::string CircleLink::HeardBeyond(const log::FeedId& feed) const {
  return replicator_.synchronizer().HeardBeyond(feed);
}

std::shared_ptr<Stub> CircleLink::StubOf(const log::MemberId& member) const {
  const auto found = peers_.find(member);
  if (found == peers_.end() || found->second.stubs.empty()) return nullptr;
  return found->second.stubs[found->second.address];
}

}  // namespace services::peer
