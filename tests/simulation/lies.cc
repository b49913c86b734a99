#include "tests/simulation/lies.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "eventstore/base/id.h"
#include "eventstore/merkle/note.h"
#include "poolcirkel/event/v1/event.pb.h"
#include "projections/views/exchanges/exchanges.h"
#include "services/commands/founding.h"
#include "services/commands/records.h"
#include "tests/simulation/checkers.h"
#include "tests/simulation/lies_parts.h"

namespace tests::simulation {
namespace {

namespace event = poolcirkel::event::v1;
namespace log = eventstore::log;
namespace merkle = eventstore::merkle;

constexpr size_t kVictim = 2;
constexpr int kStep = 8;  // when lies begin that have a moment

log::StreamId NewStream(Simulation& simulation) {
  return Liar(simulation).node->ids->New<log::StreamId>();
}

event::Event AnAssignment(const std::string& title) {
  event::Event body;
  body.mutable_assignment_published()->set_title(title);
  body.mutable_assignment_published()->set_seats(1);
  return body;
}

struct Known {
  bool differ = false;  // honest nodes hold different stories of the liar
  bool here = false;    // node 0 froze its feed
  bool there = false;   // and node 2
};

Known WhoKnows(Simulation& simulation) {
  const auto feed = LiarsFeed(simulation);
  const log::EventLog& one = *simulation.NodeAt(0).node->log;
  const log::EventLog& other = *simulation.NodeAt(kVictim).node->log;
  const uint64_t size = std::min(one.Size(feed), other.Size(feed));
  return {one.RootAt(feed, size).value() != other.RootAt(feed, size).value(),
          IsFrozen(simulation, 0, feed), IsFrozen(simulation, kVictim, feed)};
}

// Honest nodes may not hold different stories without knowing.
std::string Undetected(Simulation& simulation) {
  const Known known = WhoKnows(simulation);
  return !known.differ || known.here || known.there ? "" : "nobody knows of two stories";
}

// Who holds one history and hears of the other one knows, and so does everybody who holds
// the other one.
std::string KnownToOneOnly(Simulation& simulation) {
  const Known known = WhoKnows(simulation);
  if (!known.differ || (known.here && known.there)) return "";
  return absl::StrCat("two stories: node 0 knows: ", known.here, ", node 2: ", known.there);
}

std::string FrozenByHonest(Simulation& simulation) {
  const auto feed = LiarsFeed(simulation);
  for (const size_t node : {size_t{0}, kVictim}) {
    if (IsFrozen(simulation, node, feed)) return absl::StrCat("it told two stories, see ", node);
  }
  return "";
}

// An exchange counts as effective at an honest node only when its lender confirmed it.
std::string FalselyEffective(Simulation& simulation) {
  namespace exchanges = projections::views::exchanges;
  for (const size_t number : {size_t{0}, kVictim}) {
    Node& node = simulation.NodeAt(number);
    const auto snapshot = node.node->engine->Read();
    const auto view = snapshot->View(exchanges::kViewName);
    if (!view.ok()) return "no view";
    const auto read = exchanges::Read(**view, simulation.circles()[0].id);
    if (!read.ok()) return "no rows";
    for (const auto& exchange : *read) {
      if (exchange.status != exchanges::Status::kEffective) continue;
      bool confirmed = false;
      const auto events =
          node.node->log->ReadStream(exchange.lender, exchange.id, log::Revision(0), 1'000);
      for (const auto& stored : events.ok() ? *events : std::vector<log::StoredEvent>()) {
        event::Event body;
        confirmed |= body.ParseFromString(stored.payload) && body.has_secondment_confirmed() &&
                     body.secondment_confirmed().selection() == exchange.selection;
      }
      if (!confirmed) return absl::StrCat("unconfirmed and effective at node ", number);
    }
  }
  return "";
}

// ---- 1: two histories ----

struct Fork {
  testing::WriteBackDisk disk;
  std::unique_ptr<log::EventLog> log;
};

void MakeFork(Simulation& simulation, Fork& fork) {
  Node& liar = Liar(simulation);
  fork.disk.PutBack("/node", liar.disk.Files("/node"));
  log::EventLog::Options options;
  options.directory = Node::kLogFolder;
  options.clock = &liar.clock;
  options.log_key = &liar.log_key;
  options.environment = &fork.disk;
  auto opened = log::EventLog::Open(options);
  if (!opened.ok()) return;
  fork.log = *std::move(opened);
  const auto feed = LiarsFeed(simulation);
  fork.log->UnlockFeed(feed).IgnoreError();
  AppendLie(simulation, *fork.log, NewStream(simulation), AnAssignment("voor de een"));
  AppendLie(simulation, *liar.node->log, NewStream(simulation), AnAssignment("voor de ander"));
}

Lie TwoHistories() {
  const auto fork = std::make_shared<Fork>();
  Lie lie{"two histories", {}, KnownToOneOnly};
  lie.tell = [fork](Simulation& simulation, int step) {
    if (fork->log != nullptr || !MayLie(simulation, step)) return;
    MakeFork(simulation, *fork);
    if (fork->log == nullptr) return;
    const auto feed = LiarsFeed(simulation);
    simulation.network().lies().log = [fork, feed](Node& liar, Node& victim,
                                                   const log::FeedId& asked) {
      const bool lies = liar.number == kLiar && victim.number == kVictim && asked == feed;
      return lies ? fork->log.get() : nullptr;
    };
  };
  lie.mutant.emplace().deaf_to_gossip = true;
  return lie;
}

// ---- 2: a disk from yesterday ----

Lie RolledBack() {
  const auto files = std::make_shared<std::map<std::string, std::string>>();
  Lie lie{"a rolled-back disk", {}, FrozenByHonest};
  lie.tell = [files](Simulation& simulation, int step) {
    Node& liar = Liar(simulation);
    if (step == kStep && liar.IsRunning()) *files = liar.disk.Files("/node");
    if (step < 2 * kStep || files->empty()) return;
    if (liar.IsRunning()) simulation.Kill(liar);
    std::mt19937_64 random(1);
    liar.disk.Restart(random);
    liar.disk.PutBack("/node", *files);
    files->clear();
    liar.promised.clear();
    simulation.Start(liar);
  };
  lie.mutant.emplace().unlocks_at_once = true;
  return lie;
}

// ---- 3, 4: packages ----

Lie Packages(
    const std::string& name,
    std::function<void(Node& liar, const log::FeedId& own, poolcirkel::log::v1::Package& package)>
        change) {
  Lie lie{name, {}, Undetected};
  lie.tell = [change](Simulation& simulation, int step) {
    if (step != 0) return;
    const auto own = LiarsFeed(simulation);
    simulation.network().lies().package = [change, own](Node& liar, Node&,
                                                        poolcirkel::log::v1::Package& package) {
      if (liar.number == kLiar) change(liar, own, package);
    };
  };
  return lie;
}

void SignOtherRoot(Node& liar, const log::FeedId& own, poolcirkel::log::v1::Package& package) {
  auto note = merkle::ParseNote(package.checkpoint_note());
  if (!note.ok()) return;
  auto checkpoint = merkle::ParseCheckpoint(note->text);
  if (!checkpoint.ok() || checkpoint->origin != log::Origin(own)) return;
  checkpoint->root = eventstore::crypto::Sha256("another root");
  merkle::Note signed_note{merkle::FormatCheckpoint(*checkpoint), {}};
  merkle::SignNote(signed_note, checkpoint->origin, liar.log_key);
  package.set_checkpoint_note(merkle::FormatNote(signed_note));
}

void FlipBit(Node&, const log::FeedId&, poolcirkel::log::v1::Package& package) {
  std::string& last = *package.mutable_records(package.records_size() - 1);
  // In the ciphertext or commitment of the actor, or in the payload: it still reads.
  last[last.size() - 3] = static_cast<char>(last[last.size() - 3] ^ 1);
}

// ---- 6 to 8: events that are signed as they should be ----

// Told once, when there is an exchange that `fits`.
Lie Events(const std::string& name, std::function<bool(const Exchange&)> fits,
           std::function<event::Event(const Exchange&)> body,
           std::function<log::StreamId(Simulation&, const Exchange&)> stream) {
  Lie lie{name, {}, FalselyEffective};
  lie.tell = [=](Simulation& simulation, int step) {
    if (!MayLie(simulation, step)) return;
    for (Exchange& exchange : simulation.made().exchanges) {
      if (exchange.circle != 0 || exchange.spoiled || !fits(exchange)) continue;
      exchange.spoiled = true;
      AppendLie(simulation, *Liar(simulation).node->log, stream(simulation, exchange),
                body(exchange));
      return;
    }
  };
  return lie;
}

log::StreamId IdOf(const std::string& text) {
  return eventstore::base::ParseUuid<log::StreamId>(text).value_or(log::StreamId());
}

// The assignment of an exchange, as its lender proposed it.
log::StreamId AssignmentOf(Simulation& simulation, const Exchange& exchange) {
  const auto circle = simulation.CircleAt(kLiar, 0);
  for (const auto& member : circle->Members()) {
    const auto events =
        Liar(simulation)
            .node->log->ReadStream(circle->FeedOf(member), IdOf(exchange.id), log::Revision(0), 10);
    for (const auto& stored : events.ok() ? *events : std::vector<log::StoredEvent>()) {
      event::Event body;
      if (!body.ParseFromString(stored.payload) || !body.has_secondment_proposed()) continue;
      return *log::StreamId::FromBytes(body.secondment_proposed().assignment_id());
    }
  }
  return NewStream(simulation);
}

event::Event Acceptance(const Exchange& exchange) {
  event::Event body;
  auto& accepted = *body.mutable_selection_accepted();
  accepted.set_exchange_id(IdOf(exchange.id).bytes());
  accepted.set_seat(1);
  accepted.set_selection(1);
  accepted.set_terms_digest(std::string(32, 't'));
  accepted.set_signature(std::string(64, 's'));
  return body;
}

event::Event Selection(const Exchange& exchange) {
  event::Event body;
  auto& selected = *body.mutable_candidacy_selected();
  selected.set_exchange_id(IdOf(exchange.id).bytes());
  selected.set_seat(1);
  selected.set_selection(1);
  selected.set_terms_digest(std::string(32, 't'));
  return body;
}

event::Event Confirmation(const Exchange&) {
  event::Event body;
  auto& confirmed = *body.mutable_secondment_confirmed();
  confirmed.set_selection(1);
  confirmed.set_terms_digest(std::string(32, 't'));
  confirmed.set_signature(std::string(64, 's'));
  return body;
}

// ---- 9: keys ----

Lie KeysOfOthers() {
  Lie lie{"a key for the exchange of others", {}, {}};
  lie.tell = [](Simulation& simulation, int step) {
    if (step != 0) return;
    simulation.network().lies().keys =
        [&simulation](Node& liar, Node&, poolcirkel::peer::v1::FetchKeysResponse& response) {
          if (liar.number != kLiar) return;
          for (const Exchange& exchange : simulation.made().exchanges) {
            if (exchange.lender == kLiar) continue;
            auto* entry = response.add_keys();
            entry->set_key_id(IdOf(exchange.id).bytes());
            entry->set_key(std::string(32, 'k'));
            entry->set_key_class(poolcirkel::log::v1::KEY_CLASS_EXCHANGE);
          }
        };
  };
  lie.harm = [](Simulation& simulation) -> std::string {
    for (const size_t number : {size_t{0}, kVictim}) {
      for (const Exchange& exchange : simulation.made().exchanges) {
        const auto key = simulation.NodeAt(number).node->keys->Find(
            eventstore::privacy::KeyOf(IdOf(exchange.id)));
        if (key.has_value() && key->secret == std::string(32, 'k')) {
          return absl::StrCat("node ", number, " keeps a key that the liar made");
        }
      }
    }
    return "";
  };
  lie.mutant.emplace().takes_keys_of_anybody = true;
  return lie;
}

}  // namespace

log::FeedId LiarsFeed(Simulation& simulation) {
  for (const size_t node : simulation.circles()[0].members) {
    if (!simulation.NodeAt(node).IsRunning()) continue;
    const auto circle = simulation.CircleAt(node, 0);
    for (const auto& member : circle->Members()) {
      if (simulation.network().NodeOf(*circle, member) == &Liar(simulation)) {
        return circle->FeedOf(member);
      }
    }
  }
  return {};
}

bool MayLie(Simulation& simulation, int step) {
  return step >= kStep && Liar(simulation).IsRunning();
}

void AppendLie(Simulation& simulation, log::EventLog& to, const log::StreamId& stream,
               const event::Event& body) {
  Node& liar = Liar(simulation);
  const auto circle = simulation.CircleAt(kLiar, 0);
  services::domain::NewEvent made;
  made.circle = circle->id;
  made.stream = stream;
  made.event = body;
  const auto record = services::commands::MakeRecord(
      {liar.node->keys.get(), liar.node->ids.get(), &liar.entropy, liar.private_feed()},
      circle->OwnFeed(), made, {"liar", "liar", ""});
  if (!record.ok()) return;
  to.Append({liar.node->ids->New<log::RequestId>(), std::string(32, 'd'), {}, {*record}})
      .IgnoreError();
  simulation.network().PassOn(liar);
}

std::vector<Lie> AllLies() {
  const auto own_stream = [](Simulation&, const Exchange& exchange) { return IdOf(exchange.id); };
  const auto hosted = [](const Exchange& exchange) { return exchange.host == kLiar; };
  const auto of_others = [](const Exchange& exchange) {
    return exchange.host != kLiar && exchange.lender != kLiar;
  };
  std::vector<Lie> lies;
  lies.push_back(TwoHistories());
  lies.push_back(RolledBack());
  lies.push_back(Packages("a root that is not that of the events", SignOtherRoot));
  lies.push_back(Packages("another bit in somebody's event", FlipBit));
  lies.back().mutant.emplace().stores_unverified = true;
  lies.push_back(ReplayedCosignature());
  lies.push_back(Events("an event in somebody else's stream", of_others, Confirmation, own_stream));
  lies.push_back(Events("accepted without a confirmation", hosted, Acceptance, AssignmentOf));
  lies.push_back(Events("a selection's number used again", hosted, Selection, AssignmentOf));
  lies.push_back(KeysOfOthers());
  lies.push_back(SignsForOthers());
  lies.push_back(CharterWithoutQuorum());
  return lies;
}

}  // namespace tests::simulation
