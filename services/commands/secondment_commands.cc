#include "services/commands/secondment_commands.h"

#include "eventstore/base/errors.h"
#include "services/commands/loading.h"
#include "services/commands/match_reasons.h"
#include "services/commands/restate_capacity.h"

namespace services::commands {
namespace {

namespace api = poolcirkel::api::v1;
namespace assignment = services::domain::assignment;
namespace log = eventstore::log;
namespace secondment = services::domain::secondment;
using poolcirkel::event::v1::Event;

template <typename Repeated>
auto ToVector(const Repeated& repeated) {
  return std::vector<typename Repeated::value_type>(repeated.begin(), repeated.end());
}

}  // namespace

absl::StatusOr<SecondmentCommands::Step> SecondmentCommands::Begin(
    const google::protobuf::Message& request, const api::CommandHeader& header,
    const std::string& exchange_id, const Actor& actor) const {
  Step step;
  ASSIGN_OR_RETURN(step.circle, parts_.circles->Resolve(header.circle()));
  ASSIGN_OR_RETURN(step.exchange, ParseId("exchange_id", exchange_id));
  ASSIGN_OR_RETURN(step.command, MakeCommand(request, header, step.circle->id, actor, *parts_.ids));
  step.context = MakeContext(parts_, *step.circle);
  return step;
}

absl::StatusOr<api::ProposeSecondmentResponse> SecondmentCommands::Propose(
    const api::ProposeSecondmentRequest& request, const Actor& actor, absl::Time /*deadline*/) {
  ASSIGN_OR_RETURN(const auto circle, parts_.circles->Resolve(request.header().circle()));
  ASSIGN_OR_RETURN(const auto assignment_id, ParseId("assignment_id", request.assignment_id()));
  ASSIGN_OR_RETURN(const auto professional_id,
                   ParseId("professional_id", request.professional_id()));
  ASSIGN_OR_RETURN(const auto command,
                   MakeCommand(request, request.header(), circle->id, actor, *parts_.ids));
  const domain::Context context = MakeContext(parts_, *circle);
  const auto decide = [&](Runner::Reader& reader) -> absl::StatusOr<domain::Decision> {
    ExpectRevision(reader, request.header(), *circle, context.new_id);
    ASSIGN_OR_RETURN(const auto state,
                     Fold<secondment::State>(reader, circle->OwnFeed(), context.new_id));
    ASSIGN_OR_RETURN(
        const auto professional,
        LoadProfessional(*professionals_, reader, *circle, context.private_feed, professional_id));
    ASSIGN_OR_RETURN(const auto host, LoadAssignment(parts_, reader, *circle, assignment_id));
    secondment::ProposeSecondment proposal;
    proposal.assignment = assignment_id;
    proposal.host = host.feed.member;
    proposal.motivation = request.motivation();
    proposal.reasons = ExplainMatch(professional, host.assignment);
    return secondment::Propose(state, professional, assignment::WordOn(host, context.new_id),
                               proposal, context);
  };
  ASSIGN_OR_RETURN(const auto result, parts_.runner->Run(command, decide));
  ASSIGN_OR_RETURN(const auto* written, FindWritten(result, Event::kSecondmentProposed));
  api::ProposeSecondmentResponse response;
  *response.mutable_receipt() =
      MakeReceipt(command, result, *circle, written->past.stream, written->revision);
  return response;
}

absl::StatusOr<api::WithdrawProposalResponse> SecondmentCommands::Withdraw(
    const api::WithdrawProposalRequest& request, const Actor& actor, absl::Time /*deadline*/) {
  ASSIGN_OR_RETURN(const Step step, Begin(request, request.header(), request.exchange_id(), actor));
  const auto decide = [&](Runner::Reader& reader) -> absl::StatusOr<domain::Decision> {
    ExpectRevision(reader, request.header(), *step.circle, step.exchange);
    ASSIGN_OR_RETURN(const auto loaded, LoadExchange(parts_, reader, *step.circle, step.exchange));
    return secondment::Withdraw(loaded.candidacy, {request.reason()}, step.context);
  };
  ASSIGN_OR_RETURN(const auto result, parts_.runner->Run(step.command, decide));
  api::WithdrawProposalResponse response;
  *response.mutable_receipt() =
      MakeReceipt(step.command, result, *step.circle, step.exchange, result.revision);
  return response;
}

absl::StatusOr<api::SelectCandidacyResponse> SecondmentCommands::Select(
    const api::SelectCandidacyRequest& request, const Actor& actor, absl::Time deadline) {
  ASSIGN_OR_RETURN(const Step step, Begin(request, request.header(), request.exchange_id(), actor));
  const auto decide = [&](Runner::Reader& reader) -> absl::StatusOr<domain::Decision> {
    ASSIGN_OR_RETURN(const auto loaded, LoadExchange(parts_, reader, *step.circle, step.exchange));
    ExpectRevision(reader, request.header(), *step.circle, loaded.candidacy.assignment);
    assignment::SelectCandidacy selection;
    selection.terms = request.terms();
    selection.minutes_per_week = request.minutes_per_week();
    selection.seat = request.seat();
    ASSIGN_OR_RETURN(auto decision, assignment::Select(loaded.assignment, loaded.candidacy,
                                                       selection, step.context));
    // Asked for only when everything else allows it: the terms are sealed with the
    // lender's key of the exchange.
    RETURN_IF_ERROR(parts_.peers->EnsureExchangeKey(step.circle, loaded.candidacy.feed.member,
                                                    eventstore::privacy::KeyOf(step.exchange),
                                                    deadline));
    return decision;
  };
  ASSIGN_OR_RETURN(const auto result, parts_.runner->Run(step.command, decide));
  ASSIGN_OR_RETURN(const auto* written, FindWritten(result, Event::kCandidacySelected));
  const auto& selected = written->past.event.candidacy_selected();
  api::SelectCandidacyResponse response;
  *response.mutable_receipt() =
      MakeReceipt(step.command, result, *step.circle, step.exchange, written->revision);
  response.set_seat(selected.seat());
  response.set_selection(selected.selection());
  response.set_confirm_by_microseconds(selected.confirm_by_microseconds());
  return response;
}

absl::StatusOr<api::ConfirmSecondmentResponse> SecondmentCommands::Confirm(
    const api::ConfirmSecondmentRequest& request, const Actor& actor, absl::Time /*deadline*/) {
  ASSIGN_OR_RETURN(const Step step, Begin(request, request.header(), request.exchange_id(), actor));
  const auto decide = [&](Runner::Reader& reader) -> absl::StatusOr<domain::Decision> {
    ExpectRevision(reader, request.header(), *step.circle, step.exchange);
    ASSIGN_OR_RETURN(const auto loaded, LoadExchange(parts_, reader, *step.circle, step.exchange));
    ASSIGN_OR_RETURN(const auto professional,
                     LoadProfessional(*professionals_, reader, *step.circle,
                                      step.context.private_feed, loaded.candidacy.professional));
    secondment::ConfirmSecondment confirmation;
    confirmation.selection = request.selection();
    confirmation.attestations = ToVector(request.attestations());
    confirmation.host_head_age = parts_.peers->HeadAge(step.circle->FeedOf(loaded.candidacy.host));
    ASSIGN_OR_RETURN(auto decision,
                     secondment::Confirm(loaded.candidacy, professional, loaded.host_word,
                                         confirmation, parts_.SigningKey(*step.circle),
                                         step.context));
    RETURN_IF_ERROR(CheckReservation(parts_, reader, *step.circle, professional, decision));
    return decision;
  };
  ASSIGN_OR_RETURN(const auto result, parts_.runner->Run(step.command, decide));
  ASSIGN_OR_RETURN(const auto* written, FindWritten(result, Event::kSecondmentConfirmed));
  api::ConfirmSecondmentResponse response;
  *response.mutable_receipt() =
      MakeReceipt(step.command, result, *step.circle, step.exchange, written->revision);
  return response;
}

absl::StatusOr<api::AcceptSecondmentResponse> SecondmentCommands::Accept(
    const api::AcceptSecondmentRequest& request, const Actor& actor, absl::Time /*deadline*/) {
  ASSIGN_OR_RETURN(const Step step, Begin(request, request.header(), request.exchange_id(), actor));
  const auto decide = [&](Runner::Reader& reader) -> absl::StatusOr<domain::Decision> {
    ASSIGN_OR_RETURN(const auto loaded, LoadExchange(parts_, reader, *step.circle, step.exchange));
    ExpectRevision(reader, request.header(), *step.circle, loaded.candidacy.assignment);
    return assignment::Accept(loaded.assignment, loaded.candidacy, parts_.SigningKey(*step.circle),
                              step.context);
  };
  ASSIGN_OR_RETURN(const auto result, parts_.runner->Run(step.command, decide));
  api::AcceptSecondmentResponse response;
  *response.mutable_receipt() =
      MakeReceipt(step.command, result, *step.circle, step.exchange, result.revision);
  return response;
}

absl::StatusOr<api::DeclineCandidacyResponse> SecondmentCommands::Decline(
    const api::DeclineCandidacyRequest& request, const Actor& actor, absl::Time deadline) {
  ASSIGN_OR_RETURN(const Step step, Begin(request, request.header(), request.exchange_id(), actor));
  const auto decide = [&](Runner::Reader& reader) -> absl::StatusOr<domain::Decision> {
    ASSIGN_OR_RETURN(const auto loaded, LoadExchange(parts_, reader, *step.circle, step.exchange));
    ExpectRevision(reader, request.header(), *step.circle, loaded.candidacy.assignment);
    ASSIGN_OR_RETURN(auto decision, assignment::Decline(loaded.assignment, loaded.candidacy,
                                                        {request.reason()}, step.context));
    // The reason is sealed with the lender's key of the exchange.
    RETURN_IF_ERROR(parts_.peers->EnsureExchangeKey(step.circle, loaded.candidacy.feed.member,
                                                    eventstore::privacy::KeyOf(step.exchange),
                                                    deadline));
    return decision;
  };
  ASSIGN_OR_RETURN(const auto result, parts_.runner->Run(step.command, decide));
  api::DeclineCandidacyResponse response;
  *response.mutable_receipt() =
      MakeReceipt(step.command, result, *step.circle, step.exchange, result.revision);
  return response;
}

absl::StatusOr<api::EndSecondmentResponse> SecondmentCommands::End(
    const api::EndSecondmentRequest& request, const Actor& actor, absl::Time /*deadline*/) {
  ASSIGN_OR_RETURN(const Step step, Begin(request, request.header(), request.exchange_id(), actor));
  const auto decide = [&](Runner::Reader& reader) -> absl::StatusOr<domain::Decision> {
    ASSIGN_OR_RETURN(const auto loaded, LoadExchange(parts_, reader, *step.circle, step.exchange));
    // Each side records an end in its own feed.
    if (loaded.assignment.published && loaded.assignment.feed.member == step.circle->self) {
      ExpectRevision(reader, request.header(), *step.circle, loaded.candidacy.assignment);
      return assignment::End(loaded.assignment, step.exchange,
                             {request.last_day(), request.reason(), loaded.candidacy.professional},
                             step.context);
    }
    ExpectRevision(reader, request.header(), *step.circle, step.exchange);
    ASSIGN_OR_RETURN(const auto professional,
                     LoadProfessional(*professionals_, reader, *step.circle,
                                      step.context.private_feed, loaded.candidacy.professional));
    return secondment::End(loaded.candidacy, professional, loaded.host_word,
                           {request.last_day(), request.reason()}, step.context);
  };
  ASSIGN_OR_RETURN(const auto result, parts_.runner->Run(step.command, decide));
  ASSIGN_OR_RETURN(const auto* written, FindWritten(result, Event::kSecondmentEnded));
  api::EndSecondmentResponse response;
  *response.mutable_receipt() =
      MakeReceipt(step.command, result, *step.circle, step.exchange, written->revision);
  response.set_last_day(written->past.event.secondment_ended().last_day());
  return response;
}

}  // namespace services::commands
