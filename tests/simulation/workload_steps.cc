// The steps of handshakes and sessions; the rest of the workload is workload.cc.
#include "eventstore/base/errors.h"
#include "tests/simulation/workload.h"

namespace tests::simulation {
namespace {

namespace api = poolcirkel::api::v1;
namespace event = poolcirkel::event::v1;

const absl::Time kNoDeadline = absl::InfiniteFuture();

services::commands::Actor Coordinator() { return {"coordinator", "pool_coordinator", ""}; }

template <typename Request>
Request About(const std::string& circle, const std::string& request_id,
              const std::string& exchange) {
  Request request;
  request.mutable_header()->set_circle(circle);
  request.mutable_header()->set_request_id(request_id);
  request.set_exchange_id(exchange);
  return request;
}

template <typename Response>
absl::StatusOr<std::string> IdOf(const absl::StatusOr<Response>& response) {
  if (!response.ok()) return response.status();
  return response->receipt().id();
}

}  // namespace

void Workload::Handshake() {
  const Exchange exchange = Any(simulation_.made().exchanges);
  // Mostly in order, so that handshakes come to something; sometimes several at once.
  const size_t choice = simulation_.Random(20);
  if (choice < 9) {
    HandshakeStep(exchange, choice % 3);
  } else if (choice < 19) {
    for (size_t step = 0; step < 3; ++step) {
      HandshakeStep(exchange, step);
      simulation_.network().Run(absl::Milliseconds(300));
    }
  } else {
    HandshakeStep(exchange, 3 + simulation_.Random(3));
  }
}

void Workload::HandshakeStep(const Exchange& exchange, size_t step) {
  const std::string circle = simulation_.circles()[exchange.circle].name;
  const std::string about = exchange.id;
  switch (step) {
    case 0:
      return Execute(exchange.host, "select", [=](Node& node, const std::string& id) {
        auto request = About<api::SelectCandidacyRequest>(circle, id, about);
        request.mutable_terms()->set_goals("Eén team dat werkt.");
        return IdOf(node.node->secondments->Select(request, Coordinator(), kNoDeadline));
      });
    case 1:
      return Execute(exchange.lender, "confirm", [=](Node& node, const std::string& id) {
        auto request = About<api::ConfirmSecondmentRequest>(circle, id, about);
        auto& attestation = *request.add_attestations();
        attestation.set_consent(event::CONSENT_PROFESSIONAL);
        attestation.set_date("2026-11-20");
        return IdOf(node.node->secondments->Confirm(request, Coordinator(), kNoDeadline));
      });
    case 2:
      return Execute(exchange.host, "accept", [=](Node& node, const std::string& id) {
        const auto request = About<api::AcceptSecondmentRequest>(circle, id, about);
        return IdOf(node.node->secondments->Accept(request, Coordinator(), kNoDeadline));
      });
    case 3:
      return Execute(exchange.host, "decline", [=](Node& node, const std::string& id) {
        auto request = About<api::DeclineCandidacyRequest>(circle, id, about);
        request.set_reason("Er is iemand anders.");
        return IdOf(node.node->secondments->Decline(request, Coordinator(), kNoDeadline));
      });
    case 4:
      return Execute(exchange.lender, "withdraw", [=](Node& node, const std::string& id) {
        auto request = About<api::WithdrawProposalRequest>(circle, id, about);
        request.set_reason("Is elders nodig.");
        return IdOf(node.node->secondments->Withdraw(request, Coordinator(), kNoDeadline));
      });
    default: {
      const size_t by = simulation_.Random(2) == 0 ? exchange.lender : exchange.host;
      return Execute(by, "end", [=](Node& node, const std::string& id) {
        auto request = About<api::EndSecondmentRequest>(circle, id, about);
        request.set_reason("Het werk is klaar.");
        return IdOf(node.node->secondments->End(request, Coordinator(), kNoDeadline));
      });
    }
  }
}

void Workload::Withdraw() {
  const Assignment assignment = Any(simulation_.made().assignments);
  const std::string circle = simulation_.circles()[assignment.circle].name;
  Execute(assignment.host, "withdraw assignment", [=](Node& node, const std::string& id) {
    api::WithdrawAssignmentRequest request;
    request.mutable_header()->set_circle(circle);
    request.mutable_header()->set_request_id(id);
    request.set_assignment_id(assignment.id);
    request.set_reason("Het is niet meer nodig.");
    return IdOf(node.node->assignments->Withdraw(request, Coordinator(), kNoDeadline));
  });
}

void Workload::Sessions() {
  const Made& made = simulation_.made();
  if (!made.sessions.empty() && simulation_.Random(3) > 0) return SignUpForOne();
  const size_t circle = simulation_.Random(simulation_.circles().size());
  const size_t host = Any(simulation_.circles()[circle].members);
  const std::string name = simulation_.circles()[circle].name;
  Execute(
      host, "announce",
      [=](Node& node, const std::string& id) {
        api::AnnounceSessionRequest request;
        request.mutable_header()->set_circle(name);
        request.mutable_header()->set_request_id(id);
        auto& session = *request.mutable_session();
        session.set_kind(event::SESSION_KIND_TALK);
        session.set_title("Wat werkte in de fusie");
        session.set_date("2026-12-10");
        session.set_start_time("14:30");
        session.set_duration_minutes(90);
        session.set_place("Stadhuis");
        session.set_places(1);
        return IdOf(node.node->sessions->Announce(request, Coordinator(), kNoDeadline));
      },
      [this, circle, host](const std::string& id) {
        simulation_.made().sessions.push_back({circle, host, id});
      });
}

void Workload::SignUpForOne() {
  const Made& made = simulation_.made();
  if (!made.sign_ups.empty() && simulation_.Random(4) == 0) {
    const SignUp sign_up = Any(made.sign_ups);
    const std::string name = simulation_.circles()[sign_up.circle].name;
    return Execute(sign_up.member, "withdraw sign-up", [=](Node& node, const std::string& id) {
      api::WithdrawSignUpRequest request;
      request.mutable_header()->set_circle(name);
      request.mutable_header()->set_request_id(id);
      request.set_sign_up_id(sign_up.id);
      return IdOf(node.node->sessions->WithdrawSignUp(request, Coordinator(), kNoDeadline));
    });
  }
  const Session session = Any(made.sessions);
  const size_t member = Any(simulation_.circles()[session.circle].members);
  const std::string name = simulation_.circles()[session.circle].name;
  Execute(
      member, "sign up",
      [=](Node& node, const std::string& id) {
        api::SignUpRequest request;
        request.mutable_header()->set_circle(name);
        request.mutable_header()->set_request_id(id);
        request.set_session_id(session.id);
        request.set_participant("Iemand van " + id.substr(0, 4));
        return IdOf(node.node->sessions->SignUp(request, Coordinator(), kNoDeadline));
      },
      [this, session, member](const std::string& id) {
        simulation_.made().sign_ups.push_back({session.circle, member, id});
      });
}

}  // namespace tests::simulation
