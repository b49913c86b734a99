#include "tests/services/domain/handshake_model.h"

#include <set>
#include <unordered_set>

namespace tests::domain {
namespace {

using sd::secondment::SelectionStatus;

// So many times may one exchange be selected: more adds no new kind of state.
constexpr int kMaximumSelections = 2;

int CountOf(const sd::assignment::State& host, const StreamId& exchange) {
  int count = 0;
  for (const auto& selection : host.selections) count += selection.exchange == exchange ? 1 : 0;
  return count;
}

}  // namespace

std::string HandshakeModel::World::Key() const {
  std::string key;
  for (const std::string& feed : feeds) {
    key.push_back(static_cast<char>(feed.size()));
    key += feed;
  }
  key.append(seen.begin(), seen.end());
  return key;
}

HandshakeModel::HandshakeModel(Mutant mutant) : mutant_(mutant) {
  const StreamId scarce = circle_.Register(2, "Reiger 7");
  const StreamId other = circle_.Register(3, "Ooievaar 1");
  const StreamId first = circle_.Publish(1, 0);
  const StreamId second = circle_.Publish(1, 1);
  exchanges_.push_back({circle_.Propose(scarce, first, 2, 0), first, scarce, 0, 2});
  exchanges_.push_back({circle_.Propose(scarce, second, 2, 1), second, scarce, 1, 2});
  exchanges_.push_back({circle_.Propose(other, first, 3, 0), first, other, 0, 3});
  for (int i = 0; i < kMembers; ++i) {
    beginning_[static_cast<size_t>(i)] = circle_.Events(circle_.Feed(i));
  }
  beginning_[4] = circle_.Events(CircleOfNodes::PrivateFeed(2));
  beginning_[5] = circle_.Events(CircleOfNodes::PrivateFeed(3));
}

std::vector<HandshakeModel::Action> HandshakeModel::Actions() const {
  std::vector<Action> actions;
  for (int exchange = 0; exchange < static_cast<int>(exchanges_.size()); ++exchange) {
    for (const Step step :
         {Step::kSelect, Step::kConfirm, Step::kAccept, Step::kExpire, Step::kRelease}) {
      actions.push_back({step, 0, exchange});
    }
  }
  // To the others an expiry is what a decline is, so one exchange shows these two.
  actions.push_back({Step::kDecline, 0, 2});
  actions.push_back({Step::kWithdraw, 0, 2});
  std::set<std::pair<int, int>> watched;
  for (const Exchange& exchange : exchanges_) {
    watched.insert({exchange.host, exchange.lender});
    watched.insert({exchange.lender, exchange.host});
  }
  for (const auto& [member, feed] : watched) {
    actions.push_back({Step::kSee, member, feed});
    actions.push_back({Step::kSeeAll, member, feed});
  }
  return actions;
}

std::optional<HandshakeModel::World> HandshakeModel::See(const World& world,
                                                         const Action& action) const {
  const size_t behind = world.Feed(action.other).size() - world.SeenOf(action.member, action.other);
  // With one event to see, the two steps are the same.
  if (behind == 0 || (action.step == Step::kSeeAll && behind == 1)) return std::nullopt;
  World next = world;
  const size_t steps = action.step == Step::kSeeAll ? behind : 1;
  next.Seen(action.member, action.other) =
      static_cast<uint8_t>(world.SeenOf(action.member, action.other) + steps);
  return next;
}

std::optional<HandshakeModel::World> HandshakeModel::Take(const World& world,
                                                          const Action& action) {
  if (action.step == Step::kSee || action.step == Step::kSeeAll) return See(world, action);
  const Effect& effect = EffectOf(world, action);
  if (effect.events.empty()) return std::nullopt;
  World next = world;
  for (const auto& [feed, event] : effect.events) {
    next.feeds[static_cast<size_t>(feed)].push_back(event);
  }
  return next;
}

// A step depends only on what its member can read: it is decided once for each of that.
const HandshakeModel::Effect& HandshakeModel::EffectOf(const World& world, const Action& action) {
  const Exchange& exchange = exchanges_[static_cast<size_t>(action.other)];
  const bool lender = action.step == Step::kConfirm || action.step == Step::kRelease ||
                      action.step == Step::kWithdraw;
  const int self = lender ? exchange.lender : exchange.host;
  const int other = lender ? exchange.host : exchange.lender;
  std::string key = {static_cast<char>(action.step), static_cast<char>(action.other), '/'};
  key += world.Feed(self) + "/" + world.Feed(other).substr(0, world.SeenOf(self, other));
  if (lender) key += "/" + world.Feed(self + 2);
  if (const auto found = effects_.find(key); found != effects_.end()) return found->second;
  Effect effect;
  if (const auto decision = Decide(world, action.step, exchange); decision.ok()) {
    for (const sd::NewEvent& event : decision->events) {
      const int feed = event.circle ? self : self + 2;
      effect.events.emplace_back(feed, Intern(feed, event));
    }
  }
  return effects_[key] = effect;
}

char HandshakeModel::Intern(int feed, const sd::NewEvent& event) {
  const std::string key =
      std::to_string(feed) + event.stream.bytes() + event.event.SerializeAsString();
  const auto [found, added] = interned_.try_emplace(key, static_cast<char>(pool_.size()));
  if (added) {
    EXPECT_LT(pool_.size(), 255u);
    sd::PastEvent past;
    past.id = sd::EventId(circle_.NewId().array());
    past.feed = feed < kMembers ? circle_.Feed(feed) : CircleOfNodes::PrivateFeed(feed - 2);
    past.stream = event.stream;
    past.recorded_at = circle_.now();
    past.event = event.event;
    pool_.push_back(std::move(past));
  }
  return found->second;
}

template <typename State>
State HandshakeModel::Fold(int feed, const std::string& events, const StreamId& stream,
                           const Skip& skip) const {
  State state;
  for (const sd::PastEvent& event : beginning_[static_cast<size_t>(feed)]) {
    if (event.stream == stream) Evolve(state, event);
  }
  for (const char at : events) {
    const sd::PastEvent& event = pool_[static_cast<uint8_t>(at)];
    if (event.stream == stream && !(skip && skip(event))) Evolve(state, event);
  }
  return state;
}

sd::assignment::State HandshakeModel::HostSide(const World& world, const Exchange& exchange,
                                               int reader) const {
  const std::string& feed = world.Feed(exchange.host);
  return Fold<sd::assignment::State>(
      exchange.host,
      reader == exchange.host ? feed : feed.substr(0, world.SeenOf(reader, exchange.host)),
      exchange.assignment);
}

sd::secondment::State HandshakeModel::LenderSide(const World& world, const Exchange& exchange,
                                                 int reader) const {
  const std::string& feed = world.Feed(exchange.lender);
  return Fold<sd::secondment::State>(
      exchange.lender,
      reader == exchange.lender ? feed : feed.substr(0, world.SeenOf(reader, exchange.lender)),
      exchange.id);
}

sd::secondment::HostWord HandshakeModel::Word(const World& world, const Exchange& exchange) const {
  return sd::assignment::WordOn(HostSide(world, exchange, exchange.lender), exchange.id);
}

sd::professional::State HandshakeModel::Ledger(const World& world, const Exchange& exchange) const {
  return Fold<sd::professional::State>(exchange.lender + 2, world.Feed(exchange.lender + 2),
                                       exchange.person);
}

absl::StatusOr<sd::Decision> HandshakeModel::Decide(const World& world, Step step,
                                                    const Exchange& exchange) {
  const bool lender = step == Step::kConfirm || step == Step::kRelease || step == Step::kWithdraw;
  sd::Context context = circle_.ContextOf(lender ? exchange.lender : exchange.host);
  const auto host = HostSide(world, exchange, exchange.host);
  const auto candidacy = LenderSide(world, exchange, exchange.host);
  switch (step) {
    case Step::kSelect:
      if (CountOf(host, exchange.id) >= kMaximumSelections) return absl::CancelledError();
      return sd::assignment::Select(host, candidacy, {}, context);
    case Step::kAccept:
      return Accept(world, exchange, context);
    case Step::kExpire:
      // Clocks may differ as they like: the time limit can have passed at any moment.
      context.now += absl::Hours(24 * 30);
      return sd::assignment::Expire(host, candidacy, context);
    case Step::kDecline:
      return sd::assignment::Decline(host, candidacy, {"toch niet"}, context);
    case Step::kConfirm:
      return Confirm(world, exchange, context);
    case Step::kRelease:
      return Release(world, exchange, context);
    case Step::kWithdraw:
      return sd::secondment::Withdraw(LenderSide(world, exchange, exchange.lender),
                                      {"niet meer vrij"}, context);
    default:
      return absl::CancelledError();
  }
}

absl::StatusOr<sd::Decision> HandshakeModel::Confirm(const World& world, const Exchange& exchange,
                                                     const sd::Context& context) {
  sd::professional::State ledger = Ledger(world, exchange);
  if (mutant_ == Mutant::kIgnoresTheLedger) ledger.reservations.clear();
  return sd::secondment::Confirm(LenderSide(world, exchange, exchange.lender), ledger,
                                 Word(world, exchange), Handshake::Consents(),
                                 circle_.Key(exchange.lender), context);
}

absl::StatusOr<sd::Decision> HandshakeModel::Release(const World& world, const Exchange& exchange,
                                                     const sd::Context& context) {
  sd::secondment::HostWord word = Word(world, exchange);
  if (mutant_ == Mutant::kReleasesByItsOwnClock) {
    for (auto& selection : word.selections) selection.status = SelectionStatus::kExpired;
  }
  return sd::secondment::Release(LenderSide(world, exchange, exchange.lender),
                                 Ledger(world, exchange), word, context);
}

absl::StatusOr<sd::Decision> HandshakeModel::Accept(const World& world, const Exchange& exchange,
                                                    const sd::Context& context) {
  const auto forgets = [&](const sd::PastEvent& event) {
    return event.event.has_selection_expired() || event.event.has_candidacy_declined();
  };
  const auto host = mutant_ == Mutant::kForgetsThatItExpired
                        ? Fold<sd::assignment::State>(exchange.host, world.Feed(exchange.host),
                                                      exchange.assignment, forgets)
                        : HostSide(world, exchange, exchange.host);
  return sd::assignment::Accept(host, LenderSide(world, exchange, exchange.host),
                                circle_.Key(exchange.host), context);
}

std::string HandshakeModel::Broken(const World& world) const {
  // Counted from the bare events, not by the code under test.
  std::set<std::string> accepted;
  for (const int host : {0, 1}) {
    int seats = 0;
    for (const char at : world.Feed(host)) {
      const sd::PastEvent& event = pool_[static_cast<uint8_t>(at)];
      if (!event.event.has_selection_accepted()) continue;
      accepted.insert(event.event.selection_accepted().exchange_id());
      if (++seats > 1) return "a seat was filled twice";
    }
  }
  std::set<std::string> reserved;
  for (const int feed : {4, 5}) {
    for (const char at : world.Feed(feed)) {
      const ev::Event& event = pool_[static_cast<uint8_t>(at)].event;
      if (event.has_hours_reserved()) reserved.insert(event.hours_reserved().exchange_id());
      if (event.has_hours_released()) reserved.erase(event.hours_released().exchange_id());
    }
  }
  const std::string first = exchanges_[0].id.bytes();
  const std::string second = exchanges_[1].id.bytes();
  if (reserved.count(first) + reserved.count(second) > 1) return "hours were reserved twice";
  if (accepted.count(first) + accepted.count(second) > 1) return "hours were promised twice";
  for (const std::string& exchange : accepted) {
    if (reserved.count(exchange) == 0) return "an accepted exchange has no hours";
  }
  return "";
}

std::string HandshakeModel::Text(const Action& action) const {
  static constexpr std::array kNames = {"sees one of", "sees all of", "select",
                                        "confirm",     "accept",      "expire",
                                        "decline",     "release",     "withdraw"};
  const std::string name = kNames[static_cast<size_t>(action.step)];
  if (action.step == Step::kSee || action.step == Step::kSeeAll) {
    return "member " + std::to_string(action.member) + " " + name + " member " +
           std::to_string(action.other);
  }
  return name + " exchange " + std::to_string(action.other);
}

HandshakeModel::Result HandshakeModel::Explore(size_t maximum_states) {
  Result result;
  std::vector<Node> nodes(1);
  std::unordered_set<std::string> known = {nodes[0].world.Key()};
  const std::vector<Action> actions = Actions();
  for (size_t at = 0; at < nodes.size() && nodes.size() < maximum_states; ++at) {
    for (const Action& action : actions) {
      const auto next = Take(nodes[at].world, action);
      if (!next || !known.insert(next->Key()).second) continue;
      nodes.push_back({*next, at, action, nodes[at].depth + 1});
      result.violation = Broken(*next);
      if (result.violation.empty()) continue;
      for (size_t node = nodes.size() - 1; node != 0; node = nodes[node].parent) {
        result.trace.insert(result.trace.begin(), Text(nodes[node].action));
      }
      result.states = nodes.size();
      return result;
    }
    result.exhausted = at + 1 == nodes.size();
  }
  result.states = nodes.size();
  result.depth = nodes.back().depth;
  return result;
}

}  // namespace tests::domain
