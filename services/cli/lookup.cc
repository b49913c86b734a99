#include "services/cli/lookup.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "eventstore/base/id.h"
#include "poolcirkel/api/v1/assignment_service.grpc.pb.h"
#include "poolcirkel/api/v1/circle_service.grpc.pb.h"
#include "poolcirkel/api/v1/professional_service.grpc.pb.h"
#include "poolcirkel/api/v1/secondment_service.grpc.pb.h"
#include "poolcirkel/api/v1/session_service.grpc.pb.h"
#include "services/cli/input.h"
#include "services/cli/text.h"

namespace services::cli {
namespace {

namespace api = poolcirkel::api::v1;
namespace base = eventstore::base;
namespace event = poolcirkel::event::v1;

constexpr size_t kShortestPart = 6;
constexpr int kMostHits = 500;
constexpr size_t kMostNamed = 4;

bool Fits(const std::string& text, const Candidate& candidate) {
  const std::string id = Lower(candidate.id);
  return id.starts_with(text) || id.ends_with(text) || Lower(candidate.name).starts_with(text);
}

absl::Status Ambiguous(const std::string& option, const std::string& what,
                       const std::vector<const Candidate*>& fitting) {
  std::string named;
  for (size_t i = 0; i < fitting.size() && i < kMostNamed; ++i) {
    absl::StrAppend(&named, i == 0 ? "" : ", ", ShortId(fitting[i]->id));
    if (!fitting[i]->name.empty()) absl::StrAppend(&named, " (", Clean(fitting[i]->name), ")");
  }
  if (fitting.size() > kMostNamed) named += ", …";
  return base::InvalidField(option, absl::StrCat("er is meer dan één ", what,
                                                 " die zo heet, begint of eindigt: ", named));
}

}  // namespace

bool IsWholeId(const std::string& text) { return base::FromUuidText(text).ok(); }

absl::StatusOr<std::string> Pick(const std::string& option, const std::string& what,
                                 const std::string& text,
                                 const std::vector<Candidate>& candidates) {
  const std::string wanted = Lower(text);
  if (wanted.size() < kShortestPart) {
    return base::InvalidField(option, "een id, of het begin of einde ervan van minstens 6 tekens");
  }
  std::vector<const Candidate*> exact;
  std::vector<const Candidate*> fitting;
  for (const Candidate& candidate : candidates) {
    if (Lower(candidate.id) == wanted) return candidate.id;
    if (Lower(candidate.name) == wanted) exact.push_back(&candidate);
    if (Fits(wanted, candidate)) fitting.push_back(&candidate);
  }
  if (!exact.empty()) fitting = std::move(exact);
  if (fitting.size() == 1) return fitting.front()->id;
  if (!fitting.empty()) return Ambiguous(option, what, fitting);
  return base::Refusal(absl::StatusCode::kNotFound, "ID_UNKNOWN",
                       "dit knooppunt kent geen " + what + " " + text)
      .Field(option, "begin of einde van een id, of begin van een naam")
      .Remedy("bekijk met list welke er zijn; is het net gemaakt, dan komt het zo")
      .Retry(absl::ZeroDuration());
}

absl::StatusOr<std::string> FindAssignment(Tool& tool, const std::string& text) {
  if (IsWholeId(text)) return text;
  api::ListAssignmentsRequest request;
  ASSIGN_OR_RETURN(*request.mutable_header(), tool.Query());
  request.add_statuses(api::ASSIGNMENT_STATUS_OPEN);
  request.add_statuses(api::ASSIGNMENT_STATUS_FILLED);
  request.add_statuses(api::ASSIGNMENT_STATUS_WITHDRAWN);
  ASSIGN_OR_RETURN(const auto answer, tool.Ask(&api::AssignmentService::Stub::List, request));
  std::vector<Candidate> candidates;
  for (const auto& row : answer.assignments()) {
    candidates.push_back({row.assignment_id(), row.assignment().title()});
  }
  return Pick("--assignment", "opdracht", text, candidates);
}

absl::StatusOr<std::string> FindOwnProfessional(Tool& tool, const std::string& text) {
  if (IsWholeId(text)) return text;
  api::ListOwnProfessionalsRequest request;
  ASSIGN_OR_RETURN(*request.mutable_header(), tool.Query());
  ASSIGN_OR_RETURN(const auto answer, tool.Ask(&api::ProfessionalService::Stub::ListOwn, request));
  std::vector<Candidate> candidates;
  for (const auto& row : answer.professionals()) {
    candidates.push_back({row.professional_id(), row.profile().pseudonym()});
  }
  return Pick("--professional", "professional", text, candidates);
}

absl::StatusOr<std::string> FindProfessional(Tool& tool, const std::string& text) {
  if (IsWholeId(text)) return text;
  api::SearchProfessionalsRequest request;
  ASSIGN_OR_RETURN(*request.mutable_header(), tool.Query());
  request.set_limit(kMostHits);
  ASSIGN_OR_RETURN(const auto answer, tool.Ask(&api::ProfessionalService::Stub::Search, request));
  std::vector<Candidate> candidates;
  for (const auto& hit : answer.hits()) {
    candidates.push_back({hit.professional_id(), hit.profile().pseudonym()});
  }
  return Pick("--professional", "professional", text, candidates);
}

absl::StatusOr<std::string> FindExchange(Tool& tool, const std::string& text) {
  if (IsWholeId(text)) return text;
  api::ListExchangesRequest request;
  ASSIGN_OR_RETURN(*request.mutable_header(), tool.Query());
  ASSIGN_OR_RETURN(const auto answer, tool.Ask(&api::SecondmentService::Stub::List, request));
  std::vector<Candidate> candidates;
  for (const auto& row : answer.exchanges()) candidates.push_back({row.exchange_id(), ""});
  return Pick("uitwisseling", "uitwisseling", text, candidates);
}

absl::StatusOr<std::string> FindSession(Tool& tool, const std::string& text) {
  if (IsWholeId(text)) return text;
  api::ListSessionsRequest request;
  ASSIGN_OR_RETURN(*request.mutable_header(), tool.Query());
  request.set_all(true);
  ASSIGN_OR_RETURN(const auto answer, tool.Ask(&api::SessionService::Stub::List, request));
  std::vector<Candidate> candidates;
  for (const auto& row : answer.sessions()) {
    candidates.push_back({row.session_id(), row.session().title()});
  }
  return Pick("sessie", "sessie", text, candidates);
}

absl::StatusOr<std::string> FindSignUp(Tool& tool, const std::string& text) {
  if (IsWholeId(text)) return text;
  api::ListSessionsRequest request;
  ASSIGN_OR_RETURN(*request.mutable_header(), tool.Query());
  request.set_all(true);
  ASSIGN_OR_RETURN(const auto answer, tool.Ask(&api::SessionService::Stub::List, request));
  std::vector<Candidate> candidates;
  for (const auto& row : answer.sessions()) {
    for (const auto& sign_up : row.sign_ups()) candidates.push_back({sign_up.sign_up_id(), ""});
  }
  return Pick("aanmelding", "aanmelding", text, candidates);
}

absl::StatusOr<event::Location> FindLocation(Tool& tool, const std::string& option,
                                             const std::string& text) {
  if (text.find('@') != std::string::npos) return ReadLocation(option, text);
  api::ShowCircleRequest request;
  ASSIGN_OR_RETURN(*request.mutable_circle(), tool.Circle());
  ASSIGN_OR_RETURN(const auto answer, tool.Ask(&api::CircleService::Stub::Show, request));
  for (const auto& member : answer.charter().members()) {
    if (member.short_name() != Lower(text)) continue;
    event::Location location;
    location.set_name(member.name());
    location.set_latitude_e4(member.position().latitude_e4());
    location.set_longitude_e4(member.position().longitude_e4());
    return location;
  }
  return ReadLocation(option, text);
}

}  // namespace services::cli
