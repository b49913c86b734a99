#include "eventstore/base/clock.h"
#include "services/domain/epochs.h"
#include "services/domain/secondment/secondment.h"

namespace services::domain::secondment {
namespace {

using poolcirkel::event::v1::Event;

constexpr size_t kDigestSize = 32;
constexpr size_t kSignatureSize = 64;
constexpr int kMaximumAttestations = 50;

bool Proposed(State& state, const PastEvent& event) {
  const auto& body = event.event.secondment_proposed();
  const auto assignment = StreamId::FromBytes(body.assignment_id());
  const auto host = MemberId::FromBytes(body.host_member_id());
  if (state.status != Status::kNone || !assignment.ok() || !host.ok()) return false;
  state.status = Status::kProposed;
  state.exchange = event.stream;
  state.feed = event.feed;
  state.assignment = *assignment;
  state.host = *host;
  if (const auto id = StreamId::FromBytes(body.professional_id()); id.ok()) {
    state.professional = *id;
  }
  return true;
}

bool Withdrawn(State& state, const PastEvent& event) {
  if (state.status != Status::kProposed) return false;
  state.status = Status::kWithdrawn;
  state.reason = event.event.proposal_withdrawn().reason();
  return true;
}

bool Confirmed(State& state, const PastEvent& event) {
  const auto& body = event.event.secondment_confirmed();
  const bool fits =
      state.status == Status::kProposed && body.selection() > state.released_selection &&
      body.terms_digest().size() == kDigestSize && body.signature().size() == kSignatureSize &&
      body.attestations_size() <= kMaximumAttestations;
  if (!fits) return false;
  state.status = Status::kConfirmed;
  state.confirmation = Confirmation{body.selection(),
                                    body.terms_digest(),
                                    body.signature(),
                                    {body.attestations().begin(), body.attestations().end()},
                                    event.recorded_at};
  return true;
}

bool Released(State& state, const PastEvent& event) {
  const auto& body = event.event.confirmation_released();
  if (state.status != Status::kConfirmed || body.selection() != state.confirmation->selection) {
    return false;
  }
  state.status = Status::kProposed;
  state.released_selection = body.selection();
  state.confirmation.reset();
  return true;
}

bool Ended(State& state, const PastEvent& event) {
  const auto& body = event.event.secondment_ended();
  const auto last_day = eventstore::base::ParseDate(body.last_day());
  if (!last_day.ok() || body.exchange_id() != state.exchange.view()) return false;
  const bool fits = state.status == Status::kConfirmed ||
                    (state.status == Status::kEnded && *last_day < *state.last_day);
  if (!fits) return false;
  state.status = Status::kEnded;
  state.last_day = *last_day;
  state.reason = body.reason();
  return true;
}

bool Apply(State& state, const PastEvent& event) {
  if (event.event.body_case() == Event::kSecondmentProposed) return Proposed(state, event);
  const bool known =
      state.status != Status::kNone && event.stream == state.exchange && SameHistory(event.feed, state.feed);
  if (!known) return false;
  switch (event.event.body_case()) {
    case Event::kProposalWithdrawn:
      return Withdrawn(state, event);
    case Event::kSecondmentConfirmed:
      return Confirmed(state, event);
    case Event::kConfirmationReleased:
      return Released(state, event);
    case Event::kSecondmentEnded:
      return Ended(state, event);
    default:
      return false;
  }
}

}  // namespace

std::string_view StatusText(Status status) {
  switch (status) {
    case Status::kNone:
      return "onbekend";
    case Status::kProposed:
      return "voorgedragen";
    case Status::kConfirmed:
      return "bevestigd";
    case Status::kWithdrawn:
      return "ingetrokken";
    case Status::kEnded:
      return "beëindigd";
  }
  return "onbekend";
}

std::string_view StatusText(SelectionStatus status) {
  switch (status) {
    case SelectionStatus::kHeld:
      return "plaats vastgehouden";
    case SelectionStatus::kAccepted:
      return "aanvaard";
    case SelectionStatus::kDeclined:
      return "afgewezen";
    case SelectionStatus::kExpired:
      return "verlopen";
    case SelectionStatus::kEnded:
      return "beëindigd";
  }
  return "onbekend";
}

void Evolve(State& state, const PastEvent& event) {
  ++state.revision;
  if (!Apply(state, event)) ++state.ignored;
}

const HostSelection* HostWord::Find(uint32_t selection) const {
  for (const HostSelection& made : selections) {
    if (made.selection == selection) return &made;
  }
  return nullptr;
}

const HostSelection* HostWord::Current() const {
  return selections.empty() ? nullptr : &selections.back();
}

}  // namespace services::domain::secondment
