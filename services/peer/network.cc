#include "services/peer/network.h"

#include <grpcpp/security/credentials.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "eventstore/base/errors.h"
#include "eventstore/base/mutex.h"
#include "services/peer/caller.h"
#include "services/peer/circle_link.h"
#include "services/peer/key_fetcher.h"
#include "services/peer/pump.h"
#include "services/peer/unary_calls.h"

namespace services::peer {

namespace base = eventstore::base;
namespace log = eventstore::log;
namespace privacy = eventstore::privacy;
using base::MutexLock;
using poolcirkel::peer::v1::DiscloseRequest;
using poolcirkel::peer::v1::DiscloseResponse;
using poolcirkel::peer::v1::FetchChartersRequest;
using poolcirkel::peer::v1::FetchChartersResponse;
using poolcirkel::peer::v1::FetchKeysRequest;
using poolcirkel::peer::v1::FetchKeysResponse;

namespace {

// One thread, the pump's, drives the links of all circles; what others ask of them
// goes under the same lock.
class NetworkImpl final : public Network {
 public:
  explicit NetworkImpl(Options options)
      : options_(std::move(options)), key_fetcher_(KeyFetcherOptions()) {}
  ~NetworkImpl() override { Stop(); }

  void Start() override {
    log_listener_ = options_.log->OnChange([this](const log::FeedId& feed) { OnLogChange(feed); });
    circles_listener_ =
        options_.circles->OnChange([this] { pump_.Post([this] { TakeCircles(); }); });
    pump_.Post([this] { TakeCircles(); });
    pump_.Start([this] { return Tick(); });
    key_fetcher_.Start();
  }

  void Stop() override {
    log_listener_ = nullptr;
    circles_listener_ = nullptr;
    calls_.CancelAll();
    key_fetcher_.Stop();
    {
      MutexLock lock(mutex_);
      stopped_ = true;
      for (auto& [id, link] : links_) link->Close();
    }
    pump_.Stop();
  }

  std::vector<CircleStatus> Status() const override {
    MutexLock lock(mutex_);
    std::vector<CircleStatus> statuses;
    for (const auto& [id, link] : links_) statuses.push_back(link->Status());
    return statuses;
  }

  absl::Duration HeadAge(const log::FeedId& feed) const override {
    if (options_.log->IsOwn(feed)) return absl::ZeroDuration();
    MutexLock lock(mutex_);
    const auto link = links_.find(feed.circle);
    if (link == links_.end()) return absl::InfiniteDuration();
    const absl::Duration age = options_.clock->Now() - link->second->HeadToldAt(feed);
    return std::max(age, absl::ZeroDuration());
  }

  std::string HeardBeyond(const log::FeedId& feed) const override {
    MutexLock lock(mutex_);
    const auto link = links_.find(feed.circle);
    return link == links_.end() ? "" : link->second->HeardBeyond(feed);
  }

  absl::StatusOr<DiscloseResponse> Disclose(const log::CircleId& circle,
                                            const log::MemberId& member,
                                            const DiscloseRequest& request) override {
    DiscloseRequest sent = request;
    sent.set_circle_id(circle.bytes());
    DiscloseResponse response;
    RETURN_IF_ERROR(Call({circle, member}, [&](Stub& stub, grpc::ClientContext& context) {
      return stub.Disclose(&context, sent, &response);
    }));
    return response;
  }

  absl::StatusOr<std::vector<poolcirkel::event::v1::SignedCharter>> FetchCharters(
      const Contact& contact, const log::CircleId& circle) override {
    FetchChartersRequest request;
    request.set_circle_id(circle.bytes());
    FetchChartersResponse response;
    absl::Status status = base::InvalidField("addresses", "ten minste een adres");
    for (const std::string& address : contact.addresses) {
      const auto stub = MakeStub(options_, address, contact.tls_key_hash);
      status = calls_.Call(options_.call_deadline, [&](grpc::ClientContext& context) {
        return stub->FetchCharters(&context, request, &response);
      });
      if (!absl::IsUnavailable(status)) break;
    }
    RETURN_IF_ERROR(status);
    return std::vector<poolcirkel::event::v1::SignedCharter>(response.charters().begin(),
                                                             response.charters().end());
  }

  absl::Status FetchExchangeKey(const log::CircleId& circle, const log::MemberId& made_by,
                                const privacy::KeyId& key) override {
    const auto is_here = [&] {
      const auto found = options_.keys->Find(key);
      return found.has_value() && found->made_by == made_by && found->circle == circle &&
             found->key_class == poolcirkel::log::v1::KEY_CLASS_EXCHANGE;
    };
    if (is_here()) return absl::OkStatus();
    FetchKeysRequest request;
    request.set_circle_id(circle.bytes());
    request.add_key_ids(key.bytes());
    FetchKeysResponse response;
    RETURN_IF_ERROR(
        KeyFetcher::FetchNow(KeyFetcherOptions(), {circle, made_by}, request, &response).status());
    if (is_here()) return absl::OkStatus();
    return base::Refusal(absl::StatusCode::kNotFound, "KEY_NOT_GIVEN",
                         "het andere lid geeft de sleutel van deze uitwisseling niet")
        .Remedy("alleen de partijen en de coordinatoren krijgen hem; vraag het na bij dat lid");
  }

 private:
  KeyFetcher::Options KeyFetcherOptions() {
    KeyFetcher::Options options;
    options.log = options_.log;
    options.circles = options_.circles;
    options.keys = options_.keys;
    options.entropy = options_.entropy;
    options.fetch = FetchKeys();
    options.wants.retry_maximum = options_.key_retry_maximum;
    return options;
  }

  KeyFetcher::Fetch FetchKeys() {
    return [this](const KeyMaker& maker,
                  const FetchKeysRequest& request) -> absl::StatusOr<FetchKeysResponse> {
      FetchKeysResponse response;
      RETURN_IF_ERROR(Call(maker, [&](Stub& stub, grpc::ClientContext& context) {
        return stub.FetchKeys(&context, request, &response);
      }));
      return response;
    };
  }

  absl::Status Call(const KeyMaker& peer,
                    const std::function<grpc::Status(Stub&, grpc::ClientContext&)>& invoke) {
    std::optional<std::shared_ptr<Stub>> known = StubOf(peer);
    if (!known.has_value()) {
      // A circle of a moment ago, that the pump did not take up yet.
      TakeCircles();
      known = StubOf(peer);
    }
    if (!known.has_value()) return CircleUnknown();
    const std::shared_ptr<Stub> stub = *known;
    if (stub == nullptr) {
      return base::Refusal(absl::StatusCode::kNotFound, "MEMBER_UNKNOWN",
                           "dat is geen ander lid van deze poolcirkel");
    }
    return calls_.Call(options_.call_deadline,
                       [&](grpc::ClientContext& context) { return invoke(*stub, context); });
  }

  // nullopt when there is no such circle; nullptr when the member is not in it.
  std::optional<std::shared_ptr<Stub>> StubOf(const KeyMaker& peer) {
    MutexLock lock(mutex_);
    const auto link = links_.find(peer.circle);
    if (link == links_.end()) return std::nullopt;
    return link->second->StubOf(peer.member);
  }

  // Many changes of one feed while the pump is busy are one.
  void OnLogChange(const log::FeedId& feed) {
    {
      MutexLock lock(changed_mutex_);
      const bool first = changed_.empty();
      changed_.insert(feed);
      if (!first) return;
    }
    pump_.Post([this] { TakeChanges(); });
  }

  void TakeChanges() {
    std::set<log::FeedId> changed;
    {
      MutexLock lock(changed_mutex_);
      changed.swap(changed_);
    }
    // A feed of a new circle: one that is to be heard before anything is written in it.
    if (HasNewCircle(changed)) TakeCircles();
    MutexLock lock(mutex_);
    for (const log::FeedId& feed : changed) {
      const auto link = links_.find(feed.circle);
      if (link != links_.end()) link->second->OnLogChange(feed);
    }
  }

  bool HasNewCircle(const std::set<log::FeedId>& feeds) {
    const log::CircleId private_circle = options_.circles->PrivateFeed().circle;
    MutexLock lock(mutex_);
    for (const log::FeedId& feed : feeds) {
      if (feed.circle != private_circle && !links_.contains(feed.circle)) return true;
    }
    return false;
  }

  void TakeCircles() {
    const std::vector<membership::CirclePtr> circles =
        options_.heard ? options_.heard() : options_.circles->All();
    MutexLock lock(mutex_);
    if (stopped_) return;
    for (const membership::CirclePtr& circle : circles) {
      membership::CirclePtr& known = circles_[circle->id];
      if (known == circle) continue;
      known = circle;
      std::unique_ptr<CircleLink>& link = links_[circle->id];
      if (link != nullptr) {
        link->Update(circle);
      } else {
        link = std::make_unique<CircleLink>(
            options_, pump_,
            [this](const std::function<void()>& work) {
              MutexLock guard(mutex_);
              work();
            },
            circle);
      }
    }
  }

  absl::Duration Tick() {
    MutexLock lock(mutex_);
    absl::Duration wait = absl::InfiniteDuration();
    for (auto& [id, link] : links_) wait = std::min(wait, link->Tick());
    return wait;
  }

  const Options options_;
  UnaryCalls calls_;
  mutable base::Mutex mutex_;
  std::map<log::CircleId, membership::CirclePtr> circles_ ABSL_GUARDED_BY(mutex_);
  std::map<log::CircleId, std::unique_ptr<CircleLink>> links_ ABSL_GUARDED_BY(mutex_);
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  base::Mutex changed_mutex_;
  std::set<log::FeedId> changed_ ABSL_GUARDED_BY(changed_mutex_);
  KeyFetcher key_fetcher_;
  Pump pump_;
  std::shared_ptr<void> log_listener_;
  std::shared_ptr<void> circles_listener_;
};

}  // namespace

std::unique_ptr<Network> Network::Make(Options options) {
  return std::make_unique<NetworkImpl>(std::move(options));
}

}  // namespace services::peer
