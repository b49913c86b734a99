#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/services/domain/circle_of_nodes.h"

// Every way in which a small circle can go: two hosts with one seat each, two lenders, and
// a professional who fits in one of two assignments only. What the members write is
// decided by the real deciders; each sees the others' feeds as late as it likes.
namespace tests::domain {

// A way of getting the rules wrong; each must be found out.
enum class Mutant {
  kNone,
  // The lender frees the hours by its own clock, without a word of the host.
  kReleasesByItsOwnClock,
  // The host forgets that a selection expired or was declined, and accepts it.
  kForgetsThatItExpired,
  // The lender does not look in its ledger.
  kIgnoresTheLedger,
};

class HandshakeModel {
 public:
  struct Result {
    size_t states = 0;
    bool exhausted = false;  // nothing was left to explore
    int depth = 0;
    // The first broken promise, and the shortest way to it.
    std::string violation;
    std::vector<std::string> trace;
  };

  explicit HandshakeModel(Mutant mutant);

  // Breadth first, at most `maximum_states` different states.
  Result Explore(size_t maximum_states);

 private:
  // Hosts 0 and 1, lenders 2 and 3; a member's feed has its number, the lenders' private
  // feeds are 4 and 5.
  static constexpr int kMembers = 4;
  static constexpr int kFeeds = 6;

  enum class Step {
    kSee,
    kSeeAll,
    kSelect,
    kConfirm,
    kAccept,
    kExpire,
    kDecline,
    kRelease,
    kWithdraw
  };
  struct Action {
    Step step;
    int member = 0;  // who sees; otherwise the exchange says who
    int other = 0;   // whose feed is seen; otherwise the exchange
  };
  // The events since the beginning, as places in `pool_`, and how far each member sees.
  struct World {
    std::array<std::string, kFeeds> feeds;
    std::array<uint8_t, kMembers * kMembers> seen{};

    uint8_t& Seen(int member, int feed) {
      return seen[static_cast<size_t>(member * kMembers + feed)];
    }
    size_t SeenOf(int member, int feed) const {
      return seen[static_cast<size_t>(member * kMembers + feed)];
    }
    const std::string& Feed(int feed) const { return feeds[static_cast<size_t>(feed)]; }
    std::string Key() const;
  };
  struct Exchange {
    StreamId id;
    StreamId assignment;
    StreamId person;
    int host = 0;
    int lender = 0;
  };
  // What a step adds to feeds; nothing when it is refused.
  struct Effect {
    std::vector<std::pair<int, char>> events;
  };
  struct Node {
    World world;
    size_t parent = 0;
    Action action{};
    int depth = 0;
  };

  std::vector<Action> Actions() const;
  // The next world, or nothing when the step cannot be taken.
  std::optional<World> Take(const World& world, const Action& action);
  std::optional<World> See(const World& world, const Action& action) const;
  const Effect& EffectOf(const World& world, const Action& action);
  absl::StatusOr<sd::Decision> Decide(const World& world, Step step, const Exchange& exchange);
  absl::StatusOr<sd::Decision> Release(const World& world, const Exchange& exchange,
                                       const sd::Context& context);
  absl::StatusOr<sd::Decision> Confirm(const World& world, const Exchange& exchange,
                                       const sd::Context& context);
  absl::StatusOr<sd::Decision> Accept(const World& world, const Exchange& exchange,
                                      const sd::Context& context);

  using Skip = std::function<bool(const sd::PastEvent&)>;
  template <typename State>
  State Fold(int feed, const std::string& events, const StreamId& stream,
             const Skip& skip = nullptr) const;
  sd::assignment::State HostSide(const World& world, const Exchange& exchange, int reader) const;
  sd::secondment::State LenderSide(const World& world, const Exchange& exchange, int reader) const;
  sd::secondment::HostWord Word(const World& world, const Exchange& exchange) const;
  sd::professional::State Ledger(const World& world, const Exchange& exchange) const;

  char Intern(int feed, const sd::NewEvent& event);
  // Empty when all promises hold.
  std::string Broken(const World& world) const;
  std::string Text(const Action& action) const;

  const Mutant mutant_;
  Handshake circle_{kMembers};
  std::vector<Exchange> exchanges_;
  std::array<std::vector<sd::PastEvent>, kFeeds> beginning_;
  std::vector<sd::PastEvent> pool_;
  std::map<std::string, char> interned_;
  std::map<std::string, Effect> effects_;
};

}  // namespace tests::domain
