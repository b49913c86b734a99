#include "services/queries/queries.h"

#include <algorithm>
#include <set>
#include <string>

#include "eventstore/base/errors.h"
#include "projections/views/availability/availability.h"
#include "projections/views/erasures/erasures.h"
#include "projections/views/exchanges/exchanges.h"
#include "projections/views/knowledge/knowledge.h"
#include "projections/views/open_assignments/open_assignments.h"
#include "services/answers/answers.h"
#include "services/queries/query_views.h"

namespace services::queries {

namespace v1 = poolcirkel::api::v1;
namespace views = projections::views;
using eventstore::log::MemberId;
using eventstore::log::StreamId;
using membership::Circle;
using views::open_assignments::Assignment;

std::vector<std::shared_ptr<const projections::engine::View>> AllViews() {
  return {std::make_shared<views::open_assignments::OpenAssignments>(),
          std::make_shared<views::availability::Availability>(),
          std::make_shared<views::exchanges::Exchanges>(),
          std::make_shared<views::knowledge::Knowledge>(),
          std::make_shared<views::erasures::Erasures>()};
}

std::unique_ptr<Queries> Queries::Create(const Options& options) {
  return std::make_unique<QueryViews>(options);
}

namespace {

v1::AssignmentStatus ToApi(views::open_assignments::Status status) {
  switch (status) {
    case views::open_assignments::Status::kOpen:
      return v1::ASSIGNMENT_STATUS_OPEN;
    case views::open_assignments::Status::kFilled:
      return v1::ASSIGNMENT_STATUS_FILLED;
    case views::open_assignments::Status::kWithdrawn:
      return v1::ASSIGNMENT_STATUS_WITHDRAWN;
  }
  return v1::ASSIGNMENT_STATUS_UNSPECIFIED;
}

v1::AssignmentRow RowOf(const Circle& circle, const Assignment& assignment) {
  v1::AssignmentRow row;
  row.set_assignment_id(eventstore::base::ToText(assignment.id));
  *row.mutable_host() = answers::NameOf(circle, assignment.feed.member);
  row.set_status(ToApi(assignment.status));
  *row.mutable_assignment() = assignment.assignment;
  row.set_seats_free(assignment.seats_free);
  row.set_seats_held(assignment.seats_held);
  row.set_seats_filled(assignment.seats_filled);
  row.set_published_at_microseconds(absl::ToUnixMicros(assignment.published_at));
  row.set_revision(assignment.revision);
  row.set_withdrawn_reason(assignment.withdrawn_reason);
  return row;
}

// Asked for none in particular, one gets what can be proposed for: a suspended member selects
// nobody.
bool IsOutOfReach(const Circle& circle, const v1::ListAssignmentsRequest& request,
                  const MemberId& host) {
  return request.statuses().empty() && request.member().empty() &&
         request.assignment_id().empty() && host != circle.self && circle.IsSuspended(host);
}

// The statuses that are asked for; empty: every one.
std::set<int> AskedStatuses(const v1::ListAssignmentsRequest& request) {
  std::set<int> statuses(request.statuses().begin(), request.statuses().end());
  if (statuses.empty() && request.assignment_id().empty()) {
    statuses.insert(v1::ASSIGNMENT_STATUS_OPEN);
  }
  return statuses;
}

v1::SessionRow RowOf(const Circle& circle, const views::knowledge::Session& session,
                     const eventstore::privacy::KeyFile& keys) {
  v1::SessionRow row;
  row.set_session_id(eventstore::base::ToText(session.id));
  *row.mutable_host() = answers::NameOf(circle, session.feed.member);
  *row.mutable_session() = session.session;
  row.set_cancelled(session.cancelled);
  row.set_cancelled_reason(session.cancelled_reason);
  row.set_places_taken(session.places_taken);
  for (const auto& sign_up : session.sign_ups) {
    auto* entry = row.add_sign_ups();
    entry->set_sign_up_id(eventstore::base::ToText(sign_up.id));
    *entry->mutable_member() = answers::NameOf(circle, sign_up.member);
    entry->set_answer(sign_up.answer);
    entry->set_withdrawn(sign_up.withdrawn);
    if (sign_up.member == circle.self) {
      entry->set_participant(views::knowledge::Participant(sign_up, keys));
    }
  }
  return row;
}

}  // namespace

absl::StatusOr<v1::ListAssignmentsResponse> QueryViews::ListAssignments(
    const v1::ListAssignmentsRequest& request, absl::Time deadline) {
  const std::string view = views::open_assignments::kViewName;
  ASSIGN_OR_RETURN(const auto circle, answers::Prepare(*options_.circles, *options_.engine,
                                                       request.header(), deadline, {view}));
  std::optional<StreamId> id;
  if (!request.assignment_id().empty()) {
    ASSIGN_OR_RETURN(id, answers::ParseId("assignment_id", request.assignment_id()));
  }
  std::optional<MemberId> member;
  if (!request.member().empty()) {
    ASSIGN_OR_RETURN(member, circle->FindMember(request.member()));
  }
  const auto snapshot = options_.engine->Read();
  ASSIGN_OR_RETURN(const auto* reader, snapshot->View(view));
  ASSIGN_OR_RETURN(const auto assignments, views::open_assignments::Read(*reader, circle->id));
  const std::set<int> statuses = AskedStatuses(request);
  v1::ListAssignmentsResponse response;
  for (const Assignment& assignment : assignments) {
    const bool asked = (!id.has_value() || assignment.id == *id) &&
                       (!member.has_value() || assignment.feed.member == *member) &&
                       (statuses.empty() || statuses.contains(ToApi(assignment.status))) &&
                       !IsOutOfReach(*circle, request, assignment.feed.member);
    if (asked) *response.add_assignments() = RowOf(*circle, assignment);
  }
  *response.mutable_footer() = answers::FooterOf(*snapshot, {reader}, circle->id);
  return response;
}

absl::StatusOr<v1::ListExchangesResponse> QueryViews::ListExchanges(
    const v1::ListExchangesRequest& request, absl::Time deadline) {
  const std::string view = views::exchanges::kViewName;
  const std::string people = views::availability::kViewName;
  ASSIGN_OR_RETURN(const auto circle, answers::Prepare(*options_.circles, *options_.engine,
                                                       request.header(), deadline, {view, people}));
  std::optional<StreamId> exchange_id;
  if (!request.exchange_id().empty()) {
    ASSIGN_OR_RETURN(exchange_id, answers::ParseId("exchange_id", request.exchange_id()));
  }
  std::optional<StreamId> assignment_id;
  if (!request.assignment_id().empty()) {
    ASSIGN_OR_RETURN(assignment_id, answers::ParseId("assignment_id", request.assignment_id()));
  }
  const auto snapshot = options_.engine->Read();
  ASSIGN_OR_RETURN(const auto* reader, snapshot->View(view));
  ASSIGN_OR_RETURN(const auto* availability, snapshot->View(people));
  ASSIGN_OR_RETURN(const auto exchanges, views::exchanges::Read(*reader, circle->id));
  const std::set<int> statuses(request.statuses().begin(), request.statuses().end());
  v1::ListExchangesResponse response;
  for (const auto& exchange : exchanges) {
    if (exchange_id.has_value() && exchange.id != *exchange_id) continue;
    if (assignment_id.has_value() && exchange.assignment != *assignment_id) continue;
    ASSIGN_OR_RETURN(
        auto row, answers::RowOf(*circle, exchange, *availability, *options_.keys, professionals_));
    if (!statuses.empty() && !statuses.contains(row.status())) continue;
    *response.add_exchanges() = std::move(row);
  }
  *response.mutable_footer() = answers::FooterOf(*snapshot, {reader, availability}, circle->id);
  return response;
}

absl::StatusOr<v1::ListSessionsResponse> QueryViews::ListSessions(
    const v1::ListSessionsRequest& request, absl::Time deadline) {
  const std::string view = views::knowledge::kViewName;
  ASSIGN_OR_RETURN(const auto circle, answers::Prepare(*options_.circles, *options_.engine,
                                                       request.header(), deadline, {view}));
  std::optional<StreamId> id;
  if (!request.session_id().empty()) {
    ASSIGN_OR_RETURN(id, answers::ParseId("session_id", request.session_id()));
  }
  const auto snapshot = options_.engine->Read();
  ASSIGN_OR_RETURN(const auto* reader, snapshot->View(view));
  ASSIGN_OR_RETURN(const auto sessions, views::knowledge::Read(*reader, circle->id));
  const std::string today =
      eventstore::base::FormatDate(eventstore::base::BusinessDate(options_.clock->Now()));
  v1::ListSessionsResponse response;
  for (const auto& session : sessions) {
    const bool is_coming = !session.cancelled && session.session.date() >= today;
    const bool asked = id.has_value() ? session.id == *id : (request.all() || is_coming);
    if (asked) *response.add_sessions() = RowOf(*circle, session, *options_.keys);
  }
  *response.mutable_footer() = answers::FooterOf(*snapshot, {reader}, circle->id);
  return response;
}

}  // namespace services::queries
