// Lies in what a member signs about others: heads, cosignatures, charters.
#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "eventstore/merkle/note.h"
#include "services/domain/circle/circle.h"
#include "services/policies/reaction.h"
#include "tests/simulation/checkers.h"
#include "tests/simulation/lies_parts.h"

namespace tests::simulation {
namespace {

namespace domain = services::domain;
namespace event = poolcirkel::event::v1;
namespace log = eventstore::log;
namespace merkle = eventstore::merkle;
namespace policies = services::policies;

Lie Heads(
    const std::string& name,
    std::function<void(Node& liar, const log::FeedId& own, poolcirkel::log::v1::Head& head)> change,
    std::function<std::string(Simulation&)> harm) {
  Lie lie{name, {}, std::move(harm)};
  lie.tell = [change](Simulation& simulation, int step) {
    if (step != 0) return;
    const auto own = LiarsFeed(simulation);
    simulation.network().lies().head = [change, own](Node& liar, Node&,
                                                     poolcirkel::log::v1::Head& head) {
      if (liar.number == kLiar) change(liar, own, head);
    };
  };
  return lie;
}

// A charter after the first stands in the own feed of an honest member.
std::string FalseCharter(Simulation& simulation) {
  for (const auto& node : simulation.nodes()) {
    if (!node->IsRunning() || !simulation.IsHonest(node->number)) continue;
    const auto circle = simulation.CircleAt(node->number, 0);
    if (circle == nullptr) continue;
    const auto events = node->node->log->ReadStream(
        circle->OwnFeed(), domain::circle::StreamOf(circle->id), log::Revision(0), 1'000);
    for (const auto& stored : events.ok() ? *events : std::vector<log::StoredEvent>()) {
      event::Event body;
      if (!body.ParseFromString(stored.payload) || !body.has_charter_adopted()) continue;
      const auto charter = domain::circle::ParseCharter(body.charter_adopted().charter().charter());
      if (!charter.ok() || charter->version() > 0) {
        return absl::StrCat("node ", node->number, " works by a charter that few signed");
      }
    }
  }
  return "";
}

// The next charter, signed by the liar alone.
event::Event SignedAlone(Node& liar, const services::membership::Circle& circle) {
  event::Charter charter = circle.charter;
  charter.set_version(charter.version() + 1);
  charter.set_previous(domain::circle::CharterDigest(circle.chain.back().charter()).bytes());
  charter.mutable_rules()->set_notice_days(1);
  event::Event body;
  auto& adopted = *body.mutable_charter_adopted()->mutable_charter();
  adopted.set_charter(domain::circle::EncodeCharter(charter).value());
  *adopted.add_signatures() =
      domain::circle::SignCharter(circle.self, liar.log_key, adopted.charter());
  return body;
}

// The mutant adopts what anybody adopted, and counts no signatures.
class BelievesCharters final : public policies::Policy {
 public:
  explicit BelievesCharters(const policies::PolicyParts& parts) : parts_(parts) {}
  std::string_view name() const override { return "believes-charters"; }
  void Observe(const domain::PastEvent& past) override {
    if (!past.event.has_charter_adopted()) return;
    const auto& charter = past.event.charter_adopted().charter();
    const auto parsed = domain::circle::ParseCharter(charter.charter());
    if (parsed.ok() && parsed->version() > 0) adopted_.emplace(past.feed.circle, charter);
  }
  absl::StatusOr<absl::Time> Act(absl::Time now) override {
    for (const auto& [circle, charter] : adopted_) {
      const auto adopt = [&](services::commands::Runner::Reader&) {
        return absl::StatusOr<domain::Decision>(domain::circle::Adopt(circle, charter));
      };
      policies::React(parts_.commands, name(), circle.bytes(), adopt).IgnoreError();
    }
    return now + absl::Seconds(1);
  }

 private:
  const policies::PolicyParts parts_;
  std::map<log::CircleId, event::SignedCharter> adopted_;
};

}  // namespace

Lie ReplayedCosignature() {
  const auto first = std::make_shared<std::map<std::string, merkle::NoteSignature>>();
  auto change = [first](Node&, const log::FeedId& own, poolcirkel::log::v1::Head& head) {
    auto note = merkle::ParseNote(head.checkpoint_note());
    if (!note.ok()) return;
    const auto checkpoint = merkle::ParseCheckpoint(note->text);
    if (!checkpoint.ok() || checkpoint->origin != log::Origin(own)) return;
    // What others once signed is put under every later head.
    for (const auto& signature : note->signatures) {
      if (signature.name != checkpoint->origin) first->try_emplace(signature.name, signature);
    }
    std::erase_if(note->signatures,
                  [&](const auto& signature) { return signature.name != checkpoint->origin; });
    for (const auto& [name, signature] : *first) note->signatures.push_back(signature);
    head.set_checkpoint_note(merkle::FormatNote(*note));
  };
  return Heads("a replayed cosignature", change, FalseCosignature);
}

Lie SignsForOthers() {
  auto change = [](Node& liar, const log::FeedId& own, poolcirkel::log::v1::Head& head) {
    auto note = merkle::ParseNote(head.checkpoint_note());
    if (!note.ok()) return;
    auto checkpoint = merkle::ParseCheckpoint(note->text);
    if (!checkpoint.ok() || checkpoint->origin == log::Origin(own)) return;
    checkpoint->root = eventstore::crypto::Sha256("another root");
    merkle::Note signed_note{merkle::FormatCheckpoint(*checkpoint), {}};
    merkle::SignNote(signed_note, checkpoint->origin, liar.log_key);
    head.set_checkpoint_note(merkle::FormatNote(signed_note));
  };
  Lie lie = Heads("heads of others, signed with its own key", change, FalseHead);
  // Its cosignatures travel on heads of others.
  lie.withholds = true;
  lie.mutant.emplace().stores_unverified = true;
  return lie;
}

Lie CharterWithoutQuorum() {
  const auto told = std::make_shared<bool>(false);
  Lie lie{"a charter without a quorum", {}, FalseCharter};
  lie.tell = [told](Simulation& simulation, int step) {
    if (*told || !MayLie(simulation, step)) return;
    *told = true;
    Node& liar = Liar(simulation);
    const auto circle = simulation.CircleAt(kLiar, 0);
    AppendLie(simulation, *liar.node->log, domain::circle::StreamOf(circle->id),
              SignedAlone(liar, *circle));
  };
  // Its own node does not open with that in its feed.
  lie.withholds = true;
  lie.mutant.emplace().policies = [](std::vector<std::unique_ptr<policies::Policy>>& all,
                                     const policies::PolicyParts& parts) {
    all.push_back(std::make_unique<BelievesCharters>(parts));
  };
  return lie;
}

}  // namespace tests::simulation
