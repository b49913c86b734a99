#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/simulation/simulation.h"

namespace tests::simulation {

// Members that ask their nodes for random things, by the commands that users have.
class Workload {
 public:
  explicit Workload(Simulation& simulation) : simulation_(simulation) {}

  // One request, or one more try of a request whose node went down under it.
  void Act();

 private:
  // Executes at a node under a request id; the id of what it made.
  using Command = std::function<absl::StatusOr<std::string>(Node&, const std::string& request_id)>;
  using Keep = std::function<void(const std::string& id)>;
  struct Unanswered {
    size_t node;
    std::string name;
    std::string request_id;
    Command command;
    Keep keep;
    // Asked again when the node went down under it.
    bool insists = true;
  };

  void Execute(size_t node, std::string name, Command command, Keep keep = {});
  void Ask(size_t node, std::string name, Command command, Keep keep, bool insists);
  void Try(Unanswered request);
  void CheckRepeat(const Unanswered& request, const std::string& id);

  void Publish();
  void Register();
  void RegisterAt(size_t circle, size_t home, const std::string& canary);
  std::string NewCanary();
  void Propose();
  // The next step of an exchange, or any other.
  void Handshake();
  void HandshakeStep(const Exchange& exchange, size_t step);
  void Withdraw();
  void StateCapacity(const Person& person);
  void Sessions();
  void SignUpForOne();
  void Erase();
  // What a coordinator does who may promise nothing after a loss, as far as it can: states what
  // its people can do, registers them anew, vouches for it. workload_circle.cc, like the next.
  void RestateCapacity(size_t node);
  // Another charter, or the end of an epoch.
  void ChangeCircle();
  void ProposeCharter(size_t circle);
  void EndEpoch(size_t circle);

  template <typename T>
  const T& Any(const std::vector<T>& list) {
    return list[simulation_.Random(list.size())];
  }

  Simulation& simulation_;
  std::vector<Unanswered> unanswered_;
};

std::string NewRequestId(Simulation& simulation);

// What the others of a circle do for a member that lost its end for good: the next step of
// going on in a new epoch, under a key that it made. workload_circle.cc.
void GoOnWithoutTheEnd(Simulation& simulation);

}  // namespace tests::simulation
