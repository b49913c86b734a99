#include "services/cli/lookup.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
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

// Fewer characters of an id, or of a word, fit something else by chance.
constexpr size_t kShortestPart = 6;
constexpr size_t kShortestWord = 3;
constexpr int kMostHits = 500;
constexpr size_t kMostNamed = 4;

bool IsLetter(char byte) {
  return absl::ascii_isalnum(static_cast<unsigned char>(byte)) ||
         !absl::ascii_isascii(static_cast<unsigned char>(byte));
}

// Whether the name has `text`, in lower case, where one of its words begins.
bool HasWord(const std::string& name, const std::string& text) {
  for (size_t at = name.find(text); at != std::string::npos; at = name.find(text, at + 1)) {
    if (at == 0 || !IsLetter(name[at - 1])) return true;
  }
  return false;
}

bool Fits(const std::string& text, const Candidate& candidate) {
  const std::string id = Lower(candidate.id);
  const bool part = id.starts_with(text) || id.ends_with(text);
  if (part && text.size() >= kShortestPart) return true;
  return text.size() >= kShortestWord && HasWord(Lower(candidate.name), text);
}

absl::Status TooShort(const std::string& option) {
  return base::InvalidField(
      option, "een naam of het begin van een woord erin; van een id begin of einde van 6 tekens");
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

namespace {

absl::StatusOr<Candidate> PickCandidate(const std::string& option, const std::string& what,
                                        const std::string& text,
                                        const std::vector<Candidate>& candidates) {
  const std::string wanted = Lower(text);
  if (wanted.empty()) return TooShort(option);
  std::vector<const Candidate*> exact;
  std::vector<const Candidate*> fitting;
  for (const Candidate& candidate : candidates) {
    if (Lower(candidate.id) == wanted) return candidate;
    if (Lower(candidate.name) == wanted) exact.push_back(&candidate);
    if (Fits(wanted, candidate)) fitting.push_back(&candidate);
  }
  if (!exact.empty()) fitting = std::move(exact);
  const auto withdrawn = [](const Candidate* candidate) { return candidate->was_withdrawn; };
  if (!std::ranges::all_of(fitting, withdrawn)) std::erase_if(fitting, withdrawn);
  if (fitting.size() == 1) return *fitting.front();
  if (!fitting.empty()) return Ambiguous(option, what, fitting);
  if (wanted.size() < kShortestPart) return TooShort(option);
  return base::Refusal(absl::StatusCode::kNotFound, "ID_UNKNOWN",
                       "dit knooppunt kent geen " + what + " " + text)
      .Field(option, "begin of einde van een id, of woorden van een naam")
      .Remedy("bekijk met list welke er zijn; is het net gemaakt, dan komt het zo")
      .Retry(absl::ZeroDuration());
}

absl::StatusOr<std::vector<Candidate>> OwnProfessionals(Tool& tool) {
  api::ListOwnProfessionalsRequest request;
  ASSIGN_OR_RETURN(*request.mutable_header(), tool.Query());
  ASSIGN_OR_RETURN(const auto answer, tool.Ask(&api::ProfessionalService::Stub::ListOwn, request));
  std::vector<Candidate> candidates;
  for (const auto& row : answer.professionals()) {
    candidates.push_back({row.professional_id(), row.profile().pseudonym()});
  }
  return candidates;
}

}  // namespace

absl::StatusOr<std::string> Pick(const std::string& option, const std::string& what,
                                 const std::string& text,
                                 const std::vector<Candidate>& candidates) {
  ASSIGN_OR_RETURN(const Candidate picked, PickCandidate(option, what, text, candidates));
  return picked.id;
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
    candidates.push_back({row.assignment_id(), row.assignment().title(),
                          row.status() == api::ASSIGNMENT_STATUS_WITHDRAWN});
  }
  return Pick("--assignment", "opdracht", text, candidates);
}

absl::StatusOr<std::string> FindOwnProfessional(Tool& tool, const std::string& text) {
  if (IsWholeId(text)) return text;
  ASSIGN_OR_RETURN(const auto candidates, OwnProfessionals(tool));
  return Pick("--professional", "eigen professional", text, candidates);
}

absl::StatusOr<Candidate> FindWhom(Tool& tool, const std::string& text) {
  if (IsWholeId(text)) return Candidate{text, ""};
  ASSIGN_OR_RETURN(const auto candidates, OwnProfessionals(tool));
  return PickCandidate("--professional", "eigen professional", text, candidates);
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
