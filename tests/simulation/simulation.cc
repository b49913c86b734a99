#include "tests/simulation/simulation.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "eventstore/base/id.h"
#include "services/domain/circle/circle.h"
#include "services/node/override_head.h"
#include "tests/simulation/checkers.h"
#include "tests/simulation/workload.h"

namespace tests::simulation {
namespace {

namespace api = poolcirkel::api::v1;
namespace base = eventstore::base;
namespace crypto = eventstore::crypto;
namespace log = eventstore::log;

constexpr size_t kNodes = 4;
constexpr absl::Duration kMostJumped = absl::Hours(6 * 24);
constexpr int kHealingRounds = 30;
constexpr absl::Duration kLongestOnItsWay = absl::Seconds(2);

// The set-up must hold: going on without it would test nothing.
template <typename T>
T Must(absl::StatusOr<T> value, const char* what) {
  if (!value.ok()) {
    std::cerr << what << ": " << value.status() << std::endl;
    std::abort();
  }
  return *std::move(value);
}

// Key files stand in real files; in memory where there is such a folder.
std::string NewFolder() {
  static std::atomic<int> next = 0;
  const std::filesystem::path memory = "/dev/shm";
  const auto parent =
      std::filesystem::exists(memory) ? memory : std::filesystem::temp_directory_path();
  return (parent / absl::StrCat("poolcirkel-simulation-", getpid(), "-", next++)).string();
}

poolcirkel::event::v1::CharterRules Rules() {
  poolcirkel::event::v1::CharterRules rules;
  rules.set_confirm_within_seconds(2 * 86'400);
  rules.set_accept_within_seconds(86'400);
  rules.set_notice_days(7);
  rules.set_maximum_term_days(400);
  rules.add_required_consents(poolcirkel::event::v1::CONSENT_PROFESSIONAL);
  rules.set_fresh_head_seconds(60);
  return rules;
}

}  // namespace

Simulation::Simulation(Options options)
    : options_(std::move(options)), folder_(NewFolder()), random_(options_.seed) {
  clock_.Set(absl::FromCivil(absl::CivilSecond(2026, 11, 20, 12, 0, 0), absl::UTCTimeZone()));
  network_ = std::make_unique<Network>(nodes_, clock_, random_, kNodes);
  network_->SetSeams(&options_.seams);
  network_->SetAfter([this](Node& node) { AfterStep(node); });
  for (size_t i = 0; i < kNodes; ++i) {
    nodes_.push_back(std::make_unique<Node>(i, options_.seed, clock_, absl::StrCat(folder_, "/", i),
                                            options_.seams, *network_));
    Start(*nodes_.back());
  }
  circles_ = {{"noord", {0, 1, 2}, {}}, {"zuid", {3, 2}, {}}};
  for (Circle& circle : circles_) Found(circle);
  for (const auto& node : nodes_) network_->Join(*node);
}

Simulation::~Simulation() {
  for (const auto& node : nodes_) {
    if (node->IsRunning()) network_->Leave(*node);
    node->Kill();
  }
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void Simulation::Found(Circle& circle) {
  const services::commands::Actor actor{"test", "admin", ""};
  const absl::Time never = absl::InfiniteFuture();
  poolcirkel::event::v1::Charter charter;
  charter.set_name("Poolcirkel " + circle.name);
  charter.set_short_name(circle.name);
  charter.set_nonce(NodeAt(circle.members[0]).entropy.Bytes(16));
  charter.set_quorum(static_cast<uint32_t>(circle.members.size() / 2 + 1));
  *charter.mutable_rules() = Rules();
  for (const size_t member : circle.members) {
    api::MakeMemberEntryRequest request;
    request.set_circle_short_name(circle.name);
    request.set_short_name(NodeAt(member).name());
    request.set_coordinator(member == circle.members.front());
    auto entry = NodeAt(member).node->circle_commands->MakeMemberEntry(request, actor, never);
    *charter.add_members() = Must(std::move(entry), "entry").member();
  }
  api::FoundCircleRequest found;
  const std::string bytes = Must(services::domain::circle::EncodeCharter(charter), "charter");
  found.mutable_charter()->set_charter(bytes);
  for (const size_t member : circle.members) {
    api::SignCharterRequest request;
    request.set_charter(bytes);
    auto signature = NodeAt(member).node->circle_commands->SignCharter(request, actor, never);
    *found.mutable_charter()->add_signatures() = Must(std::move(signature), "sign").signature();
  }
  for (const size_t member : circle.members) {
    Must(NodeAt(member).node->circle_commands->Found(found, actor, never), "found");
  }
  circle.id = services::domain::circle::CircleIdOf(bytes);
}

services::membership::CirclePtr Simulation::CircleAt(size_t node, size_t circle) {
  for (const auto& known : NodeAt(node).node->circles->Heard()) {
    if (known->id == circles_[circle].id) return known;
  }
  return nullptr;
}

void Simulation::Note(std::string line) {
  digest_ = crypto::Sha256({digest_.view(), line});
  trace_.push_back(absl::StrCat(
      absl::FormatTime("%m-%d %H:%M:%E3S", clock_.Now(), absl::UTCTimeZone()), " ", line));
}

std::string Simulation::digest() const { return base::ToHex(digest_.view()); }

void Simulation::Fail(const std::string& what) {
  if (failure_.empty()) failure_ = what;
}

void Simulation::AfterStep(Node& node) {
  if (node.IsRunning() && node.disk.is_cut()) Kill(node);
}

void Simulation::Kill(Node& node) {
  Note(absl::StrCat("down ", node.number, " ", node.disk.operations()));
  network_->Leave(node);
  node.Kill();
}

void Simulation::Start(Node& node) {
  node.disk.SetFull(false);
  const absl::Status started = node.Start(random_);
  Note(absl::StrCat("start ", node.number, " ", started.ok()));
  if (!started.ok() && !IsHonest(node.number)) return;  // it broke its own log
  if (!started.ok()) {
    Fail(absl::StrCat("(a) node ", node.number, " does not open: ", started.ToString()));
    return;
  }
  CheckPromised(node);
  if (!circles_.empty()) network_->Join(node);
}

// (a) What was acknowledged is there, byte for byte.
void Simulation::CheckPromised(Node& node) {
  if (!IsHonest(node.number)) return;
  for (const auto& [feed, promise] : node.promised) {
    const uint64_t size = node.node->log->Size(feed);
    const auto root = node.node->log->RootAt(feed, promise.size);
    if (size < promise.size) {
      Fail(absl::StrCat("(a) node ", node.number, " promised ", promise.size, " events of ",
                        log::Origin(feed), " and holds ", size));
    } else if (!root.ok() || *root != promise.root) {
      Fail(absl::StrCat("(a) node ", node.number, " holds other events than it promised in ",
                        log::Origin(feed)));
    }
  }
}

std::string Simulation::Run() {
  if (options_.calm) network_->SetFaults({0, 0, 0, 0, 0});
  network_->Run(absl::Seconds(2));
  Workload workload(*this);
  for (int step = 0; step < options_.steps && !failed(); ++step) {
    if (options_.lie) options_.lie(*this, step);
    if (!options_.calm && Random(100) < 20) {
      Disturb();
    } else {
      workload.Act();
    }
    network_->Run(absl::Milliseconds(static_cast<int64_t>(Random(1500))));
    if (options_.lose_an_end) LoseAnEnd(step);
    if (step % 10 == 9) CheckAtAnyTime(*this);
  }
  if (!failed()) Heal();
  if (!failed()) CheckAtTheEnd(*this);
  if (!failed() && options_.harm) {
    const std::string harm = options_.harm(*this);
    if (!harm.empty()) Fail("(g) " + harm);
  }
  for (const auto& node : nodes_) {
    if (!node->IsRunning()) continue;
    const log::Cursor heads = node->node->log->Heads();
    for (const auto& [feed, next] : heads.positions()) {
      const auto root = node->node->log->RootAt(feed, next.value());
      Note(absl::StrCat("feed ", log::Origin(feed), " ", next.value(), " ",
                        root.ok() ? base::ToHex(root->view()) : "?"));
    }
  }
  return failure_;
}

void Simulation::Disturb() {
  Node& node = NodeAt(Random(nodes_.size()));
  // A liar's disk is its own affair, and at most one disk is lost in a run.
  switch (Random(options_.liar.has_value() ? 10 : 13)) {
    case 0:
    case 1:  // the power fails soon
      if (node.IsRunning()) node.disk.CutBefore(1 + Random(25));
      break;
    case 2:
      if (node.IsRunning()) Kill(node);
      break;
    case 3:
    case 4:
    case 5:
      for (const auto& other : nodes_) {
        if (!other->IsRunning()) Start(*other);
      }
      break;
    case 6:
      network_->SetReachable(node.number, (node.number + 1 + Random(3)) % nodes_.size(),
                             Random(2) == 0);
      break;
    case 7:  // the disk is full, or is not any more
      node.disk.SetFull(Random(2) == 0);
      break;
    case 10:
    case 11:
      if (node.IsRunning()) copies_[node.number] = node.disk.Files("/node");
      break;
    case 12:
      if (!put_back_ && !options_.lose_an_end && Random(2) == 0) PutBack(node);
      break;
    default:
      DisturbTime();
      break;
  }
}

void Simulation::DisturbTime() {
  if (Random(2) == 0) {
    Node& node = NodeAt(Random(nodes_.size()));
    node.clock.SetSkew(absl::Seconds(static_cast<int64_t>(Random(240)) - 120));
    return;
  }
  const absl::Duration jump = absl::Hours(static_cast<int64_t>(1 + Random(30)));
  if (jumped_ + jump > kMostJumped) return;
  jumped_ += jump;
  clock_.Advance(jump);
  Note("later");
}

bool Simulation::OthersHeardOfMore(const Node& node, size_t circle) {
  return std::ranges::any_of(circles_[circle].members, [&](size_t other) {
    if (other == node.number || !NodeAt(other).IsRunning()) return false;
    const auto known = CircleAt(other, circle);
    const auto* replicator = network_->ReplicatorOf(other, circles_[circle].id);
    if (known == nullptr || replicator == nullptr) return false;
    for (const auto& member : known->Members()) {
      if (network_->NodeOf(*known, member) != &node) continue;
      for (const auto& part : known->FeedsOf(member)) {
        if (!replicator->synchronizer().HeardBeyond(part.feed).empty()) return true;
      }
    }
    return false;
  });
}

void Simulation::LoseDisk(Node& node, bool empty) {
  put_back_ = true;
  const auto copy = copies_.find(node.number);
  Note(absl::StrCat(empty ? "lost " : "put back ", node.number));
  node.PutBack(empty ? std::map<std::string, std::string>() : copy->second, random_);
  for (Person& person : made_.people) {
    if (person.home == node.number) person.order_lost = true;
  }
  Start(node);
}

void Simulation::PutBack(Node& node) {
  if (node.IsRunning()) Kill(node);
  // Another disk is not there before what the node sent has arrived or was lost.
  network_->Run(kLongestOnItsWay);
  for (size_t circle = 0; circle < circles_.size(); ++circle) {
    // In a circle of two nobody could end the node's epoch.
    if (circles_[circle].members.size() > 2) continue;
    if (OthersHeardOfMore(node, circle)) return Start(node);
  }
  const bool empty = !copies_.contains(node.number) || Random(2) == 0;
  LoseDisk(node, empty);
}

// From then on, before each step, the others do what they can about it.
void Simulation::LoseAnEnd(int step) {
  constexpr int kFrom = 10;
  if (put_back_) return GoOnWithoutTheEnd(*this);
  if (step < kFrom) return;
  network_->SetFaults({.lost_package = 1});
  for (const size_t member : circles_[0].members) {
    Node& node = NodeAt(member);
    if (!node.IsRunning() || !OthersHeardOfMore(node, 0)) continue;
    Kill(node);
    network_->Run(kLongestOnItsWay);
    if (!OthersHeardOfMore(node, 0)) return Start(node);
    network_->SetFaults({});
    return LoseDisk(node, /*empty=*/true);
  }
}

void Simulation::Override() {
  for (const auto& node : nodes_) {
    if (!node->IsRunning() || !node->was_put_back) continue;
    for (const auto& circle : node->node->circles->All()) {
      const auto* replicator = network_->ReplicatorOf(node->number, circle->id);
      if (replicator == nullptr || circle->Members().size() > 2) continue;
      const auto head = replicator->synchronizer().OwnHead();
      if (head.confirmed || head.contested || head.missing > 0 || head.told == 0) continue;
      const absl::Status done =
          services::node::OverrideHead(node->node->dependencies, *circle, head.contested,
                                       "De schijf was stuk.", {"beheerder", "admin", ""});
      Note(absl::StrCat("override ", node->number, " ", done.ok()));
      network_->PassOn(*node);
    }
  }
}

void Simulation::Heal() {
  network_->SetFaults({0, 0, 0, 0, 0});
  for (size_t a = 0; a < nodes_.size(); ++a) {
    for (size_t b = 0; b < a; ++b) network_->SetReachable(a, b, true);
  }
  for (const auto& node : nodes_) {
    node->disk.CutBefore(0);
    // A node whose disk failed is restarted, as its administrator would.
    if (node->IsRunning()) Kill(*node);
    Start(*node);
    if (failed()) return;
  }
  network_->Run(absl::Seconds(10));
  clock_.Advance(absl::Hours(3 * 24));
  for (int round = 0; round < kHealingRounds; ++round) {
    network_->Run(absl::Seconds(6));
    Override();
    GoOnWithoutTheEnd(*this);
    if (Unfinished(*this).empty()) return;
  }
  Fail("(h) never ends: " + Unfinished(*this));
}

}  // namespace tests::simulation
