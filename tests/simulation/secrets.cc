// (e) and (f): who knows what.
#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "eventstore/base/file.h"
#include "eventstore/base/id.h"
#include "eventstore/privacy/sealing.h"
#include "poolcirkel/event/v1/event.pb.h"
#include "tests/simulation/checkers.h"

namespace tests::simulation {
namespace {

namespace event = poolcirkel::event::v1;
namespace log = eventstore::log;
namespace privacy = eventstore::privacy;

bool IsMember(const Circle& circle, size_t node) {
  return std::find(circle.members.begin(), circle.members.end(), node) != circle.members.end();
}

void CheckFeeds(Simulation& simulation, Node& node) {
  for (const auto& feed : node.node->log->Feeds()) {
    if (feed == node.private_feed()) continue;
    const bool entitled = std::any_of(
        simulation.circles().begin(), simulation.circles().end(), [&](const Circle& circle) {
          return circle.id == feed.circle && IsMember(circle, node.number);
        });
    if (!entitled) {
      simulation.Fail(absl::StrCat("(e) node ", node.number, " holds ", log::Origin(feed)));
    }
  }
}

// Keys of another's private feed, of a circle of others, or of an exchange of others.
void CheckKeys(Simulation& simulation, Node& node) {
  for (const auto& other : simulation.nodes()) {
    if (other.get() == &node) continue;
    if (!node.node->keys->KeysOf(other->private_feed().circle).empty()) {
      simulation.Fail(
          absl::StrCat("(e) node ", node.number, " has a private key of node ", other->number));
    }
  }
  for (size_t circle = 0; circle < simulation.circles().size(); ++circle) {
    const Circle& one = simulation.circles()[circle];
    const auto keys = node.node->keys->KeysOf(one.id);
    if (!IsMember(one, node.number)) {
      if (!keys.empty()) {
        simulation.Fail(absl::StrCat("(e) node ", node.number, " has a key of ", one.name));
      }
      continue;
    }
    const auto known = simulation.CircleAt(node.number, circle);
    for (const auto& key : keys) {
      if (key.made_by == known->self) continue;
      const Node* maker = simulation.network().NodeOf(*known, key.made_by);
      if (maker == nullptr || !maker->IsRunning() || !simulation.IsHonest(maker->number)) continue;
      const auto made = maker->node->keys->Find(key.id);
      // Destroyed there since: whether it is destroyed here is (f).
      if (!made.has_value()) {
        if (!maker->node->keys->IsDestroyed(key.id)) {
          simulation.Fail(absl::StrCat("(e) node ", node.number, " has a key that node ",
                                       maker->number, " never made"));
        }
      } else if (!privacy::IsEntitled(*made, known->self,
                                      {known->Members(), known->Coordinators()})) {
        simulation.Fail(absl::StrCat("(e) node ", node.number, " has a key of others"));
      }
    }
  }
}

// Every readable byte of an event at a node: as it is stored, and opened with its keys.
std::string Readable(Node& node, const log::FeedId& feed) {
  std::string text;
  const uint64_t size = node.node->log->Size(feed);
  if (size == 0) return text;
  const auto events = node.node->log->ReadFeed(feed, log::Sequence(0), size);
  if (!events.ok()) return text;
  for (const auto& stored : *events) {
    text += stored.bytes;
    event::Event body;
    if (!body.ParseFromString(stored.payload)) continue;
    privacy::Open(body, stored.stream, stored.id, feed.circle, feed.member, *node.node->keys)
        .IgnoreError();
    text += body.SerializeAsString();
  }
  return text;
}

bool AnyFileHolds(Node& node, const std::string& canary) {
  for (const auto& [path, bytes] : node.disk.Files("/node")) {
    if (bytes.find(canary) != std::string::npos) return true;
  }
  return false;
}

// Whether the node holds all that the person's home wrote; of an honest one it does.
bool HasHeard(Simulation& simulation, Node& node, const Person& person) {
  Node& home = simulation.NodeAt(person.home);
  if (simulation.IsHonest(person.home)) return true;
  if (!home.IsRunning()) return false;
  const auto feed = simulation.CircleAt(person.home, person.circle)->OwnFeed();
  return node.node->log->Size(feed) == home.node->log->Size(feed);
}

}  // namespace

void CheckFeedsAndKeys(Simulation& simulation) {
  for (const auto& node : simulation.nodes()) {
    if (!node->IsRunning() || !simulation.IsHonest(node->number)) continue;
    CheckFeeds(simulation, *node);
    CheckKeys(simulation, *node);
  }
}

// The canary stands in a name, and nobody told it to anybody.
void CheckNames(Simulation& simulation) {
  for (const auto& node : simulation.nodes()) {
    if (!node->IsRunning()) continue;
    std::string files;
    for (const auto& [path, bytes] : node->disk.Files("/node")) files += bytes;
    std::string readable;
    for (const auto& feed : node->node->log->Feeds()) {
      if (feed != node->private_feed()) readable += Readable(*node, feed);
    }
    for (const Person& person : simulation.made().people) {
      if (files.find(person.canary) != std::string::npos) {
        simulation.Fail(absl::StrCat("(e) a name stands in a file of node ", node->number));
      }
      if (readable.find(person.canary) != std::string::npos) {
        simulation.Fail(
            absl::StrCat("(e) node ", node->number, " can read a name in a circle's feed"));
      }
    }
  }
}

// The name, at home; the pseudonym, which begins with the same bytes, everywhere.
void CheckErased(Simulation& simulation) {
  for (const Person& person : simulation.made().people) {
    if (!person.erased || person.order_lost) continue;
    const auto& circle = simulation.circles()[person.circle];
    const auto id = eventstore::base::ParseUuid<log::StreamId>(person.id);
    for (const size_t member : circle.members) {
      Node& node = simulation.NodeAt(member);
      if (!node.IsRunning() || !simulation.IsHonest(member)) continue;
      if (!HasHeard(simulation, node, person)) continue;
      std::string readable;
      for (const auto& feed : node.node->log->Feeds()) readable += Readable(node, feed);
      const std::string part = person.canary.substr(0, 8);
      if (node.node->keys->Find(privacy::KeyOf(*id)).has_value()) {
        simulation.Fail(absl::StrCat("(f) node ", member, " has the key of an erased person"));
      } else if (readable.find(part) != std::string::npos) {
        simulation.Fail(absl::StrCat("(f) node ", member, " can read of an erased person"));
      } else if (AnyFileHolds(node, part)) {
        simulation.Fail(absl::StrCat("(f) a file of node ", member, " holds an erased person"));
      }
    }
  }
}

}  // namespace tests::simulation
