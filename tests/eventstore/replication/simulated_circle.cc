#include "tests/eventstore/replication/simulated_circle.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <tuple>
#include <utility>

namespace eventstore::replication {

namespace {

constexpr size_t kPackageRecords = 4;

std::vector<Person> MakePeople(size_t count) {
  std::vector<Person> people;
  for (size_t i = 0; i < count; ++i) people.emplace_back(static_cast<uint8_t>(i + 1));
  return people;
}

std::string MakeFolder() {
  std::string path = (std::filesystem::temp_directory_path() / "circle-XXXXXX").string();
  EXPECT_NE(mkdtemp(path.data()), nullptr);
  return path;
}

}  // namespace

SimulatedCircle::SimulatedCircle(size_t members, uint64_t seed)
    : people_(MakePeople(members)),
      folder_(MakeFolder()),
      random_(seed),
      entropy_(seed),
      ids_(clock_, entropy_) {
  for (size_t i = 0; i < members; ++i) {
    nodes_.push_back(std::make_unique<Node>());
    nodes_[i]->circle = this;
    nodes_[i]->number = i;
  }
  for (size_t i = 0; i < members; ++i) Start(i);
}

SimulatedCircle::~SimulatedCircle() {
  for (size_t i = 0; i < nodes_.size(); ++i) Kill(i);
  std::filesystem::remove_all(folder_);
}

std::string SimulatedCircle::EvidencePath(size_t node) const {
  return folder_ + "/forks-" + std::to_string(node);
}

void SimulatedCircle::Lose(size_t number) {
  ASSERT_FALSE(IsRunning(number));
  nodes_[number]->files = storage::Environment::InMemory();
  nodes_[number]->lost = true;
}

void SimulatedCircle::BeginSecondStory(size_t liar, const std::set<size_t>& watchers) {
  Node& node = *nodes_[liar];
  const log::FeedId feed = FeedOf(liar);
  node.second_files = storage::Environment::InMemory();
  log::EventLog::Options options;
  options.directory = "/second";
  options.clock = &clock_;
  options.log_key = &people_[liar].key;
  options.environment = node.second_files.get();
  auto log = log::EventLog::Open(options);
  ASSERT_TRUE(log.ok()) << log.status();
  node.second_log = *std::move(log);
  ASSERT_TRUE(node.second_log->CreateFeed(feed, /*locked=*/true).ok());
  const auto events = node.log->ReadFeed(feed, log::Sequence(0), 1'000);
  ASSERT_TRUE(events.ok());
  std::vector<std::string> records;
  for (const auto& event : *events) records.push_back(event.bytes);
  if (!records.empty()) {
    const auto root = node.log->RootAt(feed, records.size());
    ASSERT_TRUE(root.ok());
    ASSERT_TRUE(node.second_log->StoreVerified(feed, log::Sequence(0), records, *root).ok());
  }
  ASSERT_TRUE(node.second_log->UnlockFeed(feed).ok());
  node.second_watchers = watchers;
}

void SimulatedCircle::AppendToSecondStory(size_t liar) {
  Node& node = *nodes_[liar];
  const auto result = node.second_log->Append(NewEvent(liar));
  ASSERT_TRUE(result.ok()) << result.status();
  for (const size_t watcher : node.second_watchers) Tell(watcher, liar, {FeedOf(liar)});
}

const log::EventLog& SimulatedCircle::LogShownTo(size_t watcher, size_t server,
                                                 const log::FeedId& feed) const {
  const Node& node = *nodes_[server];
  const bool second = feed == FeedOf(server) && node.second_watchers.contains(watcher);
  return second ? *node.second_log : *node.log;
}

log::FeedId SimulatedCircle::FeedOf(size_t node) const {
  return {TestCircle(), people_[node].id, log::Epoch(0)};
}

size_t SimulatedCircle::NumberOf(const log::MemberId& member) const {
  for (size_t i = 0; i < people_.size(); ++i) {
    if (people_[i].id == member) return i;
  }
  ADD_FAILURE() << "no such member";
  return 0;
}

bool SimulatedCircle::Chance(double probability) {
  return std::uniform_real_distribution<>()(random_) < probability;
}

absl::Duration SimulatedCircle::Delay() {
  return absl::Microseconds(std::uniform_int_distribution<int>(500, 30'000)(random_));
}

void SimulatedCircle::At(absl::Duration delay, std::function<void()> happen) {
  events_.push({clock_.Now() + delay, next_event_++, std::move(happen)});
}

void SimulatedCircle::Run(absl::Duration duration) {
  const absl::Time end = clock_.Now() + duration;
  while (true) {
    absl::Time next = events_.empty() ? end : std::min(end, events_.top().at);
    for (const auto& node : nodes_) {
      if (node->replicator != nullptr) next = std::min(next, node->replicator->NextTick());
    }
    clock_.Set(std::max(next, clock_.Now()));
    if (next >= end) return;
    if (!events_.empty() && events_.top().at <= clock_.Now()) {
      const std::function<void()> happen = events_.top().happen;
      events_.pop();
      happen();
    }
    for (const auto& node : nodes_) {
      if (node->replicator == nullptr || node->replicator->NextTick() > clock_.Now()) continue;
      On(node->number, node->life, [this](Node& self) { self.replicator->Tick(clock_.Now()); });
    }
  }
}

void SimulatedCircle::Start(size_t number) {
  Node& node = *nodes_[number];
  ASSERT_EQ(node.log, nullptr);
  log::EventLog::Options options;
  options.directory = "/node";
  options.clock = &clock_;
  options.log_key = &people_[number].key;
  options.environment = node.files.get();
  auto log = log::EventLog::Open(options);
  ASSERT_TRUE(log.ok()) << log.status();
  node.log = *std::move(log);
  if (!node.log->IsOwn(FeedOf(number))) {
    ASSERT_TRUE(node.log->CreateFeed(FeedOf(number), /*locked=*/node.lost).ok());
  }
  node.listener = node.log->OnChange([&node](const log::FeedId& feed) {
    base::MutexLock lock(node.mutex);
    node.changed.insert(feed);
  });
  ++node.life;
  Replicator::Options replicator;
  replicator.log = node.log.get();
  replicator.log_key = &people_[number].key;
  replicator.entropy = &entropy_;
  replicator.transport = &node;
  auto evidence = EvidenceFile::Open(EvidencePath(number));
  ASSERT_TRUE(evidence.ok()) << evidence.status();
  node.evidence = *std::move(evidence);
  replicator.evidence = node.evidence.get();
  node.replicator =
      std::make_unique<Replicator>(replicator, MembershipOf(people_, number), clock_.Now());
  for (size_t other = 0; other < nodes_.size(); ++other) {
    if (other == number || !IsRunning(other)) continue;
    At(Delay(), [this, number, other] { Connect(number, other); });
    At(Delay(), [this, number, other] { Connect(other, number); });
  }
}

void SimulatedCircle::Kill(size_t number) {
  Node& node = *nodes_[number];
  if (node.log == nullptr) return;
  ++node.life;
  for (size_t other = 0; other < nodes_.size(); ++other) {
    if (other == number) continue;
    LinkOf(number, other).up = false;
    ++LinkOf(number, other).connection;
    Break(other, number);
  }
  node.listener = nullptr;
  node.replicator = nullptr;
  node.log = nullptr;
  base::MutexLock lock(node.mutex);
  node.changed.clear();
}

void SimulatedCircle::SetReachable(size_t a, size_t b, bool reachable) {
  for (const auto& [watcher, server] : {std::pair(a, b), std::pair(b, a)}) {
    LinkOf(watcher, server).reachable = reachable;
    if (!reachable) Break(watcher, server);
    const size_t from = watcher, to = server;
    if (reachable) At(Delay(), [this, from, to] { Connect(from, to); });
  }
}

void SimulatedCircle::Connect(size_t watcher, size_t server) {
  Link& link = LinkOf(watcher, server);
  if (link.up || !link.reachable || !IsRunning(watcher) || !IsRunning(server)) return;
  link.up = true;
  link.last = clock_.Now();
  ++link.connection;
  On(watcher, nodes_[watcher]->life,
     [&](Node& node) { node.replicator->OnPeerUp(people_[server].id, clock_.Now()); });
  std::set<log::FeedId> feeds;
  for (const log::FeedId& feed : nodes_[server]->log->Feeds()) feeds.insert(feed);
  Tell(watcher, server, feeds);
}

void SimulatedCircle::Break(size_t watcher, size_t server) {
  Link& link = LinkOf(watcher, server);
  if (!link.up) return;
  link.up = false;
  ++link.connection;
  On(watcher, nodes_[watcher]->life,
     [&](Node& node) { node.replicator->OnPeerDown(people_[server].id, clock_.Now()); });
  At(Delay() * 20, [this, watcher, server] { Connect(watcher, server); });
}

void SimulatedCircle::Tell(size_t watcher, size_t server, const std::set<log::FeedId>& feeds) {
  Link& link = LinkOf(watcher, server);
  if (!link.up) return;
  if (Chance(faults_.broken_connection)) {
    Break(watcher, server);
    return;
  }
  std::vector<poolcirkel::log::v1::Head> heads;
  for (const log::FeedId& feed : feeds) {
    const auto note = LogShownTo(watcher, server, feed).CheckpointNote(feed);
    if (!note.ok()) continue;
    heads.emplace_back();
    *heads.back().mutable_feed() = log::ToProto(feed);
    heads.back().set_checkpoint_note(*note);
  }
  poolcirkel::log::v1::Head heard;
  *heard.mutable_feed() = log::ToProto(FeedOf(watcher));
  heard.set_checkpoint_note(
      nodes_[server]->replicator->synchronizer().HeardBeyond(FeedOf(watcher)));
  link.last = std::max(link.last, clock_.Now() + Delay());
  At(link.last - clock_.Now(), [this, watcher, server, heads, heard, connection = link.connection] {
    if (LinkOf(watcher, server).connection != connection) return;
    On(watcher, nodes_[watcher]->life, [&](Node& node) {
      const log::MemberId& from = people_[server].id;
      if (!heard.checkpoint_note().empty()) node.replicator->OnHeard(from, heard);
      node.replicator->OnHeads(from, heads, clock_.Now());
    });
  });
}

void SimulatedCircle::Fetch(size_t watcher, const log::MemberId& server, const log::FeedId& feed,
                            log::Sequence first) {
  const size_t from = NumberOf(server);
  const uint64_t life = nodes_[watcher]->life;
  At(Delay(), [=, this] {
    bool complete = false;
    absl::Duration last = absl::ZeroDuration();
    if (IsRunning(from) && LinkOf(watcher, from).up) {
      last = Serve(watcher, from, feed, first, complete);
    }
    At(last + absl::Microseconds(1), [=, this] {
      On(watcher, life, [&](Node& node) {
        node.replicator->OnFetchEnded(server, feed,
                                      complete ? absl::OkStatus() : absl::UnavailableError("lost"),
                                      clock_.Now());
      });
    });
  });
}

// Sends the packages on their way; when the last of them arrives.
absl::Duration SimulatedCircle::Serve(size_t watcher, size_t server, const log::FeedId& feed,
                                      log::Sequence first, bool& complete) {
  absl::Duration last = absl::ZeroDuration();
  const uint64_t life = nodes_[watcher]->life;
  while (true) {
    const auto package =
        LogShownTo(watcher, server, feed).MakePackage(feed, first, kPackageRecords);
    complete = absl::IsOutOfRange(package.status());
    if (!package.ok() || Chance(faults_.lost_package)) return last;
    servers_[feed].insert(server);
    for (int copies = Chance(faults_.repeated_package) ? 2 : 1; copies > 0; --copies) {
      const absl::Duration at =
          faults_.reordered_packages && Chance(0.2) ? Delay() : last + Delay();
      last = std::max(last, at);
      At(at, [=, this, sent = *package] {
        On(watcher, life, [&](Node& node) {
          node.replicator->OnPackage(people_[server].id, feed, sent, clock_.Now()).IgnoreError();
        });
      });
    }
    first = log::Sequence(first.value() + static_cast<uint64_t>(package->records_size()));
  }
}

log::AppendRequest SimulatedCircle::NewEvent(size_t number) {
  log::NewRecord record;
  record.feed = FeedOf(number);
  record.stream = ids_.New<log::StreamId>();
  record.id = ids_.New<log::EventId>();
  record.type = "assignment_published";
  record.payload = entropy_.Bytes(20);
  record.actor.set_field_number(9);
  record.actor.set_key_id(std::string(16, 'k'));
  record.actor.set_nonce(std::string(12, 'n'));
  record.actor.set_ciphertext(std::string(40, 'a'));
  record.actor.set_commitment(std::string(32, 'm'));
  return {ids_.New<log::RequestId>(), std::string(32, 'd'), {}, {record}};
}

bool SimulatedCircle::Append(size_t number) {
  Node& node = *nodes_[number];
  if (node.log == nullptr || node.log->IsLocked(FeedOf(number))) return false;
  const auto result = node.log->Append(NewEvent(number));
  EXPECT_TRUE(result.ok()) << result.status();
  if (!result.ok()) return false;
  ++node.appended;
  {
    // The writer's thread may tell the listener later than it tells us.
    base::MutexLock lock(node.mutex);
    node.changed.insert(FeedOf(number));
  }
  PassOn(node);
  return true;
}

void SimulatedCircle::On(size_t number, uint64_t life, const std::function<void(Node&)>& action) {
  Node& node = *nodes_[number];
  if (node.life != life || node.replicator == nullptr) return;
  action(node);
  PassOn(node);
}

void SimulatedCircle::PassOn(Node& node) {
  while (true) {
    std::set<log::FeedId> changed;
    {
      base::MutexLock lock(node.mutex);
      changed.swap(node.changed);
    }
    if (changed.empty()) return;
    for (size_t other = 0; other < nodes_.size(); ++other) {
      if (other != node.number) Tell(other, node.number, changed);
    }
    for (const log::FeedId& feed : changed) node.replicator->OnLogChange(feed, clock_.Now());
  }
}

}  // namespace eventstore::replication
