#include "tests/testing/members/story.h"

#include <cstdlib>

#include "eventstore/base/errors.h"
#include "eventstore/base/id.h"
#include "services/commands/loading.h"
#include "services/domain/professional/professional.h"
#include "services/policies/reaction.h"

namespace tests::testing::members {
namespace {

namespace api = poolcirkel::api::v1;
namespace event = poolcirkel::event::v1;
namespace log = eventstore::log;
namespace professional = services::domain::professional;

constexpr int kYear = 2026;
constexpr int kFirstWeek = 50;
constexpr int kLastWeek = 52;
const absl::Time kNoDeadline = absl::InfiniteFuture();

template <typename Request>
Request WithHeader(const std::string& circle) {
  Request request;
  request.mutable_header()->set_circle(circle);
  return request;
}

}  // namespace

const services::commands::Actor& Coordinator() {
  static const services::commands::Actor actor{"coordinator", "pool_coordinator", ""};
  return actor;
}

event::AssignmentPublished SampleAssignment(int seats) {
  event::AssignmentPublished assignment;
  assignment.set_title("Interim-manager dienstverlening");
  assignment.set_description("Brengt twee teams samen.");
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

absl::StatusOr<std::string> Publish(Member& host, const std::string& circle, int seats) {
  auto request = WithHeader<api::PublishAssignmentRequest>(circle);
  *request.mutable_assignment() = SampleAssignment(seats);
  ASSIGN_OR_RETURN(const auto response,
                   host.node.assignments->Publish(request, Coordinator(), kNoDeadline));
  return response.receipt().id();
}

absl::StatusOr<std::string> Register(Member& lender, const std::string& circle,
                                     const std::string& pseudonym, int32_t minutes) {
  auto request = WithHeader<api::RegisterProfessionalRequest>(circle);
  request.mutable_identity()->set_name("Persoon achter " + pseudonym);
  request.mutable_identity()->set_email("persoon@example.org");
  request.mutable_identity()->set_telephone("+31 10 1234567");
  auto& profile = *request.mutable_profile();
  profile.set_pseudonym(pseudonym);
  profile.set_role("interim-manager");
  profile.set_level(event::LEVEL_TACTICAL);
  profile.mutable_location()->set_name("Den Haag");
  profile.mutable_location()->set_latitude_e4(520705);
  profile.mutable_location()->set_longitude_e4(43007);
  for (int week = kFirstWeek; week <= kLastWeek; ++week) {
    auto& capacity = *request.add_capacity();
    capacity.set_iso_year(kYear);
    capacity.set_iso_week(week);
    capacity.set_minutes(minutes);
  }
  ASSIGN_OR_RETURN(const auto response,
                   lender.node.professionals->Register(request, Coordinator(), kNoDeadline));
  return response.receipt().id();
}

absl::StatusOr<std::string> Propose(Member& lender, const std::string& circle,
                                    const std::string& assignment,
                                    const std::string& professional) {
  auto request = WithHeader<api::ProposeSecondmentRequest>(circle);
  request.set_assignment_id(assignment);
  request.set_professional_id(professional);
  request.set_motivation("Heeft dit eerder gedaan.");
  ASSIGN_OR_RETURN(const auto response,
                   lender.node.secondments->Propose(request, Coordinator(), kNoDeadline));
  return response.receipt().id();
}

absl::StatusOr<api::SelectCandidacyResponse> Select(Member& host, const std::string& circle,
                                                    const std::string& exchange) {
  auto request = WithHeader<api::SelectCandidacyRequest>(circle);
  request.set_exchange_id(exchange);
  request.mutable_terms()->set_goals("Eén team dat werkt.");
  request.mutable_terms()->set_decided_by("Directeur Dienstverlening");
  return host.node.secondments->Select(request, Coordinator(), kNoDeadline);
}

absl::StatusOr<api::ConfirmSecondmentResponse> Confirm(Member& lender, const std::string& circle,
                                                       const std::string& exchange,
                                                       uint32_t selection) {
  auto request = WithHeader<api::ConfirmSecondmentRequest>(circle);
  request.set_exchange_id(exchange);
  request.set_selection(selection);
  auto& attestation = *request.add_attestations();
  attestation.set_consent(event::CONSENT_PROFESSIONAL);
  attestation.set_date("2026-11-20");
  return lender.node.secondments->Confirm(request, Coordinator(), kNoDeadline);
}

absl::StatusOr<api::AcceptSecondmentResponse> Accept(Member& host, const std::string& circle,
                                                     const std::string& exchange) {
  auto request = WithHeader<api::AcceptSecondmentRequest>(circle);
  request.set_exchange_id(exchange);
  return host.node.secondments->Accept(request, Coordinator(), kNoDeadline);
}

absl::StatusOr<api::DeclineCandidacyResponse> Decline(Member& host, const std::string& circle,
                                                      const std::string& exchange) {
  auto request = WithHeader<api::DeclineCandidacyRequest>(circle);
  request.set_exchange_id(exchange);
  request.set_reason("Er is iemand anders gevonden.");
  return host.node.secondments->Decline(request, Coordinator(), kNoDeadline);
}

services::commands::Exchange Look(Member& viewer, const std::string& circle,
                                  const std::string& exchange) {
  const auto known = viewer.Circle(circle);
  const auto id = eventstore::base::ParseUuid<log::StreamId>(exchange);
  auto seen = services::policies::LookAt(viewer.node.dependencies, *known, *id);
  if (!seen.ok()) std::abort();
  return *std::move(seen);
}

int64_t FreeMinutes(Member& viewer, const std::string& circle, Member& home,
                    const std::string& professional_id, int iso_week) {
  services::policies::LogReader reader(viewer.node.dependencies);
  const auto known = home.Circle(circle);
  const auto id = eventstore::base::ParseUuid<log::StreamId>(professional_id);
  const auto state =
      services::commands::Fold<professional::CircleState>(reader, known->OwnFeed(), *id);
  if (!state.ok()) std::abort();
  const auto week = state->free_minutes.find({kYear, iso_week});
  return week == state->free_minutes.end() ? -1 : week->second;
}

}  // namespace tests::testing::members
