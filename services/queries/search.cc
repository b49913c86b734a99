// Who is available: a request turned into criteria, and hits explained.
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "eventstore/base/clock.h"
#include "eventstore/base/errors.h"
#include "projections/views/availability/availability.h"
#include "projections/views/open_assignments/open_assignments.h"
#include "services/answers/answers.h"
#include "services/domain/weeks.h"
#include "services/queries/query_views.h"

namespace services::queries {

namespace v1 = poolcirkel::api::v1;
namespace views = projections::views;
using eventstore::base::InvalidField;
using poolcirkel::event::v1::Level;
using views::availability::Criteria;
using views::availability::Found;

namespace {

constexpr int kDefaultLimit = 20;
constexpr int kMaximumLimit = 500;
constexpr int kMaximumWeeks = 520;
constexpr int kMaximumSkills = 50;
constexpr int kMinutesPerWeek = 7 * 24 * 60;

// The request's own fields: each within its bounds.
absl::Status Check(const v1::SearchProfessionalsRequest& request) {
  std::vector<absl::Status> checks;
  if (request.limit() < 0 || request.limit() > kMaximumLimit) {
    checks.push_back(InvalidField("limit", absl::StrCat("is 0 tot en met ", kMaximumLimit)));
  }
  if (request.minimum_minutes_per_week() < 0 ||
      request.minimum_minutes_per_week() > kMinutesPerWeek) {
    checks.push_back(InvalidField("minimum_minutes_per_week", "is 0 tot en met 10080"));
  }
  if (request.maximum_distance_kilometres() < 0) {
    checks.push_back(InvalidField("maximum_distance_kilometres", "is niet negatief"));
  }
  if (request.skills_size() > kMaximumSkills) {
    checks.push_back(InvalidField("skills", absl::StrCat("zijn er hoogstens ", kMaximumSkills)));
  }
  return eventstore::base::Join(checks);
}

absl::StatusOr<std::optional<Criteria::Weeks>> WeeksOf(const std::string& start,
                                                       const std::string& end) {
  if (start.empty() && end.empty()) return std::optional<Criteria::Weeks>();
  if (start.empty()) return InvalidField("start_date", "is nodig bij een einddatum");
  if (end.empty()) return InvalidField("end_date", "is nodig bij een begindatum");
  const auto first = eventstore::base::ParseDate(start);
  if (!first.ok()) return InvalidField("start_date", "is een datum als 2026-12-31");
  const auto last = eventstore::base::ParseDate(end);
  if (!last.ok()) return InvalidField("end_date", "is een datum als 2026-12-31");
  if (*last < *first) return InvalidField("end_date", "ligt niet voor de begindatum");
  if (*last - *first > kMaximumWeeks * 7) {
    return InvalidField("end_date", "ligt hoogstens tien jaar na de begindatum");
  }
  for (const auto& day : {*first, *last}) {
    if (day.year() < 1971 || day.year() > 2198) {
      return InvalidField("start_date", "ligt tussen 1971 en 2198");
    }
  }
  return std::optional(
      Criteria::Weeks{eventstore::base::IsoWeekOf(*first), eventstore::base::IsoWeekOf(*last)});
}

// What the request leaves open, taken from its assignment.
void TakeFromAssignment(const poolcirkel::event::v1::AssignmentPublished& assignment,
                        v1::SearchProfessionalsRequest& request) {
  if (request.role().empty()) request.set_role(assignment.role());
  if (request.level() == poolcirkel::event::v1::LEVEL_UNSPECIFIED) {
    request.set_level(assignment.level());
  }
  if (request.start_date().empty()) request.set_start_date(assignment.start_date());
  if (request.end_date().empty()) request.set_end_date(assignment.end_date());
  if (request.minimum_minutes_per_week() == 0) {
    request.set_minimum_minutes_per_week(assignment.minutes_per_week());
  }
  if (!request.has_near() && assignment.has_location()) {
    *request.mutable_near() = assignment.location();
  }
}

absl::StatusOr<Criteria> CriteriaOf(const v1::SearchProfessionalsRequest& request) {
  Criteria criteria;
  criteria.role = request.role();
  criteria.level = request.level();
  criteria.required_skills.assign(request.skills().begin(), request.skills().end());
  ASSIGN_OR_RETURN(criteria.weeks, WeeksOf(request.start_date(), request.end_date()));
  criteria.minimum_minutes_per_week = request.minimum_minutes_per_week();
  if (criteria.minimum_minutes_per_week > 0 && !criteria.weeks.has_value()) {
    return InvalidField("start_date", "is nodig om uren per week te kunnen zoeken");
  }
  if (request.has_near()) criteria.near = request.near();
  criteria.maximum_distance_kilometres = request.maximum_distance_kilometres();
  if (criteria.maximum_distance_kilometres > 0 && !criteria.near.has_value()) {
    return InvalidField("near", "is nodig om op afstand te kunnen zoeken");
  }
  criteria.limit = static_cast<size_t>(request.limit() == 0 ? kDefaultLimit : request.limit());
  return criteria;
}

std::string LevelText(Level level) {
  switch (level) {
    case poolcirkel::event::v1::LEVEL_STRATEGIC:
      return "strategisch";
    case poolcirkel::event::v1::LEVEL_TACTICAL:
      return "tactisch";
    case poolcirkel::event::v1::LEVEL_OPERATIONAL:
      return "operationeel";
    default:
      return "niet opgegeven";
  }
}

void AddReason(v1::SearchHit& hit, std::string criterion, bool met, std::string explanation) {
  auto* reason = hit.add_reasons();
  reason->set_criterion(std::move(criterion));
  reason->set_met(met);
  reason->set_explanation(std::move(explanation));
}

std::string DistanceText(const Criteria& criteria, const Found& found) {
  if (!found.distance_kilometres.has_value()) return "standplaats onbekend";
  const std::string& place = criteria.near->name();
  std::string text = absl::StrCat(*found.distance_kilometres, " km van ",
                                  place.empty() ? "de gevraagde plek" : place);
  const int own = found.profile.maximum_distance_kilometres();
  if (own > 0) absl::StrAppend(&text, "; reist tot ", own, " km");
  return text;
}

void Explain(const Criteria& criteria, const Found& found, v1::SearchHit& hit) {
  if (!criteria.role.empty()) AddReason(hit, "rol", true, found.profile.role());
  if (criteria.level != poolcirkel::event::v1::LEVEL_UNSPECIFIED) {
    AddReason(hit, "niveau", true, LevelText(found.profile.level()));
  }
  for (const std::string& skill : criteria.required_skills) {
    AddReason(hit, "vaardigheid", true, skill);
  }
  if (!criteria.wished_skills.empty()) {
    const auto wished = static_cast<int>(criteria.wished_skills.size());
    AddReason(hit, "ervaring", found.wished_skills_met == wished,
              absl::StrCat(found.wished_skills_met, " van ", wished,
                           " vaardigheden die de opdracht noemt"));
  }
  if (criteria.weeks.has_value()) {
    AddReason(hit, "beschikbaarheid", true,
              absl::StrCat("in elke gevraagde week ten minste ",
                           domain::HoursText(found.least_free_minutes), " vrij"));
  }
  if (criteria.near.has_value()) {
    AddReason(hit, "afstand", found.distance_kilometres.has_value(), DistanceText(criteria, found));
  }
}

v1::SearchHit HitOf(const membership::Circle& circle, const Criteria& criteria,
                    const Found& found) {
  v1::SearchHit hit;
  hit.set_professional_id(eventstore::base::ToText(found.id));
  *hit.mutable_home() = answers::NameOf(circle, found.feed.member);
  *hit.mutable_profile() = found.profile;
  hit.set_least_free_minutes(found.least_free_minutes);
  hit.set_distance_kilometres(found.distance_kilometres.value_or(0));
  hit.set_score(found.score);
  Explain(criteria, found, hit);
  return hit;
}

// Who cannot lend: a suspended member's node confirms nothing.
std::vector<eventstore::log::MemberId> LeftOut(const membership::Circle& circle, bool others_only) {
  std::vector<eventstore::log::MemberId> left_out;
  for (const auto& member : circle.Members()) {
    const bool is_self = member == circle.self;
    if (is_self ? others_only : circle.IsSuspended(member)) left_out.push_back(member);
  }
  return left_out;
}

absl::Status AssignmentUnknown(const std::string& id) {
  return eventstore::base::Refusal(absl::StatusCode::kNotFound, "ASSIGNMENT_UNKNOWN",
                                   "deze opdracht is hier niet bekend")
      .Metadata("assignment_id", id)
      .Remedy("kijk met `poolcirkel assignment list` welke er zijn");
}

}  // namespace

absl::StatusOr<v1::SearchProfessionalsResponse> QueryViews::SearchProfessionals(
    const v1::SearchProfessionalsRequest& given, absl::Time deadline) {
  RETURN_IF_ERROR(Check(given));
  const std::string view = views::availability::kViewName;
  const std::string assignments = views::open_assignments::kViewName;
  ASSIGN_OR_RETURN(const auto circle,
                   answers::Prepare(*options_.circles, *options_.engine, given.header(), deadline,
                                    {view, assignments}));
  v1::SearchProfessionalsRequest request = given;
  std::vector<poolcirkel::event::v1::Concept> wished;
  if (!request.assignment_id().empty()) {
    ASSIGN_OR_RETURN(const auto id, answers::ParseId("assignment_id", request.assignment_id()));
    const auto before = options_.engine->Read();
    ASSIGN_OR_RETURN(const auto* reader, before->View(assignments));
    ASSIGN_OR_RETURN(const auto assignment, views::open_assignments::Find(*reader, circle->id, id));
    if (!assignment.has_value()) return AssignmentUnknown(request.assignment_id());
    TakeFromAssignment(assignment->assignment, request);
    const auto& skills = assignment->assignment.skills();
    wished.assign(skills.begin(), skills.end());
  }
  ASSIGN_OR_RETURN(Criteria criteria, CriteriaOf(request));
  criteria.wished_skills = std::move(wished);
  criteria.leave_out = LeftOut(*circle, request.others_only());
  ASSIGN_OR_RETURN(const auto result, search_index_.Search(circle->id, criteria));
  v1::SearchProfessionalsResponse response;
  for (const Found& found : result.found) {
    *response.add_hits() = HitOf(*circle, criteria, found);
  }
  response.set_total(result.total);
  response.set_unreadable(result.unreadable);
  ASSIGN_OR_RETURN(const auto* reader, result.snapshot->View(view));
  *response.mutable_footer() = answers::FooterOf(*result.snapshot, {reader}, circle->id);
  return response;
}

}  // namespace services::queries
