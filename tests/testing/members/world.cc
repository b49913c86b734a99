#include "tests/testing/members/world.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <utility>

#include "eventstore/base/file.h"
#include "eventstore/base/id.h"
#include "eventstore/merkle/note.h"
#include "services/domain/circle/circle.h"
#include "services/membership/load.h"

namespace tests::testing::members {
namespace {

namespace base = eventstore::base;
namespace commands = services::commands;
namespace crypto = eventstore::crypto;
namespace event = poolcirkel::event::v1;
namespace log = eventstore::log;
namespace merkle = eventstore::merkle;
namespace membership = services::membership;
namespace privacy = eventstore::privacy;

constexpr size_t kPackage = 256;
constexpr int kMaximumRounds = 50;

// The set-up of a test must hold: going on without it would test nothing.
void Must(const absl::Status& status, const char* what) {
  if (status.ok()) return;
  std::cerr << what << ": " << status << std::endl;
  std::abort();
}

template <typename T>
T Must(absl::StatusOr<T> value, const char* what) {
  Must(value.status(), what);
  return *std::move(value);
}

log::FeedId RandomFeed(base::Entropy& entropy) {
  return {*log::CircleId::FromBytes(entropy.Bytes(32)),
          *log::MemberId::FromBytes(entropy.Bytes(16)), log::Epoch(0)};
}

// What the network would tell.
class CopiedPeers final : public commands::Peers {
 public:
  CopiedPeers(World& world, Member& self) : world_(world), self_(self) {}

  absl::Duration HeadAge(const log::FeedId& feed) const override {
    const auto heard = self_.heard.find(feed);
    if (heard == self_.heard.end()) return absl::InfiniteDuration();
    return world_.clock.Now() - heard->second;
  }

  absl::Status EnsureExchangeKey(const membership::CirclePtr& circle, const log::MemberId& made_by,
                                 const privacy::KeyId& exchange, absl::Time) override {
    if (self_.node.keys->Find(exchange).has_value()) return absl::OkStatus();
    const auto* maker = circle->Member(made_by);
    Member* other = maker == nullptr ? nullptr : world_.FindByLogKey(maker->log_key());
    if (other == nullptr || !other->online) return absl::UnavailableError("not reached");
    const auto key = other->node.keys->Find(exchange);
    if (!key.has_value() ||
        !privacy::IsEntitled(*key, circle->self, {circle->Members(), circle->Coordinators()})) {
      return absl::NotFoundError("no such key");
    }
    return self_.node.keys->Keep({*key});
  }

  absl::StatusOr<std::vector<event::SignedCharter>> FetchCharters(
      const log::CircleId& circle, const std::vector<event::CharterMember>& contacts,
      absl::Time) override {
    for (const auto& contact : contacts) {
      const Member* other = world_.FindByLogKey(contact.log_key());
      if (other == nullptr || !other->online) continue;
      const auto known = other->node.circles->Find(circle);
      if (known == nullptr) continue;
      const auto& members = known->charter.members();
      const bool admitted = std::any_of(members.begin(), members.end(), [this](const auto& one) {
        const auto key = crypto::PublicKey::FromBytes(one.log_key());
        return key.ok() && self_.node.log_keys->Find(*key) != nullptr;
      });
      if (admitted) return known->chain;
      return absl::NotFoundError("unknown circle");
    }
    return absl::UnavailableError("not reached");
  }

 private:
  World& world_;
  Member& self_;
};

commands::MemberIdentity IdentityOf(const std::string& name, const crypto::PrivateKey& log_key) {
  commands::MemberIdentity identity;
  identity.organisation = "Organisatie " + name;
  // Twenty digits that differ for each name.
  size_t number = 7;
  for (const char c : name) number = number * 31 + static_cast<unsigned char>(c);
  std::string digits = std::to_string(number % 100'000'000);
  identity.oin = std::string(20 - digits.size(), '0') + digits;
  identity.tls_key_hash = crypto::Sha256(log_key.public_key().view());
  identity.addresses = {"localhost:1"};
  return identity;
}

}  // namespace

Member::Member(World& world, std::string name, std::string directory)
    : world_(world),
      name_(std::move(name)),
      directory_(std::move(directory)),
      log_key_(crypto::PrivateKey::Generate(world.entropy)),
      private_feed_(RandomFeed(world.entropy)) {
  Must(base::MakeFolders(directory_ + "/keys"), "folders");
  Open();
}

Member::~Member() = default;

void Member::Open() {
  log::EventLog::Options options;
  options.directory = directory_ + "/log";
  options.clock = &world_.clock;
  options.log_key = &log_key_;
  Must(base::MakeFolders(directory_ + "/log-keys"), "folder of log keys");
  node.log_keys =
      Must(membership::LogKeys::Open(directory_ + "/log-keys", &log_key_), "open log keys");
  options.key_of = [keys = node.log_keys.get()](const log::FeedId& feed) {
    return keys->KeyOf(feed);
  };
  node.log = Must(log::EventLog::Open(options), "open log");
  node.keys = Must(privacy::KeyFile::Open(directory_ + "/keys", world_.entropy), "open keys");
  if (!node.log->IsOwn(private_feed_)) {
    Must(node.log->CreateFeed(private_feed_), "private feed");
    privacy::ClassKey key;
    key.id = privacy::KeyOf(private_feed_.member);
    key.key_class = poolcirkel::log::v1::KEY_CLASS_MEMBER;
    key.circle = private_feed_.circle;
    key.made_by = private_feed_.member;
    Must(node.keys->Create(key), "own key");
  }
  node.circles = Must(membership::Load(*node.log, *node.log_keys, private_feed_), "load circles");
  node.ids = std::make_unique<base::IdGenerator>(world_.clock, world_.entropy);
  node.runner = commands::MakeRunner(
      {node.log.get(), node.keys.get(), node.circles.get(), node.ids.get(), &world_.entropy});
  node.peers = std::make_unique<CopiedPeers>(world_, *this);
  node.own_professionals =
      std::make_unique<commands::OwnProfessionals>(node.log.get(), node.circles.get());
  node.pending = Must(commands::PendingCircles::Open(directory_), "open pending");
  node.dependencies = {node.log.get(),   node.keys.get(),    node.circles.get(), node.runner.get(),
                       node.peers.get(), &world_.clock,      node.ids.get(),     &world_.entropy,
                       &log_key_,        node.log_keys.get()};
  const auto& parts = node.dependencies;
  auto* own = node.own_professionals.get();
  node.eraser = std::make_unique<commands::Eraser>(commands::Eraser::Parts{
      .log = node.log.get(), .keys = node.keys.get(), .professionals = own});
  node.erasures = std::make_unique<commands::ErasureCommands>(parts, own, node.eraser.get());
  node.assignments = std::make_unique<commands::AssignmentCommands>(parts);
  node.professionals = std::make_unique<commands::ProfessionalCommands>(parts, own);
  node.secondments = std::make_unique<commands::SecondmentCommands>(parts, own);
  node.sessions = std::make_unique<commands::SessionCommands>(parts, node.own_professionals.get());
  node.circle_commands = std::make_unique<commands::CircleCommands>(
      parts, IdentityOf(name_, log_key_), node.pending.get());
  services::policies::PolicyRunner::Options policies;
  policies.log = node.log.get();
  policies.circles = node.circles.get();
  policies.clock = &world_.clock;
  policies.policies = services::policies::MakePolicies(
      {parts, own, node.pending.get(), node.eraser.get(), kKeyBackupDays});
  node.policies = std::make_unique<services::policies::PolicyRunner>(std::move(policies));
}

void Member::Restart() {
  Close();
  Open();
}

void Member::Close() {
  heard.clear();
  // What uses the log goes before it.
  node.policies.reset();
  node.erasures.reset();
  node.eraser.reset();
  node.circle_commands.reset();
  node.sessions.reset();
  node.secondments.reset();
  node.professionals.reset();
  node.assignments.reset();
  node.own_professionals.reset();
  node.runner.reset();
  node.circles.reset();
  node.keys.reset();
  node.log.reset();
}

void Member::LoseLogKeys() {
  // What uses the keys goes before them.
  Close();
  std::filesystem::remove_all(directory_ + "/log-keys");
  log_key_ = crypto::PrivateKey::Generate(world_.entropy);
  Open();
}

void Member::Unlock() {
  for (const auto& feed : node.log->Feeds()) {
    if (node.log->IsLocked(feed)) Must(node.log->UnlockFeed(feed), "unlock");
  }
}

membership::CirclePtr Member::Circle(const std::string& circle) const {
  return Must(node.circles->Resolve(circle), "resolve circle");
}

World::World() {
  clock.Set(absl::FromCivil(absl::CivilSecond(2026, 11, 20, 12, 0, 0), absl::UTCTimeZone()));
  directory_ = (std::filesystem::temp_directory_path() /
                ("poolcirkel-members-" + base::ToHex(entropy.Bytes(8))))
                   .string();
}

World::~World() {
  members_.clear();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

Member& World::Add(const std::string& name) {
  members_.push_back(std::make_unique<Member>(*this, name, directory_ + "/" + name));
  return *members_.back();
}

void World::Found(const std::string& circle, const std::vector<Member*>& founders,
                  const event::CharterRules& rules) {
  const services::commands::Actor actor{"test", "admin", ""};
  event::Charter charter;
  charter.set_name("Poolcirkel " + circle);
  charter.set_short_name(circle);
  charter.set_nonce(entropy.Bytes(16));
  charter.set_quorum(static_cast<uint32_t>(founders.size() / 2 + 1));
  *charter.mutable_rules() = rules;
  for (Member* founder : founders) {
    poolcirkel::api::v1::MakeMemberEntryRequest request;
    request.set_circle_short_name(circle);
    request.set_short_name(founder->name());
    request.set_coordinator(founder == founders.front());
    *charter.add_members() =
        Must(founder->node.circle_commands->MakeMemberEntry(request, actor, absl::InfiniteFuture()),
             "entry")
            .member();
  }
  poolcirkel::api::v1::FoundCircleRequest found;
  const std::string bytes = Must(services::domain::circle::EncodeCharter(charter), "charter");
  found.mutable_charter()->set_charter(bytes);
  for (Member* founder : founders) {
    poolcirkel::api::v1::SignCharterRequest request;
    request.set_charter(bytes);
    *found.mutable_charter()->add_signatures() =
        Must(founder->node.circle_commands->SignCharter(request, actor, absl::InfiniteFuture()),
             "sign")
            .signature();
  }
  for (Member* founder : founders) {
    Must(founder->node.circle_commands->Found(found, actor, absl::InfiniteFuture()).status(),
         "found");
  }
}

void World::Replicate() {
  for (const auto& from : members_) {
    if (!from->online) continue;
    for (const auto& circle : from->node.circles->All()) {
      for (const auto& entry : circle->charter.members()) {
        Member* to = FindByLogKey(entry.log_key());
        if (to == nullptr || to == from.get() || !to->online) continue;
        if (to->node.circles->Find(circle->id) == nullptr) continue;
        if (circle->IsSuspended(circle->self)) continue;
        CopyHistory(*from, *to, *circle);
      }
    }
  }
}

void World::CopyHistory(Member& from, Member& to, const membership::Circle& circle) {
  const auto known = to.node.circles->Find(circle.id);
  if (known->IsSuspended(circle.self) || circle.IsSuspended(known->self)) return;
  for (const auto& part : known->FeedsOf(circle.self)) {
    if (from.node.log->Size(part.feed) == 0) continue;
    CopyFeed(from, to, part.feed);
    Cosign(to, from, part.feed);
  }
  HandOutKeys(from, to, circle);
}

void World::CopyFeed(Member& from, Member& to, const log::FeedId& feed) {
  const auto& source = *from.node.log;
  auto& target = *to.node.log;
  while (target.Size(feed) < source.Size(feed)) {
    const log::Sequence first(target.Size(feed));
    const auto package = Must(source.MakePackage(feed, first, kPackage), "package");
    const std::vector<std::string> records(package.records().begin(), package.records().end());
    const auto root = Must(source.RootAt(feed, first.value() + records.size()), "root");
    Must(target.StoreVerified(feed, first, records, root), "store");
  }
  to.heard[feed] = clock.Now();
}

void World::Cosign(Member& witness, Member& origin, const log::FeedId& feed) {
  const auto checkpoint = origin.node.log->CheckpointNote(feed);
  if (!checkpoint.ok()) return;
  const auto circle = witness.node.circles->Find(feed.circle);
  // As the network does: once for each head.
  for (const auto& cosigned : origin.node.log->Cosignatures(feed)) {
    if (cosigned.witness == circle->self && cosigned.size == origin.node.log->Size(feed)) return;
  }
  auto note = Must(merkle::ParseNote(*checkpoint), "checkpoint");
  merkle::CosignNote(note, log::Origin(circle->OwnFeed()),
                     witness.node.dependencies.SigningKey(*circle), clock.Now());
  Must(origin.node.log->StoreCosignature(feed, circle->self, merkle::FormatNote(note)), "cosign");
}

void World::HandOutKeys(Member& from, Member& to, const membership::Circle& circle) {
  const log::MemberId receiver = to.node.circles->Find(circle.id)->self;
  std::vector<privacy::ClassKey> keys;
  for (const auto& key : from.node.keys->KeysMadeBy(circle.id, circle.self)) {
    if (to.node.keys->Find(key.id).has_value()) continue;
    if (privacy::IsEntitled(key, receiver, {circle.Members(), circle.Coordinators()})) {
      keys.push_back(key);
    }
  }
  if (!keys.empty()) Must(to.node.keys->Keep(keys), "keep keys");
}

void World::Settle() {
  for (int round = 0; round < kMaximumRounds; ++round) {
    const uint64_t before = TotalSize();
    Replicate();
    for (const auto& member : members_) {
      if (member->online) member->node.policies->RunOnce();
    }
    if (TotalSize() == before) return;
  }
}

uint64_t World::TotalSize() const {
  uint64_t size = 0;
  for (const auto& member : members_) {
    for (const auto& feed : member->node.log->Feeds()) size += member->node.log->Size(feed);
  }
  return size;
}

std::vector<Member*> World::members() const {
  std::vector<Member*> members;
  for (const auto& member : members_) members.push_back(member.get());
  return members;
}

Member* World::FindByLogKey(const std::string& log_key) const {
  for (const auto& member : members_) {
    const auto key = crypto::PublicKey::FromBytes(log_key);
    if (key.ok() && member->node.log_keys->Find(*key) != nullptr) return member.get();
  }
  return nullptr;
}

event::CharterRules SampleRules() {
  event::CharterRules rules;
  rules.set_confirm_within_seconds(2 * 86'400);
  rules.set_accept_within_seconds(86'400);
  rules.set_notice_days(7);
  rules.set_maximum_term_days(400);
  rules.add_required_consents(event::CONSENT_PROFESSIONAL);
  rules.set_fresh_head_seconds(60);
  return rules;
}

}  // namespace tests::testing::members
