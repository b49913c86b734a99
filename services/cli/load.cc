#include "services/cli/load.h"

#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "eventstore/base/errors.h"
#include "poolcirkel/api/v1/assignment_service.grpc.pb.h"
#include "poolcirkel/api/v1/circle_service.grpc.pb.h"
#include "poolcirkel/api/v1/professional_service.grpc.pb.h"
#include "poolcirkel/api/v1/session_service.grpc.pb.h"
#include "services/cli/nouns.h"
#include "services/cli/text.h"

namespace services::cli {
namespace {

namespace api = poolcirkel::api::v1;

struct Counts {
  size_t professionals = 0;
  size_t assignments = 0;
  size_t sessions = 0;
  size_t repeated = 0;
};

struct Sender {
  Tool& tool;
  Counts& counts;

  template <typename Answer>
  absl::Status Count(const absl::StatusOr<Answer>& answer, size_t& count) const {
    if (!answer.ok()) return answer.status();
    ++(answer->receipt().repeated() ? counts.repeated : count);
    return absl::OkStatus();
  }
  absl::Status operator()(const api::RegisterProfessionalRequest& request) const {
    return Count(tool.Ask(&api::ProfessionalService::Stub::Register, request),
                 counts.professionals);
  }
  absl::Status operator()(const api::PublishAssignmentRequest& request) const {
    return Count(tool.Ask(&api::AssignmentService::Stub::Publish, request), counts.assignments);
  }
  absl::Status operator()(const api::AnnounceSessionRequest& request) const {
    return Count(tool.Ask(&api::SessionService::Stub::Announce, request), counts.sessions);
  }
};

// The short name of the member whose node this is, in the circle.
absl::StatusOr<std::string> Self(Tool& tool, const std::string& circle) {
  api::ShowCircleRequest request;
  request.set_circle(circle);
  ASSIGN_OR_RETURN(const auto answer, tool.Ask(&api::CircleService::Stub::Show, request));
  return answer.self().short_name();
}

void PrintCounts(Tool& tool, const Counts& counts, const std::string& member) {
  if (tool.progress != nullptr) tool.progress->Stop();
  if (tool.globals.json) {
    tool.out() << R"({"professionals":)" << counts.professionals << R"(,"assignments":)"
               << counts.assignments << R"(,"sessions":)" << counts.sessions << R"(,"repeated":)"
               << counts.repeated << "}\n";
    return;
  }
  tool.out() << Clean(member) << ": " << counts.professionals << " professionals, "
             << counts.assignments << " opdrachten en " << counts.sessions << " sessies ingelezen";
  if (counts.repeated > 0) tool.out() << "; " << counts.repeated << " stonden er al";
  tool.out() << ".\n";
}

absl::Status Load(Tool& tool, const std::vector<std::string>& paths) {
  ASSIGN_OR_RETURN(const std::string circle, tool.Circle());
  ASSIGN_OR_RETURN(const std::string member, Self(tool, circle));
  std::vector<LoadRequest> requests;
  for (const std::string& path : paths) {
    ASSIGN_OR_RETURN(const std::string json, ReadInput(path));
    ASSIGN_OR_RETURN(auto rows, ReadRows(json, path, member, circle));
    std::move(rows.begin(), rows.end(), std::back_inserter(requests));
  }
  Counts counts;
  for (size_t i = 0; i < requests.size(); ++i) {
    if (tool.progress != nullptr) tool.progress->Show("inlezen bij " + member, i, requests.size());
    RETURN_IF_ERROR(std::visit(Sender{tool, counts}, requests[i]));
  }
  PrintCounts(tool, counts, member);
  return absl::OkStatus();
}

}  // namespace

void AddLoad(CLI::App* root, Tool& tool) {
  CLI::App* load = AddVerb(root, "load", "Lees professionals, opdrachten en sessies in uit JSON",
                           "poolcirkel load professionals.json assignments.json");
  load->group("Onderwerpen");
  const auto paths = std::make_shared<std::vector<std::string>>();
  load->add_option("bestand", *paths, "Lijsten als die van deploy/sample/generate")->required();
  OnChosen(tool, load, [&tool, paths] { return Load(tool, *paths); });

  CLI::App* sample = AddNoun(root, "sample", "Voorbeeldgegevens");
  CLI::App* verb = AddVerb(sample, "load", "Lees in wat bij dit lid hoort van de voorbeeldgegevens",
                           "poolcirkel sample load DIR");
  const auto folder = std::make_shared<std::string>();
  verb->add_option("map", *folder, "Map die deploy/sample/generate schreef")->required();
  OnChosen(tool, verb, [&tool, folder] {
    return Load(tool, {*folder + "/professionals.json", *folder + "/assignments.json",
                       *folder + "/sessions.json"});
  });
}

}  // namespace services::cli
