#include "tests/simulation/workload.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "eventstore/base/id.h"

namespace tests::simulation {
namespace {

namespace api = poolcirkel::api::v1;
namespace event = poolcirkel::event::v1;

constexpr int32_t kFullWeek = 24 * 60;
const absl::Time kNoDeadline = absl::InfiniteFuture();

services::commands::Actor Coordinator() { return {"coordinator", "pool_coordinator", ""}; }

template <typename Request>
Request WithHeader(const std::string& circle, const std::string& request_id) {
  Request request;
  request.mutable_header()->set_circle(circle);
  request.mutable_header()->set_request_id(request_id);
  return request;
}

// The id of the receipt.
template <typename Response>
absl::StatusOr<std::string> IdOf(const absl::StatusOr<Response>& response) {
  if (!response.ok()) return response.status();
  return response->receipt().id();
}

event::AssignmentPublished SampleAssignment(uint32_t seats) {
  event::AssignmentPublished assignment;
  assignment.set_title("Interim-manager dienstverlening");
  assignment.set_role("interim-manager");
  assignment.set_level(event::LEVEL_TACTICAL);
  assignment.mutable_location()->set_name("Rotterdam");
  assignment.mutable_location()->set_latitude_e4(519225);
  assignment.mutable_location()->set_longitude_e4(44792);
  assignment.set_start_date("2026-12-07");
  assignment.set_end_date("2026-12-27");
  assignment.set_minutes_per_week(kFullWeek);
  assignment.set_seats(seats);
  assignment.mutable_tariff()->set_kind(event::TARIFF_KIND_HOURLY);
  assignment.mutable_tariff()->set_eurocents_per_hour(9500);
  assignment.set_client("Cluster Dienstverlening");
  return assignment;
}

template <typename Weeks>
void AddWeeks(int32_t minutes, Weeks& weeks) {
  for (int week = 50; week <= 52; ++week) {
    auto& one = *weeks.Add();
    one.set_iso_year(2026);
    one.set_iso_week(week);
    one.set_minutes(minutes);
  }
}

}  // namespace

void Workload::Act() {
  if (!unanswered_.empty() && simulation_.Random(3) == 0) {
    const size_t which = simulation_.Random(unanswered_.size());
    if (simulation_.NodeAt(unanswered_[which].node).IsRunning()) {
      Unanswered again = std::move(unanswered_[which]);
      unanswered_.erase(unanswered_.begin() + static_cast<ptrdiff_t>(which));
      Try(std::move(again));
      return;
    }
  }
  for (const auto& node : simulation_.nodes()) {
    // Draws nothing in runs without a loss: they stay what they were.
    if (node->was_put_back && node->IsRunning() && simulation_.Random(3) == 0) {
      return RestateCapacity(node->number);
    }
  }
  const Made& made = simulation_.made();
  const size_t choice = simulation_.Random(100);
  // Few of each, so that they get in each other's way.
  if (made.assignments.size() < 3 || (choice < 4 && made.assignments.size() < 6)) return Publish();
  if (made.people.size() < 2 || (choice < 8 && made.people.size() < 4)) return Register();
  if (made.exchanges.size() < 3 || choice < 22) return Propose();
  if (choice < 84) return Handshake();
  if (choice < 86) return Withdraw();
  if (choice < 89) return StateCapacity(Any(made.people));
  if (choice < 91) return Erase();
  // The liar's own feeds and keys stay what the lies know.
  if (choice >= 96 && !simulation_.options().liar.has_value()) return ChangeCircle();
  Sessions();
}

void Workload::Execute(size_t node, std::string name, Command command, Keep keep) {
  Ask(node, std::move(name), std::move(command), std::move(keep), true);
}

std::string NewRequestId(Simulation& simulation) {
  std::string bytes(16, '\0');
  for (char& byte : bytes) byte = static_cast<char>(1 + simulation.Random(255));
  return eventstore::base::ToUuidText(bytes);
}

void Workload::Ask(size_t node, std::string name, Command command, Keep keep, bool insists) {
  if (!simulation_.NodeAt(node).IsRunning()) return;
  Try({node, std::move(name), NewRequestId(simulation_), std::move(command), std::move(keep),
       insists});
}

void Workload::Try(Unanswered request) {
  Node& node = simulation_.NodeAt(request.node);
  const auto result = request.command(node, request.request_id);
  simulation_.Note(absl::StrCat(
      request.name, " at ", request.node, " ",
      result.ok() ? *result
                  : absl::StrCat(absl::StatusCodeToString(result.status().code()), " ",
                                 eventstore::base::DetailsOf(result.status()).reason)));
  if (result.ok()) {
    if (request.keep) request.keep(*result);
    if (simulation_.Random(5) == 0) CheckRepeat(request, *result);
  }
  simulation_.network().PassOn(node);
  const bool went_down = node.disk.is_cut();
  simulation_.AfterStep(node);
  // Whether it happened is not known: the same request is asked again.
  if (!result.ok() && went_down && request.insists) unanswered_.push_back(std::move(request));
}

// The same request twice is one.
void Workload::CheckRepeat(const Unanswered& request, const std::string& id) {
  Node& node = simulation_.NodeAt(request.node);
  if (node.disk.is_cut()) return;
  const auto again = request.command(node, request.request_id);
  if (again.ok() && *again == id) return;
  simulation_.Fail(absl::StrCat("(x) repeated, ", request.name, " answered ",
                                again.ok() ? *again : again.status().ToString(), " instead of ",
                                id));
}

void Workload::Publish() {
  const size_t circle = simulation_.Random(simulation_.circles().size());
  const size_t host = Any(simulation_.circles()[circle].members);
  const auto seats = static_cast<uint32_t>(1 + simulation_.Random(2));
  const std::string name = simulation_.circles()[circle].name;
  Execute(
      host, "publish",
      [name, seats](Node& node, const std::string& id) {
        auto request = WithHeader<api::PublishAssignmentRequest>(name, id);
        *request.mutable_assignment() = SampleAssignment(seats);
        return IdOf(node.node->assignments->Publish(request, Coordinator(), kNoDeadline));
      },
      [this, circle, host](const std::string& id) {
        simulation_.made().assignments.push_back({circle, host, id});
      });
}

void Workload::Register() {
  const Made& made = simulation_.made();
  size_t circle = simulation_.Random(simulation_.circles().size());
  size_t home = Any(simulation_.circles()[circle].members);
  std::string canary = NewCanary();
  // The member of both circles offers the same person in the other one too.
  if (!made.people.empty() && simulation_.Random(2) == 0 && Any(made.people).home == 2) {
    for (const Person& person : made.people) {
      if (person.home != 2 || person.erased) continue;
      circle = 1 - person.circle;
      home = 2;
      canary = person.canary;
    }
  }
  RegisterAt(circle, home, canary);
}

std::string Workload::NewCanary() {
  std::string canary;
  for (int i = 0; i < 32; ++i) {
    canary.push_back(static_cast<char>('A' + simulation_.Random(26)));
  }
  return canary;
}

void Workload::RegisterAt(size_t circle, size_t home, const std::string& canary) {
  const std::string name = simulation_.circles()[circle].name;
  Execute(
      home, "register",
      [name, canary](Node& node, const std::string& id) {
        auto request = WithHeader<api::RegisterProfessionalRequest>(name, id);
        request.mutable_identity()->set_name("Persoon " + canary);
        request.mutable_profile()->set_pseudonym("Reiger " + canary.substr(0, 8));
        request.mutable_profile()->set_role("interim-manager");
        request.mutable_profile()->set_level(event::LEVEL_TACTICAL);
        AddWeeks(kFullWeek, *request.mutable_capacity());
        return IdOf(node.node->professionals->Register(request, Coordinator(), kNoDeadline));
      },
      [this, circle, home, canary](const std::string& id) {
        simulation_.made().people.push_back({circle, home, id, canary});
      });
}

void Workload::Propose() {
  const Made& made = simulation_.made();
  std::vector<std::pair<Person, Assignment>> fitting;
  for (const Person& one : made.people) {
    for (const Assignment& other : made.assignments) {
      const bool fits = one.circle == other.circle && one.home != other.host;
      if (fits && simulation_.NodeAt(one.home).IsRunning()) fitting.emplace_back(one, other);
    }
  }
  // Of members who cannot come together nothing more can come.
  if (fitting.empty()) return simulation_.Random(2) == 0 ? Publish() : Register();
  const auto [person, assignment] = Any(fitting);
  const std::string name = simulation_.circles()[person.circle].name;
  Execute(
      person.home, "propose",
      [name, person = person, assignment = assignment](Node& node, const std::string& id) {
        auto request = WithHeader<api::ProposeSecondmentRequest>(name, id);
        request.set_assignment_id(assignment.id);
        request.set_professional_id(person.id);
        request.set_motivation("Heeft dit eerder gedaan.");
        return IdOf(node.node->secondments->Propose(request, Coordinator(), kNoDeadline));
      },
      [this, person = person, assignment = assignment](const std::string& id) {
        simulation_.made().exchanges.push_back({person.circle, person.home, assignment.host, id});
      });
}

void Workload::StateCapacity(const Person& person) {
  const std::string name = simulation_.circles()[person.circle].name;
  const int32_t minutes = simulation_.Random(2) == 0 ? kFullWeek : kFullWeek / 2;
  const std::string about = person.id;
  Execute(person.home, "capacity", [=](Node& node, const std::string& id) {
    auto request = WithHeader<api::StateCapacityRequest>(name, id);
    request.set_professional_id(about);
    AddWeeks(minutes, *request.mutable_weeks());
    return IdOf(node.node->professionals->StateCapacity(request, Coordinator(), kNoDeadline));
  });
}

void Workload::Erase() {
  const Person person = Any(simulation_.made().people);
  const std::string name = simulation_.circles()[person.circle].name;
  Execute(
      person.home, "erase",
      [=](Node& node, const std::string& id) {
        auto request = WithHeader<api::EraseRequest>(name, id);
        request.set_professional_id(person.id);
        request.set_ground(event::ERASURE_GROUND_REQUEST);
        return IdOf(node.node->erasures->Erase(request, Coordinator(), kNoDeadline));
      },
      [this, person](const std::string&) {
        for (Person& one : simulation_.made().people) {
          if (one.canary == person.canary) one.erased = true;
        }
      });
}

}  // namespace tests::simulation
