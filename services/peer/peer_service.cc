#include "services/peer/peer_service.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "eventstore/base/errors.h"
#include "services/peer/caller.h"
#include "services/peer/head_board.h"
#include "services/peer/head_stream.h"
#include "services/rpc/credentials.h"
#include "services/rpc/status.h"

namespace services::peer {

namespace base = eventstore::base;
namespace log = eventstore::log;
namespace privacy = eventstore::privacy;
namespace proto = poolcirkel::peer::v1;
using std::chrono::steady_clock;

namespace {

constexpr int kMaximumKeys = 1000;
constexpr size_t kMaximumPurposeSize = 500;
constexpr size_t kIdSize = 16;

absl::Status Stopping() {
  return base::Refusal(absl::StatusCode::kUnavailable, "NODE_STOPPING", "dit knooppunt stopt")
      .Retry(absl::Seconds(1));
}

absl::Status CheckKeys(const proto::FetchKeysRequest& request) {
  if (request.key_ids_size() > kMaximumKeys) {
    return base::InvalidField("key_ids", "hoogstens 1000 sleutels");
  }
  for (const std::string& id : request.key_ids()) {
    if (id.size() != kIdSize) return base::InvalidField("key_ids", "is 16 bytes lang");
  }
  if (!request.after_key_id().empty() && request.after_key_id().size() != kIdSize) {
    return base::InvalidField("after_key_id", "is leeg of 16 bytes lang");
  }
  return absl::OkStatus();
}

absl::Status CheckDisclose(const proto::DiscloseRequest& request) {
  const bool professional = !request.professional_id().empty();
  const bool exchange = !request.exchange_id().empty();
  if (professional == exchange) {
    return base::InvalidField("professional_id", "een van professional_id en exchange_id");
  }
  if (professional && request.professional_id().size() != kIdSize) {
    return base::InvalidField("professional_id", "is 16 bytes lang");
  }
  if (exchange && request.exchange_id().size() != kIdSize) {
    return base::InvalidField("exchange_id", "is 16 bytes lang");
  }
  if (request.purpose().size() > kMaximumPurposeSize) {
    return base::InvalidField("purpose", "hoogstens 500 bytes");
  }
  return absl::OkStatus();
}

// Those that the caller may have, ordered by id; one more than fits when there are more.
std::vector<privacy::ClassKey> KeysFor(const privacy::KeyFile& keys, const Caller& caller,
                                       const proto::FetchKeysRequest& request) {
  std::vector<privacy::ClassKey> found;
  if (request.key_ids().empty()) {
    found = keys.KeysMadeBy(caller.circle->id, caller.circle->self);
    std::erase_if(found, [&request](const privacy::ClassKey& key) {
      return key.id.view() <= request.after_key_id();
    });
  }
  for (const std::string& bytes : request.key_ids()) {
    const auto id = privacy::KeyId::FromBytes(bytes);
    const auto key = id.ok() ? keys.Find(*id) : std::nullopt;
    if (key.has_value()) found.push_back(*key);
  }
  const privacy::Entitlement entitlement{caller.circle->Members(), caller.circle->Coordinators()};
  std::erase_if(found, [&](const privacy::ClassKey& key) {
    return key.circle != caller.circle->id || key.made_by != caller.circle->self ||
           !privacy::IsEntitled(key, caller.member, entitlement);
  });
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  const auto same = [](const auto& a, const auto& b) { return a.id == b.id; };
  found.erase(std::unique(found.begin(), found.end(), same), found.end());
  return found;
}

}  // namespace

PeerServiceImpl::PeerServiceImpl(const Options& options)
    : options_(options), board_(std::make_unique<HeadBoard>(*options.log)) {
  // A feed that began is told of as soon as the charter allows it, not at the next heartbeat.
  circles_listener_ = options_.circles->OnChange([this] {
    for (const membership::CirclePtr& circle : options_.circles->All()) {
      board_->OnChange(circle->OwnFeed());
    }
  });
}

PeerServiceImpl::~PeerServiceImpl() { Stop(); }

void PeerServiceImpl::Stop() {
  circles_listener_ = nullptr;
  board_->Stop();
}

absl::StatusOr<Caller> PeerServiceImpl::Authenticate(const grpc::ServerContext& context,
                                                     const std::string& circle_id) const {
  if (board_->stopped()) return Stopping();
  ASSIGN_OR_RETURN(const auto certificate, rpc::PeerCertificate(context));
  RETURN_IF_ERROR(rpc::CheckValidity(certificate, options_.clock->Now()));
  return FindCaller(*options_.circles, circle_id, certificate);
}

absl::StatusOr<Caller> PeerServiceImpl::AuthenticateActive(const grpc::ServerContext& context,
                                                           const std::string& circle_id) const {
  ASSIGN_OR_RETURN(Caller caller, Authenticate(context, circle_id));
  if (caller.circle->IsSuspended(caller.member)) return MemberSuspended();
  return caller;
}

grpc::Status PeerServiceImpl::WatchHeads(grpc::ServerContext* context,
                                         const proto::WatchHeadsRequest* request,
                                         grpc::ServerWriter<proto::WatchHeadsResponse>* writer) {
  return rpc::ToGrpc(DoWatchHeads(context, *request, writer));
}

void PeerServiceImpl::AddHeard(const log::FeedId& feed, std::string& told,
                               proto::WatchHeadsResponse& response) const {
  const std::string note = options_.heard_beyond ? options_.heard_beyond(feed) : "";
  if (note.empty() || note == told) return;
  *response.mutable_heard()->mutable_feed() = log::ToProto(feed);
  response.mutable_heard()->set_checkpoint_note(note);
  told = note;
}

absl::Status PeerServiceImpl::DoWatchHeads(grpc::ServerContext* context,
                                           const proto::WatchHeadsRequest& request,
                                           grpc::ServerWriter<proto::WatchHeadsResponse>* writer) {
  ASSIGN_OR_RETURN(const Caller caller, AuthenticateActive(*context, request.circle_id()));
  HeadBoard::Reader reader(*board_, {caller.circle->id, caller.member},
                           [context] { context->TryCancel(); });
  HeadStream::Options pace{.coalesce = options_.coalesce, .heartbeat = options_.heartbeat};
  HeadStream stream(pace, [this](const log::FeedId& feed) { return board_->NoteOf(feed); });
  membership::CirclePtr circle = caller.circle;
  std::string heard;
  bool is_first = true;
  std::set<log::FeedId> changed;
  const auto all = [&changed](const membership::Circle& present) {
    for (const log::MemberId& member : present.Members()) {
      for (const auto& part : present.FeedsOf(member)) changed.insert(part.feed);
    }
  };
  all(*circle);
  while (!context->IsCancelled()) {
    stream.Look(MembershipOf(*circle), changed, steady_clock::now());
    changed.clear();
    if (stream.Due() <= steady_clock::now()) {
      proto::WatchHeadsResponse response = stream.Take(steady_clock::now());
      // The network that knows may be busy; a caller that lost something asks anew.
      if (is_first || response.heads().empty()) {
        AddHeard(circle->FeedOf(caller.member), heard, response);
      }
      is_first = false;
      if (!writer->Write(response)) return absl::OkStatus();
    } else if (!reader.Wait(stream.NextLook(), stream.Due(), changed)) {
      return Stopping();
    }
    // A member may have left, and new ones come, while it watches.
    const membership::CirclePtr newest = options_.circles->Find(circle->id);
    if (newest == nullptr || newest->Member(caller.member) == nullptr) return CircleUnknown();
    if (newest->IsSuspended(caller.member)) return MemberSuspended();
    if (newest != circle) all(*newest);  // a feed may have begun
    circle = newest;
  }
  return absl::OkStatus();
}

grpc::Status PeerServiceImpl::FetchPackages(
    grpc::ServerContext* context, const proto::FetchPackagesRequest* request,
    grpc::ServerWriter<proto::FetchPackagesResponse>* writer) {
  return rpc::ToGrpc(DoFetchPackages(context, *request, writer));
}

absl::Status PeerServiceImpl::DoFetchPackages(
    grpc::ServerContext* context, const proto::FetchPackagesRequest& request,
    grpc::ServerWriter<proto::FetchPackagesResponse>* writer) {
  ASSIGN_OR_RETURN(const Caller caller, AuthenticateActive(*context, request.feed().circle_id()));
  ASSIGN_OR_RETURN(const log::FeedId feed, log::FromProto(request.feed()));
  const auto authority = MembershipOf(*caller.circle).AuthorityOf(feed);
  if (!authority.has_value()) {
    return base::Refusal(absl::StatusCode::kNotFound, "FEED_UNKNOWN",
                         "die feed hoort niet bij deze poolcirkel");
  }
  const HeadBoard::CallerId caller_id{caller.circle->id, caller.member};
  if (!board_->BeginFetch(caller_id)) {
    return base::Refusal(absl::StatusCode::kResourceExhausted, "TOO_MANY_FETCHES",
                         "u haalt te veel feeds tegelijk op")
        .Retry(absl::Seconds(1));
  }
  const absl::Cleanup end = [&] { board_->EndFetch(caller_id); };
  // Nothing crosses the end of an epoch that the circle closed.
  const uint64_t last = authority->limit.value_or(std::numeric_limits<uint64_t>::max());
  uint64_t next = request.first_sequence();
  while (!context->IsCancelled() && !board_->stopped()) {
    if (next >= last) return absl::OkStatus();
    const size_t count = std::min<uint64_t>(options_.package_records, last - next);
    auto package = options_.log->MakePackage(feed, log::Sequence(next), count);
    if (absl::IsOutOfRange(package.status()) || absl::IsNotFound(package.status())) {
      return absl::OkStatus();
    }
    RETURN_IF_ERROR(package.status());
    next += static_cast<uint64_t>(package->records_size());
    proto::FetchPackagesResponse response;
    *response.mutable_package() = *std::move(package);
    if (!writer->Write(response)) return absl::OkStatus();
  }
  return Stopping();
}

grpc::Status PeerServiceImpl::FetchCharters(grpc::ServerContext* context,
                                            const proto::FetchChartersRequest* request,
                                            proto::FetchChartersResponse* response) {
  const auto caller = Authenticate(*context, request->circle_id());
  if (!caller.ok()) return rpc::ToGrpc(caller.status());
  for (const auto& charter : caller->circle->chain) *response->add_charters() = charter;
  return grpc::Status::OK;
}

absl::Status PeerServiceImpl::MayTell(const Caller& caller) const {
  return options_.may_tell ? options_.may_tell(caller.circle->id) : absl::OkStatus();
}

grpc::Status PeerServiceImpl::FetchKeys(grpc::ServerContext* context,
                                        const proto::FetchKeysRequest* request,
                                        proto::FetchKeysResponse* response) {
  const auto caller = AuthenticateActive(*context, request->circle_id());
  if (!caller.ok()) return rpc::ToGrpc(caller.status());
  const absl::Status form = CheckKeys(*request);
  if (!form.ok()) return rpc::ToGrpc(form);
  const absl::Status may_tell = MayTell(*caller);
  if (!may_tell.ok()) return rpc::ToGrpc(may_tell);
  for (const privacy::ClassKey& key : KeysFor(*options_.keys, *caller, *request)) {
    if (response->keys_size() == kMaximumKeys) {
      response->set_more(true);
      break;
    }
    auto* entry = response->add_keys();
    entry->set_key_id(key.id.bytes());
    entry->set_key(key.secret);
    entry->set_key_class(key.key_class);
  }
  return grpc::Status::OK;
}

grpc::Status PeerServiceImpl::Disclose(grpc::ServerContext* context,
                                       const proto::DiscloseRequest* request,
                                       proto::DiscloseResponse* response) {
  const auto caller = AuthenticateActive(*context, request->circle_id());
  if (!caller.ok()) return rpc::ToGrpc(caller.status());
  const absl::Status form = CheckDisclose(*request);
  if (!form.ok()) return rpc::ToGrpc(form);
  const absl::Status may_tell = MayTell(*caller);
  if (!may_tell.ok()) return rpc::ToGrpc(may_tell);
  if (options_.discloser == nullptr) {
    return rpc::ToGrpc(base::Refusal(absl::StatusCode::kFailedPrecondition, "DISCLOSURE_OFF",
                                     "dit knooppunt geeft geen namen"));
  }
  auto answer = options_.discloser->Disclose(caller->circle->id, caller->member, *request);
  if (!answer.ok()) return rpc::ToGrpc(answer.status());
  *response = *std::move(answer);
  return grpc::Status::OK;
}

}  // namespace services::peer
