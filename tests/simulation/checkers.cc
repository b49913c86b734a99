#include "tests/simulation/checkers.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "eventstore/base/id.h"
#include "eventstore/check/check.h"
#include "eventstore/merkle/note.h"
#include "eventstore/replication/verify.h"
#include "services/policies/reaction.h"
#include "services/queries/queries.h"

namespace tests::simulation {
namespace {

namespace log = eventstore::log;
namespace secondment = services::domain::secondment;

// All feeds of a circle's members, of all epochs, as the node `viewer` names them.
std::vector<log::FeedId> FeedsOf(Simulation& simulation, size_t circle, size_t viewer) {
  std::vector<log::FeedId> feeds;
  const auto known = simulation.CircleAt(viewer, circle);
  for (const auto& member : known->Members()) {
    for (const auto& part : known->FeedsOf(member)) feeds.push_back(part.feed);
  }
  return feeds;
}

Node* Writer(Simulation& simulation, size_t circle, size_t viewer, const log::FeedId& feed) {
  return simulation.network().NodeOf(*simulation.CircleAt(viewer, circle), feed.member);
}

void CompareFeeds(Simulation& simulation, size_t circle, size_t a, size_t b) {
  const log::EventLog& one = *simulation.NodeAt(a).node->log;
  const log::EventLog& other = *simulation.NodeAt(b).node->log;
  for (const auto& feed : FeedsOf(simulation, circle, a)) {
    const Node* writer = Writer(simulation, circle, a, feed);
    if (writer != nullptr && !simulation.IsHonest(writer->number)) continue;
    const uint64_t size = std::min(one.Size(feed), other.Size(feed));
    const auto here = one.RootAt(feed, size);
    const auto there = other.RootAt(feed, size);
    if (!here.ok() || !there.ok()) continue;  // its disk does not serve now
    if (*here != *there) {
      simulation.Fail(absl::StrCat("(b) nodes ", a, " and ", b, " hold other bytes of ",
                                   log::Origin(feed), " up to ", size));
    }
  }
}

void CompareViews(Simulation& simulation, size_t circle, size_t a, size_t b) {
  const auto& id = simulation.circles()[circle].id;
  const auto& one = *simulation.NodeAt(a).node->engine;
  const auto& other = *simulation.NodeAt(b).node->engine;
  if (one.CursorOf(id) != other.CursorOf(id)) return;
  // Of a liar's feed that both froze they may hold different events.
  const log::Cursor cursor = one.CursorOf(id);
  for (const auto& [feed, next] : cursor.positions()) {
    const auto here = simulation.NodeAt(a).node->log->RootAt(feed, next.value());
    const auto there = simulation.NodeAt(b).node->log->RootAt(feed, next.value());
    if (!here.ok() || !there.ok() || *here != *there) return;
  }
  for (const auto& view : services::queries::AllViews()) {
    const auto here = one.Digest(view->name(), id);
    const auto there = other.Digest(view->name(), id);
    if (here.ok() && there.ok() && *here != *there) {
      simulation.Fail(absl::StrCat("(b) nodes ", a, " and ", b, " have other rows of ",
                                   std::string(view->name())));
    }
  }
}

// Everybody has what the writer has of it.
std::string NotConvergedAt(Simulation& simulation, size_t circle, Node& node,
                           const log::FeedId& feed) {
  Node* writer = Writer(simulation, circle, node.number, feed);
  if (!simulation.IsHonest(writer->number) || !simulation.IsHonest(node.number)) return "";
  if (IsFrozen(simulation, node.number, feed)) {
    return absl::StrCat("node ", node.number, " froze the feed of ", writer->number);
  }
  const uint64_t there = writer->IsRunning() ? writer->node->log->Size(feed) : 0;
  const uint64_t here = node.node->log->Size(feed);
  if (here == there) return "";
  return absl::StrCat("node ", node.number, " holds ", here, " of ", there, " events of node ",
                      writer->number);
}

// Own feeds are writable, by charters that all work by.
std::string NotWritable(Simulation& simulation, size_t circle, Node& node) {
  const auto known = node.node->circles->Find(simulation.circles()[circle].id);
  if (known == nullptr) return absl::StrCat("node ", node.number, " lost its circle");
  if (node.node->log->IsLocked(known->OwnFeed())) {
    return absl::StrCat("the feed of node ", node.number, " is locked");
  }
  if (!node.node->runner->MayWrite(known)) {
    return absl::StrCat("the epoch of node ", node.number, " does not end");
  }
  for (const size_t other : simulation.circles()[circle].members) {
    if (!simulation.NodeAt(other).IsRunning()) continue;
    const auto there = simulation.CircleAt(other, circle);
    if (there == nullptr || there->chain.size() == known->chain.size()) continue;
    return absl::StrCat("node ", node.number, " works by charter ", known->chain.size(),
                        " and node ", other, " by ", there->chain.size());
  }
  return "";
}

std::string NotConverged(Simulation& simulation, size_t circle) {
  for (const size_t member : simulation.circles()[circle].members) {
    Node& node = simulation.NodeAt(member);
    if (!node.IsRunning() && !simulation.IsHonest(member)) continue;
    if (!node.IsRunning()) return absl::StrCat("node ", member, " is down");
    for (const auto& feed : FeedsOf(simulation, circle, member)) {
      std::string left = NotConvergedAt(simulation, circle, node, feed);
      if (!left.empty()) return left;
    }
    if (simulation.MustFinish(circle) && simulation.IsHonest(member)) {
      std::string left = NotWritable(simulation, circle, node);
      if (!left.empty()) return left;
    }
    while (node.node->engine->Step().value_or(false)) {
    }
    if (node.node->engine->Lag() > 0 || !node.node->engine->Health().ok()) {
      return absl::StrCat("the views of node ", member, " are behind");
    }
  }
  return "";
}

// A handshake is over when nothing is held any more: accepted and cosigned, or let go.
std::string NotOver(Simulation& simulation, const Exchange& exchange) {
  Node& lender = simulation.NodeAt(exchange.lender);
  const auto circle = simulation.CircleAt(exchange.lender, exchange.circle);
  const auto id = eventstore::base::ParseUuid<log::StreamId>(exchange.id);
  const auto seen = services::policies::LookAt(lender.node->dependencies, *circle, *id);
  if (!seen.ok()) return seen.status().ToString();
  const auto* current = seen->host_word.Current();
  const std::string about = absl::StrCat("exchange ", exchange.id, " ");
  using secondment::SelectionStatus;
  if (current != nullptr && current->status == SelectionStatus::kHeld) {
    return about + "is still selected";
  }
  if (current != nullptr && current->status == SelectionStatus::kAccepted && !current->cosigned) {
    return about + "is accepted and not cosigned";
  }
  const bool accepted = current != nullptr && (current->status == SelectionStatus::kAccepted ||
                                               current->status == SelectionStatus::kEnded);
  if (seen->candidacy.status == secondment::Status::kConfirmed && !accepted) {
    return about + "is still confirmed";
  }
  const bool ended = seen->candidacy.status == secondment::Status::kEnded;
  if (accepted && ended != (current->status == SelectionStatus::kEnded)) {
    return about + "was ended by one side only";
  }
  return "";
}

// Everybody else in the circle says, signed, that it destroyed the key.
std::string NotErased(Simulation& simulation, const Person& person) {
  const auto id = eventstore::base::ParseUuid<log::StreamId>(person.id);
  for (const size_t member : simulation.circles()[person.circle].members) {
    if (member == person.home || !simulation.IsHonest(member)) continue;
    const auto known = simulation.CircleAt(member, person.circle);
    const log::EventLog& events = *simulation.NodeAt(member).node->log;
    bool acknowledged = false;
    for (const auto& part : known->FeedsOf(known->self)) {
      const auto read = events.ReadFeed(part.feed, log::Sequence(0), events.Size(part.feed));
      acknowledged |= read.ok() && std::any_of(read->begin(), read->end(), [&](const auto& stored) {
                        poolcirkel::event::v1::Event body;
                        return part.Counts(stored.sequence) &&
                               body.ParseFromString(stored.payload) &&
                               body.erasure_acknowledged().professional_id() == id->bytes();
                      });
    }
    if (!acknowledged) return absl::StrCat("node ", member, " has not acknowledged an erasure");
  }
  return "";
}

}  // namespace

bool IsFrozen(Simulation& simulation, size_t node, const log::FeedId& feed) {
  const auto* replicator = simulation.network().ReplicatorOf(node, feed.circle);
  if (replicator == nullptr) return false;
  for (const auto& status : replicator->synchronizer().Feeds(simulation.NodeAt(node).clock.Now())) {
    if (status.feed == feed) return status.state == eventstore::replication::FeedState::kFrozen;
  }
  return false;
}

std::string FalseCosignature(Simulation& simulation) {
  for (const auto& node : simulation.nodes()) {
    if (!node->IsRunning() || !simulation.IsHonest(node->number)) continue;
    for (const auto& circle : node->node->circles->All()) {
      for (const auto& feed : circle->Members()) {
        for (const auto& cosigned : node->node->log->Cosignatures(circle->FeedOf(feed))) {
          const Node* witness = simulation.network().NodeOf(*circle, cosigned.witness);
          const auto note = eventstore::merkle::ParseNote(cosigned.note);
          if (witness == nullptr || !note.ok()) return "a cosignature of nobody";
          const auto checkpoint = eventstore::merkle::ParseCheckpoint(note->text);
          const auto verified = eventstore::merkle::VerifyNote(
              *note,
              {{log::Origin(circle->FeedOf(cosigned.witness)),
                eventstore::merkle::NoteAlgorithm::kCosignatureV1, witness->log_key.public_key()}});
          if (!checkpoint.ok() || checkpoint->size != cosigned.size || !verified.ok() ||
              verified->size() != 1) {
            return absl::StrCat("node ", node->number, " keeps a cosignature that is none");
          }
        }
      }
    }
  }
  return "";
}

std::string FalseHead(Simulation& simulation) {
  for (const auto& node : simulation.nodes()) {
    if (!node->IsRunning() || !simulation.IsHonest(node->number)) continue;
    for (const auto& circle : node->node->circles->All()) {
      for (const auto& member : circle->Members()) {
        const log::FeedId feed = circle->FeedOf(member);
        const auto text = node->node->log->CheckpointNote(feed);
        const Node* writer = simulation.network().NodeOf(*circle, member);
        if (!text.ok() || writer == nullptr) continue;
        const auto head =
            eventstore::replication::VerifyHead(feed, writer->log_key.public_key(), *text);
        if (!head.ok()) return absl::StrCat("node ", node->number, " keeps a head of nobody");
      }
    }
  }
  return "";
}

void CheckAgreement(Simulation& simulation, bool views) {
  for (size_t circle = 0; circle < simulation.circles().size(); ++circle) {
    const auto& members = simulation.circles()[circle].members;
    for (const size_t a : members) {
      for (const size_t b : members) {
        if (a >= b || !simulation.NodeAt(a).IsRunning() || !simulation.NodeAt(b).IsRunning()) {
          continue;
        }
        if (!simulation.IsHonest(a) || !simulation.IsHonest(b)) continue;
        CompareFeeds(simulation, circle, a, b);
        if (views) CompareViews(simulation, circle, a, b);
      }
    }
  }
}

// (a) What the background check of a node would find, and then stop it from writing.
void CheckLogs(Simulation& simulation) {
  for (const auto& node : simulation.nodes()) {
    if (!node->IsRunning() || !simulation.IsHonest(node->number)) continue;
    eventstore::check::Options options;
    options.directory = Node::kLogFolder;
    options.environment = &node->disk;
    // Signatures are what other checkers look at.
    options.keys = [](const log::FeedId&) { return std::vector<eventstore::crypto::PublicKey>(); };
    const auto report = eventstore::check::CheckLog(options);
    const std::string about = absl::StrCat("(a) the log of node ", node->number);
    if (!report.ok()) {
      simulation.Fail(absl::StrCat(about, " cannot be checked: ", report.status().ToString()));
    } else if (!report->ok()) {
      simulation.Fail(absl::StrCat(about, ": ", ToText(report->findings.front())));
    }
  }
}

void CheckAtAnyTime(Simulation& simulation) {
  CheckLogs(simulation);
  CheckAgreement(simulation, true);
  CheckSeats(simulation);
  CheckFeedsAndKeys(simulation);
}

void CheckAtTheEnd(Simulation& simulation) {
  CheckLogs(simulation);
  CheckAgreement(simulation, true);
  CheckPromises(simulation);
  CheckFeedsAndKeys(simulation);
  CheckNames(simulation);
  CheckErased(simulation);
}

std::string Unfinished(Simulation& simulation) {
  for (size_t circle = 0; circle < simulation.circles().size(); ++circle) {
    std::string left = NotConverged(simulation, circle);
    if (!left.empty()) return left;
  }
  for (const Exchange& exchange : simulation.made().exchanges) {
    if (!simulation.IsHonest(exchange.lender) || !simulation.IsHonest(exchange.host)) continue;
    if (exchange.spoiled || !simulation.MustFinish(exchange.circle)) continue;
    // Without its private feed a lender cannot free hours.
    if (simulation.NodeAt(exchange.lender).was_put_back) continue;
    std::string left = NotOver(simulation, exchange);
    if (!left.empty()) return left;
  }
  for (const Person& person : simulation.made().people) {
    if (!person.erased || person.order_lost || !simulation.IsHonest(person.home)) continue;
    if (!simulation.MustFinish(person.circle)) continue;
    std::string left = NotErased(simulation, person);
    if (!left.empty()) return left;
  }
  return "";
}

}  // namespace tests::simulation
