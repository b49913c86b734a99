#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "services/domain/secondment/refusals.h"
#include "services/domain/secondment/secondment.h"
#include "services/domain/validation.h"

namespace services::domain::secondment {
namespace {

using eventstore::base::Refusal;
using eventstore::privacy::ClassKey;
using eventstore::privacy::KeyOf;

constexpr size_t kMaximumReasons = 40;

absl::Status CheckFields(const ProposeSecondment& command) {
  Violations violations;
  violations.CheckText("motivation", command.motivation, 0, 4'000, TextKind::kParagraph);
  if (command.reasons.size() > kMaximumReasons) {
    violations.Add("reasons", absl::StrCat("heeft meer dan ", kMaximumReasons, " criteria"));
    return violations.Status();
  }
  for (size_t i = 0; i < command.reasons.size(); ++i) {
    const std::string path = absl::StrCat("reasons[", i, "]");
    violations.CheckText(path + ".criterion", command.reasons[i].criterion(), 1, 100);
    violations.CheckText(path + ".explanation", command.reasons[i].explanation(), 0, 400);
  }
  return violations.Status();
}

absl::Status CheckHost(const HostWord& host, const ProposeSecondment& command,
                       const Context& context) {
  if (!host.published || host.assignment != command.assignment || host.host != command.host) {
    return Refusal(absl::StatusCode::kNotFound, "ASSIGNMENT_UNKNOWN",
                   "deze opdracht is op dit knooppunt niet bekend")
        .Remedy("controleer het id, of wacht tot de opdracht hier is aangekomen")
        .Retry(absl::Seconds(5));
  }
  if (command.host == context.self) {
    return Refusal(absl::StatusCode::kFailedPrecondition, "OWN_ASSIGNMENT",
                   "dit is een opdracht van de eigen organisatie; plaatsen daarbinnen is geen "
                   "uitwisseling")
        .Remedy("draag de professional voor op een opdracht van een andere lidorganisatie");
  }
  if (FindMember(*context.charter, command.host) == nullptr) {
    return Refusal(absl::StatusCode::kFailedPrecondition, "MEMBER_UNKNOWN",
                   "de gastorganisatie staat niet meer in de samenwerkingsafspraken");
  }
  if (host.withdrawn) {
    return Refusal(absl::StatusCode::kFailedPrecondition, "ASSIGNMENT_WITHDRAWN",
                   "deze opdracht is ingetrokken")
        .Remedy("zoek een open opdracht met `poolcirkel assignment list`");
  }
  return absl::OkStatus();
}

ClassKey KeyOfExchange(const ProposeSecondment& command, const Context& context) {
  ClassKey key;
  key.id = KeyOf(context.new_id);
  key.key_class = poolcirkel::log::v1::KEY_CLASS_EXCHANGE;
  key.circle = context.circle;
  key.made_by = context.self;
  key.entitled = {context.self, command.host};
  return key;
}

}  // namespace

absl::StatusOr<Decision> Propose(const State& state, const professional::State& professional,
                                 const HostWord& host, const ProposeSecondment& command,
                                 const Context& context) {
  if (state.status != Status::kNone) {
    return Refusal(absl::StatusCode::kAlreadyExists, "ALREADY_PROPOSED",
                   "deze voordracht bestaat al")
        .Metadata("exchange_id", eventstore::base::ToText(state.exchange))
        .Status();
  }
  const auto listing = professional.listings.find(context.circle);
  Violations violations;
  violations.Add(CheckFields(command));
  violations.Add(CheckHost(host, command, context));
  if (!professional.registered || listing == professional.listings.end()) {
    violations.Add(ProfessionalUnknown());
  }
  RETURN_IF_ERROR(violations.Status());

  Decision decision;
  decision.new_keys.push_back(KeyOfExchange(command, context));
  NewEvent event;
  event.circle = context.circle;
  event.stream = context.new_id;
  event.keys.exchange = KeyOf(context.new_id);
  event.keys.person = KeyOf(listing->second.id);
  auto& body = *event.event.mutable_secondment_proposed();
  body.set_assignment_id(command.assignment.bytes());
  body.set_host_member_id(command.host.bytes());
  body.set_professional_id(listing->second.id.bytes());
  body.set_motivation(command.motivation);
  for (const auto& reason : command.reasons) *body.add_reasons() = reason;
  decision.events.push_back(std::move(event));
  return decision;
}

std::string ReasonAbout(const std::optional<StreamId>& professional, const std::string& reason,
                        NewEvent& event) {
  if (!professional) return "";
  event.keys.person = eventstore::privacy::KeyOf(*professional);
  return reason;
}

absl::StatusOr<Decision> Withdraw(const State& state, const WithdrawProposal& command,
                                  const Context& context) {
  RETURN_IF_ERROR(CheckLender(state, context));
  if (state.status == Status::kConfirmed) {
    return Refusal(absl::StatusCode::kFailedPrecondition, "ALREADY_CONFIRMED",
                   "deze voordracht is bevestigd; de uren blijven gereserveerd tot de "
                   "gastorganisatie aanvaardt, afwijst of laat verlopen")
        .Metadata("selection", absl::StrCat(state.confirmation->selection))
        .Remedy("vraag de gastorganisatie om af te wijzen, of beëindig na de aanvaarding")
        .Status();
  }
  RETURN_IF_ERROR(CheckOpen(state));
  Violations violations;
  violations.CheckText("reason", command.reason, 3, 500, TextKind::kParagraph);
  RETURN_IF_ERROR(violations.Status());
  Decision decision;
  NewEvent event;
  event.circle = context.circle;
  event.stream = state.exchange;
  event.keys.exchange = eventstore::privacy::KeyOf(state.exchange);
  event.event.mutable_proposal_withdrawn()->set_reason(
      ReasonAbout(state.professional, command.reason, event));
  decision.events.push_back(std::move(event));
  return decision;
}

}  // namespace services::domain::secondment
