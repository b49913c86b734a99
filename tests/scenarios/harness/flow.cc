#include "tests/scenarios/harness/flow.h"

#include "eventstore/base/clock.h"
#include "eventstore/base/errors.h"

namespace tests::scenarios::harness {
namespace {

namespace base = ::eventstore::base;
namespace event = ::poolcirkel::event::v1;

template <typename Response>
absl::StatusOr<std::string> IdOf(const absl::StatusOr<Response>& response) {
  if (!response.ok()) return response.status();
  return response->receipt().id();
}

}  // namespace

v1::CommandHeader Header(const std::string& circle) {
  v1::CommandHeader header;
  header.set_circle(circle);
  return header;
}

absl::StatusOr<std::string> Publish(Node& host, const std::string& title, int seats,
                                    const std::string& circle) {
  v1::PublishAssignmentRequest request;
  *request.mutable_header() = Header(circle);
  auto& assignment = *request.mutable_assignment();
  assignment.set_title(title);
  assignment.set_description("Een opdracht voor een proef.");
  assignment.set_role("interim-manager");
  assignment.set_level(event::LEVEL_TACTICAL);
  assignment.set_start_date(kStart);
  assignment.set_end_date(kEnd);
  assignment.set_minutes_per_week(kMinutes);
  assignment.set_seats(seats);
  assignment.mutable_tariff()->set_kind(event::TARIFF_KIND_HOURLY);
  assignment.mutable_tariff()->set_eurocents_per_hour(9500);
  assignment.set_client("Directie Proef");
  return IdOf(host.Call(&v1::AssignmentService::Stub::Publish, request));
}

absl::StatusOr<std::string> Register(Node& pool, const std::string& pseudonym,
                                     const std::string& circle) {
  constexpr int kFreeMinutes = 32 * 60;
  v1::RegisterProfessionalRequest request;
  *request.mutable_header() = Header(circle);
  request.mutable_identity()->set_name("Voorbeeldpersoon " + pseudonym);
  request.mutable_identity()->set_email(pseudonym + "@voorbeeld.example");
  auto& profile = *request.mutable_profile();
  profile.set_pseudonym(pseudonym);
  profile.set_role("interim-manager");
  profile.set_level(event::LEVEL_TACTICAL);
  const base::IsoWeek last = base::IsoWeekOf(*base::ParseDate(kEnd));
  for (auto week = base::IsoWeekOf(*base::ParseDate(kStart)); week <= last;
       week = base::NextWeek(week)) {
    auto* capacity = request.add_capacity();
    capacity->set_iso_year(week.year);
    capacity->set_iso_week(week.week);
    capacity->set_minutes(kFreeMinutes);
  }
  return IdOf(pool.Call(&v1::ProfessionalService::Stub::Register, request));
}

absl::StatusOr<std::string> Propose(Node& lender, const std::string& assignment,
                                    const std::string& professional, const std::string& circle) {
  v1::ProposeSecondmentRequest request;
  *request.mutable_header() = Header(circle);
  request.set_assignment_id(assignment);
  request.set_professional_id(professional);
  request.set_motivation("Past bij de gevraagde ervaring.");
  return IdOf(lender.Call(&v1::SecondmentService::Stub::Propose, request));
}

absl::StatusOr<v1::SelectCandidacyResponse> Select(Node& host, const std::string& exchange,
                                                   const std::string& circle) {
  v1::SelectCandidacyRequest request;
  *request.mutable_header() = Header(circle);
  request.set_exchange_id(exchange);
  return host.Call(&v1::SecondmentService::Stub::Select, request);
}

absl::StatusOr<v1::ConfirmSecondmentResponse> Confirm(Node& lender, const std::string& exchange,
                                                      const std::string& circle) {
  v1::ConfirmSecondmentRequest request;
  *request.mutable_header() = Header(circle);
  request.set_exchange_id(exchange);
  auto* attestation = request.add_attestations();
  attestation->set_consent(event::CONSENT_PROFESSIONAL);
  // A date that has passed wherever the clock stands.
  attestation->set_date("2026-01-05");
  return lender.Call(&v1::SecondmentService::Stub::Confirm, request);
}

absl::StatusOr<v1::AcceptSecondmentResponse> Accept(Node& host, const std::string& exchange,
                                                    const std::string& circle) {
  v1::AcceptSecondmentRequest request;
  *request.mutable_header() = Header(circle);
  request.set_exchange_id(exchange);
  return host.Call(&v1::SecondmentService::Stub::Accept, request);
}

absl::StatusOr<v1::DeclineCandidacyResponse> Decline(Node& host, const std::string& exchange,
                                                     const std::string& circle) {
  v1::DeclineCandidacyRequest request;
  *request.mutable_header() = Header(circle);
  request.set_exchange_id(exchange);
  request.set_reason("andere kandidaat");
  return host.Call(&v1::SecondmentService::Stub::Decline, request);
}

absl::StatusOr<std::string> Announce(Node& host, const std::string& title,
                                     const std::string& request_id) {
  v1::AnnounceSessionRequest request;
  *request.mutable_header() = Header();
  request.mutable_header()->set_request_id(request_id);
  auto& session = *request.mutable_session();
  session.set_kind(event::SESSION_KIND_LUNCH);
  session.set_title(title);
  session.set_date("2027-03-01");
  session.set_start_time("12:30");
  session.set_duration_minutes(60);
  session.set_place("Raadzaal");
  session.set_places(20);
  return IdOf(host.Call(&v1::SessionService::Stub::Announce, request));
}

v1::ExchangeRow Exchange(Node& node, const std::string& exchange, const std::string& circle) {
  v1::ListExchangesRequest request;
  request.mutable_header()->set_circle(circle);
  request.set_exchange_id(exchange);
  const auto answer = node.Call(&v1::SecondmentService::Stub::List, request);
  if (!answer.ok() || answer->exchanges_size() != 1) return {};
  return answer->exchanges(0);
}

bool WaitForStatus(Node& node, const std::string& exchange, v1::ExchangeStatus status,
                   const std::string& circle) {
  return Eventually([&] { return Exchange(node, exchange, circle).status() == status; });
}

int FreeMinutes(Node& node, const std::string& professional, const std::string& circle) {
  v1::SearchProfessionalsRequest request;
  request.mutable_header()->set_circle(circle);
  request.set_minimum_minutes_per_week(1);
  request.set_start_date(kStart);
  request.set_end_date(kEnd);
  request.set_limit(500);
  const auto answer = node.Call(&v1::ProfessionalService::Stub::Search, request);
  if (!answer.ok()) return -1;
  for (const auto& hit : answer->hits()) {
    if (hit.professional_id() == professional) return hit.least_free_minutes();
  }
  return -1;
}

std::string ReasonOf(const absl::Status& status) { return base::DetailsOf(status).reason; }

}  // namespace tests::scenarios::harness
