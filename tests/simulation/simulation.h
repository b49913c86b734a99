#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "eventstore/crypto/digest.h"
#include "tests/simulation/network.h"
#include "tests/simulation/node.h"

namespace tests::simulation {

class Simulation;

// What a seed leads to, and how it is to be looked at.
struct Options {
  uint64_t seed = 0;
  Seams seams;
  int steps = 40;
  // A member that lies, on top of all else; see lies.h. Called once after the circles
  // stand, and then before each step.
  std::function<void(Simulation&, int step)> lie;
  // At the end: the harm that the lie did.
  std::function<std::string(Simulation&)> harm;
  // This node's log may be anything: what holds for honest members does not for it.
  std::optional<size_t> liar;
  // The liar keeps back what the others of circle 0 need of it, so that they may wait for
  // ever: what is asked there is only that nothing wrong happens.
  bool liar_withholds = false;
  // Without failures of disks, network and power.
  bool calm = false;
  // The disk that is lost is of a member of circle 0, when others heard of events that they
  // could not fetch: nobody has those any more.
  bool lose_an_end = false;
};

// Who is in a circle; the first coordinates.
struct Circle {
  std::string name;
  std::vector<size_t> members;
  eventstore::log::CircleId id;
};

// What the workload made so far, as far as somebody was told.
struct Person {
  size_t circle = 0;
  size_t home = 0;
  std::string id;      // in the circle
  std::string canary;  // 32 bytes that stand in the name and nowhere else
  bool erased = false;
  // Home's disk was lost since: it may not know the person, nor an order to erase.
  bool order_lost = false;
};
struct Assignment {
  size_t circle = 0;
  size_t host = 0;
  std::string id;
};
struct Exchange {
  size_t circle = 0;
  size_t lender = 0;
  size_t host = 0;
  std::string id;
  // Somebody lied about it, so it may be blocked.
  bool spoiled = false;
};
struct Session {
  size_t circle = 0;
  size_t host = 0;
  std::string id;
};
struct SignUp {
  size_t circle = 0;
  size_t member = 0;
  std::string id;
};
struct Made {
  std::vector<Person> people;
  std::vector<Assignment> assignments;
  std::vector<Exchange> exchanges;
  std::vector<Session> sessions;
  std::vector<SignUp> sign_ups;
};

// A whole network of members in one thread: two circles that share one of them. All that
// happens follows from the seed.
class Simulation {
 public:
  explicit Simulation(Options options);
  ~Simulation();

  // What broke first; empty when everything held.
  std::string Run();

  // Over all events and decisions.
  std::string digest() const;
  const std::vector<std::string>& trace() const { return trace_; }

  // ---- for the workload, the liars and the checkers ----

  const Options& options() const { return options_; }
  std::vector<std::unique_ptr<Node>>& nodes() { return nodes_; }
  Node& NodeAt(size_t number) { return *nodes_[number]; }
  bool IsHonest(size_t node) const { return options_.liar != node; }
  // Whether nothing may be left to be done in the circle at the end.
  bool MustFinish(size_t circle) const { return circle != 0 || !options_.liar_withholds; }
  Network& network() { return *network_; }
  const std::vector<Circle>& circles() const { return circles_; }
  Made& made() { return made_; }
  testing::ManualClock& clock() { return clock_; }
  std::mt19937_64& random() { return random_; }
  size_t Random(size_t below) { return below == 0 ? 0 : random_() % below; }
  // As a running node knows it, also before its own feed is back; nullptr: not in it.
  services::membership::CirclePtr CircleAt(size_t node, size_t circle);

  void Note(std::string line);
  // Remembers the first thing that broke.
  void Fail(const std::string& what);
  bool failed() const { return !failure_.empty(); }
  // When the power of its disk failed it goes down.
  void AfterStep(Node& node);
  void Kill(Node& node);
  void Start(Node& node);

 private:
  void Found(Circle& circle);
  void Step(int step);
  void Disturb();
  void DisturbTime();
  // A node loses its disk, and gets an empty one or a copy of an earlier moment.
  void PutBack(Node& node);
  void LoseAnEnd(int step);
  // Whether others of that circle heard of more of the node's feeds than they hold.
  bool OthersHeardOfMore(const Node& node, size_t circle);
  // The node is down, and starts with another disk: empty, or the copy that was made.
  void LoseDisk(Node& node, bool empty);
  // What an administrator does for a member that has but one other to confirm its head.
  void Override();
  // Everything works again; time passes until nothing is left to be done.
  void Heal();
  void CheckPromised(Node& node);

  const Options options_;
  const std::string folder_;
  testing::ManualClock clock_;
  std::mt19937_64 random_;
  std::vector<std::unique_ptr<Node>> nodes_;
  std::unique_ptr<Network> network_;
  std::vector<Circle> circles_;
  Made made_;
  absl::Duration jumped_;
  // Of an earlier moment, by node.
  std::map<size_t, std::map<std::string, std::string>> copies_;
  bool put_back_ = false;
  std::vector<std::string> trace_;
  eventstore::crypto::Digest digest_;
  std::string failure_;
};

}  // namespace tests::simulation
