#include <algorithm>

#include "eventstore/base/clock.h"
#include "services/domain/assignment/assignment.h"
#include "services/domain/epochs.h"

namespace services::domain::assignment {
namespace {

using eventstore::log::EventId;
using poolcirkel::event::v1::Event;

constexpr size_t kDigestSize = 32;
constexpr size_t kSignatureSize = 64;
constexpr int kMaximumSeats = 100;

bool Occupies(const Selection& selection) {
  return selection.status == SelectionStatus::kHeld ||
         selection.status == SelectionStatus::kAccepted;
}

// The selection that an event names by exchange, seat and number.
template <typename Body>
Selection* FindNamed(State& state, const Body& body) {
  for (Selection& selection : state.selections) {
    if (selection.exchange.view() == body.exchange_id() && selection.seat == body.seat() &&
        selection.selection == body.selection()) {
      return &selection;
    }
  }
  return nullptr;
}

void Become(Selection& selection, SelectionStatus status, const PastEvent& event) {
  selection.status = status;
  selection.event = event.id;
}

bool Published(State& state, const PastEvent& event) {
  const auto& body = event.event.assignment_published();
  if (state.published || body.seats() < 1 || body.seats() > kMaximumSeats) return false;
  state.published = true;
  state.id = event.stream;
  state.feed = event.feed;
  state.published_at = event.recorded_at;
  state.assignment = body;
  return true;
}

bool Withdrawn(State& state, const PastEvent& event) {
  if (state.withdrawn) return false;
  state.withdrawn = true;
  state.withdrawn_reason = event.event.assignment_withdrawn().reason();
  return true;
}

// Whether the number is larger than all before of this seat and of this exchange.
bool IsNextNumber(const State& state, uint32_t seat, const StreamId& exchange, uint32_t number) {
  return std::all_of(state.selections.begin(), state.selections.end(), [&](const Selection& made) {
    return (made.seat != seat && made.exchange != exchange) || made.selection < number;
  });
}

bool Selected(State& state, const PastEvent& event) {
  const auto& body = event.event.candidacy_selected();
  const auto exchange = StreamId::FromBytes(body.exchange_id());
  const auto lender = MemberId::FromBytes(body.lender_member_id());
  if (!exchange.ok() || !lender.ok() || body.terms_digest().size() != kDigestSize) return false;
  const Selection* current = CurrentOf(state, *exchange);
  const bool fits = body.seat() >= 1 &&
                    body.seat() <= static_cast<uint32_t>(state.assignment.seats()) &&
                    OccupantOf(state, body.seat()) == nullptr &&
                    (current == nullptr || current->status == SelectionStatus::kExpired) &&
                    state.declined.count(*exchange) == 0 &&
                    IsNextNumber(state, body.seat(), *exchange, body.selection());
  if (!fits || body.selection() == 0) return false;
  Selection selection;
  selection.exchange = *exchange;
  selection.lender = *lender;
  selection.seat = body.seat();
  selection.selection = body.selection();
  if (body.has_terms()) selection.terms = body.terms();
  selection.terms_digest = body.terms_digest();
  selection.selected_at = event.recorded_at;
  if (body.confirm_by_microseconds() > 0) {
    selection.confirm_by = absl::FromUnixMicros(body.confirm_by_microseconds());
  }
  selection.event = event.id;
  state.selections.push_back(std::move(selection));
  return true;
}

bool Accepted(State& state, const PastEvent& event) {
  const auto& body = event.event.selection_accepted();
  Selection* selection = FindNamed(state, body);
  const bool fits = selection != nullptr && selection->status == SelectionStatus::kHeld &&
                    body.terms_digest() == selection->terms_digest &&
                    body.signature().size() == kSignatureSize;
  if (!fits) return false;
  Become(*selection, SelectionStatus::kAccepted, event);
  selection->accepted_sequence = event.sequence;
  selection->accepted_feed = event.feed;
  selection->host_signature = body.signature();
  return true;
}

bool Declined(State& state, const PastEvent& event) {
  const auto& body = event.event.candidacy_declined();
  const auto exchange = StreamId::FromBytes(body.exchange_id());
  if (!exchange.ok() || state.declined.count(*exchange) > 0) return false;
  if (body.selection() == 0) {
    const Selection* current = CurrentOf(state, *exchange);
    if (current != nullptr && Occupies(*current)) return false;
  } else {
    Selection* selection = FindNamed(state, body);
    if (selection == nullptr || selection->status != SelectionStatus::kHeld) return false;
    Become(*selection, SelectionStatus::kDeclined, event);
    selection->reason = body.reason();
  }
  state.declined[*exchange] = body.reason();
  return true;
}

bool Expired(State& state, const PastEvent& event) {
  Selection* selection = FindNamed(state, event.event.selection_expired());
  if (selection == nullptr || selection->status != SelectionStatus::kHeld) return false;
  Become(*selection, SelectionStatus::kExpired, event);
  return true;
}

bool Cosigned(State& state, const PastEvent& event) {
  const auto& body = event.event.acceptance_cosigned();
  for (Selection& selection : state.selections) {
    const bool named = selection.exchange.view() == body.exchange_id() &&
                       selection.selection == body.selection() && selection.accepted_sequence &&
                       selection.accepted_sequence->value() == body.acceptance_sequence();
    if (!named || selection.cosigned) continue;
    selection.cosigned = true;
    return true;
  }
  return false;
}

bool Ended(State& state, const PastEvent& event) {
  const auto& body = event.event.secondment_ended();
  const auto last_day = eventstore::base::ParseDate(body.last_day());
  if (!last_day.ok()) return false;
  for (Selection& selection : state.selections) {
    if (selection.exchange.view() != body.exchange_id()) continue;
    const bool fits =
        selection.status == SelectionStatus::kAccepted ||
        (selection.status == SelectionStatus::kEnded && *last_day < *selection.last_day);
    if (!fits) continue;
    Become(selection, SelectionStatus::kEnded, event);
    selection.last_day = *last_day;
    selection.reason = body.reason();
    return true;
  }
  return false;
}

bool Apply(State& state, const PastEvent& event) {
  if (event.event.body_case() == Event::kAssignmentPublished) return Published(state, event);
  if (!state.published || event.stream != state.id) return false;
  if (!SameHistory(event.feed, state.feed)) return false;
  switch (event.event.body_case()) {
    case Event::kAssignmentWithdrawn:
      return Withdrawn(state, event);
    case Event::kCandidacySelected:
      return Selected(state, event);
    case Event::kSelectionAccepted:
      return Accepted(state, event);
    case Event::kCandidacyDeclined:
      return Declined(state, event);
    case Event::kSelectionExpired:
      return Expired(state, event);
    case Event::kAcceptanceCosigned:
      return Cosigned(state, event);
    case Event::kSecondmentEnded:
      return Ended(state, event);
    default:
      return false;
  }
}

}  // namespace

void Evolve(State& state, const PastEvent& event) {
  ++state.revision;
  if (!Apply(state, event)) ++state.ignored;
}

HostWord WordOn(const State& state, const StreamId& exchange) {
  HostWord word;
  word.published = state.published;
  word.withdrawn = state.withdrawn;
  word.host = state.feed.member;
  word.assignment = state.id;
  if (const auto declined = state.declined.find(exchange); declined != state.declined.end()) {
    word.declined = true;
    word.declined_reason = declined->second;
  }
  for (const Selection& selection : state.selections) {
    if (selection.exchange == exchange) word.selections.push_back(selection);
  }
  return word;
}

const Selection* OccupantOf(const State& state, uint32_t seat) {
  for (const Selection& selection : state.selections) {
    if (selection.seat == seat && Occupies(selection)) return &selection;
  }
  return nullptr;
}

const Selection* CurrentOf(const State& state, const StreamId& exchange) {
  const Selection* current = nullptr;
  for (const Selection& selection : state.selections) {
    if (selection.exchange == exchange) current = &selection;
  }
  return current;
}

Status StatusOf(const State& state) {
  if (!state.published) return Status::kUnknown;
  if (state.withdrawn) return Status::kWithdrawn;
  for (uint32_t seat = 1; seat <= static_cast<uint32_t>(state.assignment.seats()); ++seat) {
    const Selection* occupant = OccupantOf(state, seat);
    if (occupant == nullptr || occupant->status != SelectionStatus::kAccepted) {
      return Status::kOpen;
    }
  }
  return Status::kFilled;
}

}  // namespace services::domain::assignment
