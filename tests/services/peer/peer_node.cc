#include "tests/services/peer/peer_node.h"

#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "eventstore/crypto/digest.h"
#include "services/rpc/channel.h"
#include "services/rpc/credentials.h"

namespace services::peer {

namespace crypto = eventstore::crypto;
namespace log = eventstore::log;
using eventstore::base::MutexLock;

void GivenCircles::Set(const membership::CirclePtr& circle) {
  std::vector<std::shared_ptr<std::function<void()>>> listeners;
  {
    MutexLock lock(mutex_);
    circles_[circle->id] = circle;
    for (const auto& listener : listeners_) {
      if (auto held = listener.lock()) listeners.push_back(std::move(held));
    }
  }
  for (const auto& listener : listeners) (*listener)();
}

std::vector<membership::CirclePtr> GivenCircles::All() const {
  MutexLock lock(mutex_);
  std::vector<membership::CirclePtr> all;
  for (const auto& [id, circle] : circles_) all.push_back(circle);
  return all;
}

membership::CirclePtr GivenCircles::Find(const log::CircleId& id) const {
  MutexLock lock(mutex_);
  const auto found = circles_.find(id);
  return found == circles_.end() ? nullptr : found->second;
}

absl::StatusOr<membership::CirclePtr> GivenCircles::Resolve(std::string_view) const {
  return absl::UnimplementedError("not asked for here");
}

std::shared_ptr<void> GivenCircles::OnChange(std::function<void()> listener) {
  auto held = std::make_shared<std::function<void()>>(std::move(listener));
  MutexLock lock(mutex_);
  listeners_.push_back(held);
  return held;
}

absl::StatusOr<poolcirkel::peer::v1::DiscloseResponse> EchoDiscloser::Disclose(
    const log::CircleId& circle, const log::MemberId& caller,
    const poolcirkel::peer::v1::DiscloseRequest& request) {
  if (request.purpose() == "secret") {
    return eventstore::base::Refusal(absl::StatusCode::kPermissionDenied, "IDENTITY_CLOSED",
                                     "deze naam is niet vrijgegeven");
  }
  poolcirkel::peer::v1::DiscloseResponse response;
  response.set_professional_id(request.professional_id());
  response.mutable_identity()->set_name(
      absl::StrCat(circle.bytes() == request.circle_id(), " ", eventstore::base::ToText(caller)));
  return response;
}

crypto::KeyAndCertificate MakeIdentity(const std::string& oin, absl::Duration valid_from,
                                       absl::Duration valid_until) {
  const absl::Time now = eventstore::base::SystemClock().Now();
  auto made = crypto::MakeCertificate({.organisation = "Gemeente Proefstad",
                                       .oin = oin,
                                       .dns_names = {},
                                       .ip_addresses = {"127.0.0.1"},
                                       .not_before = now + valid_from,
                                       .not_after = now + valid_until});
  EXPECT_TRUE(made.ok()) << made.status();
  return *made;
}

PeerNode::PeerNode(uint8_t node_number)
    : number(node_number),
      oin(absl::StrCat("000000010000000000", 10 + node_number)),
      identity(MakeIdentity(oin)),
      log_key(crypto::PrivateKey::Generate(entropy)),
      directory_(absl::StrCat(testing::TempDir(), "/peer-node-",
                              eventstore::base::ToHex(entropy.Bytes(8)))) {
  Start();
}

PeerNode::~PeerNode() {
  Stop();
  std::filesystem::remove_all(directory_);
}

void PeerNode::Start() {
  log::EventLog::Options log_options;
  log_options.directory = directory_ + "/log";
  log_options.clock = &clock;
  log_options.log_key = &log_key;
  auto opened = log::EventLog::Open(log_options);
  ASSERT_TRUE(opened.ok()) << opened.status();
  log = *std::move(opened);
  auto key_file = eventstore::privacy::KeyFile::Open(directory_ + "/keys", entropy);
  ASSERT_TRUE(key_file.ok()) << key_file.status();
  keys = *std::move(key_file);
  circles = std::make_unique<GivenCircles>();
  for (const auto& circle : known_circles) circles->Set(circle);

  PeerServiceImpl::Options service_options;
  service_options.log = log.get();
  service_options.circles = circles.get();
  service_options.keys = keys.get();
  service_options.clock = &clock;
  service_options.discloser = &discloser;
  service_options.heard_beyond = heard_beyond;
  if (!heard_beyond) {
    service_options.heard_beyond = [this](const log::FeedId& feed) {
      return network->HeardBeyond(feed);
    };
  }
  service = std::make_unique<PeerServiceImpl>(service_options);
  Network::Options options;
  options.log = log.get();
  options.circles = circles.get();
  options.keys = keys.get();
  options.clock = &clock;
  options.entropy = &entropy;
  options.log_key = &log_key;
  options.credentials = [this](const crypto::Digest& pin) {
    return rpc::PeerChannelCredentials(identity, pin, clock);
  };
  // The server asks it from its first call on.
  network = Network::Make(options);
  grpc::ServerBuilder builder;
  rpc::ConfigureServer(builder);
  builder.AddListeningPort(absl::StrCat("127.0.0.1:", port_), rpc::PeerServerCredentials(identity),
                           &port_);
  builder.RegisterService(service.get());
  server = builder.BuildAndStart();
  ASSERT_NE(server, nullptr);
  network->Start();
}

void PeerNode::Stop() {
  if (!running()) return;
  network->Stop();
  service->Stop();
  server->Shutdown(std::chrono::system_clock::time_point());
  network = nullptr;
  server = nullptr;
  service = nullptr;
  circles = nullptr;
  keys = nullptr;
  log = nullptr;
}

log::MemberId PeerNode::id() const {
  return *log::MemberId::FromBytes(std::string(16, static_cast<char>(number)));
}

poolcirkel::event::v1::CharterMember PeerNode::InCharter() const {
  poolcirkel::event::v1::CharterMember member;
  member.set_member_id(id().bytes());
  member.set_short_name(absl::StrCat("lid-", number));
  member.set_oin(oin);
  member.set_log_key(log_key.public_key().bytes());
  member.set_tls_key_hash(crypto::ParseCertificate(identity.certificate_pem)->key_hash.bytes());
  member.add_addresses(absl::StrCat("127.0.0.1:", port_));
  return member;
}

absl::Status PeerNode::AppendTo(const log::CircleId& circle, const eventstore::privacy::KeyId& key,
                                const std::string& payload) {
  return Append(circle, 1, payload, log::StreamId(key.array()));
}

absl::Status PeerNode::Append(const log::CircleId& circle, int count, const std::string& payload,
                              std::optional<log::StreamId> stream) {
  const log::FeedId feed{circle, id(), log::Epoch(0)};
  if (!log->IsOwn(feed)) RETURN_IF_ERROR(log->CreateFeed(feed));
  log::AppendRequest request;
  request.request = ids.New<log::RequestId>();
  request.request_digest = std::string(32, 'd');
  for (int i = 0; i < count; ++i) {
    log::NewRecord record;
    record.feed = feed;
    record.stream = stream ? *stream : ids.New<log::StreamId>();
    record.id = ids.New<log::EventId>();
    record.type = "assignment_published";
    record.payload = payload;
    record.actor.set_field_number(9);
    record.actor.set_key_id(std::string(16, 'k'));
    record.actor.set_nonce(std::string(12, 'n'));
    record.actor.set_ciphertext(std::string(40, 'a'));
    record.actor.set_commitment(std::string(32, 'm'));
    request.records.push_back(std::move(record));
  }
  return log->Append(std::move(request)).status();
}

log::CircleId MakeCircle(const std::string& name, const std::vector<PeerNode*>& nodes,
                         const std::vector<PeerNode*>& audience) {
  membership::Circle circle;
  circle.id = log::CircleId(crypto::Sha256(name).array());
  circle.charter.set_name(name);
  for (const PeerNode* node : nodes) *circle.charter.add_members() = node->InCharter();
  circle.charter.mutable_members(0)->set_coordinator(true);
  poolcirkel::event::v1::SignedCharter signed_charter;
  signed_charter.set_charter(circle.charter.SerializeAsString());
  circle.chain = {signed_charter};
  for (PeerNode* node : audience) {
    circle.self = node->id();
    auto given = std::make_shared<const membership::Circle>(circle);
    std::erase_if(node->known_circles, [&](const auto& known) { return known->id == circle.id; });
    node->known_circles.push_back(given);
    if (node->running()) node->circles->Set(given);
  }
  return circle.id;
}

std::vector<std::string> BytesOf(const PeerNode& node, const log::FeedId& feed) {
  std::vector<std::string> bytes;
  const auto events = node.log->ReadFeed(feed, log::Sequence(0), 100'000);
  EXPECT_TRUE(events.ok()) << events.status();
  if (!events.ok()) return bytes;
  for (const log::StoredEvent& event : *events) bytes.push_back(event.bytes);
  return bytes;
}

}  // namespace services::peer
