#include "projections/views/open_assignments/open_assignments.h"

#include <algorithm>
#include <map>
#include <utility>

#include "eventstore/base/errors.h"
#include "projections/views/kept/epochs.h"

namespace projections::views::open_assignments {

using eventstore::log::CircleId;
using eventstore::log::FeedId;
using eventstore::log::StreamId;
using kept::KeptEvent;
using Body = poolcirkel::event::v1::Event;

namespace {

constexpr char kAssignment = 'a';
constexpr int kMaximumSeats = 100;

// Who holds a seat; a seat that nobody holds is not in the map.
struct Occupant {
  std::string exchange;
  uint32_t selection = 0;
  bool accepted = false;
};
using Seats = std::map<uint32_t, Occupant>;

int SeatsOf(const Assignment& assignment) {
  return std::clamp(assignment.assignment.seats(), 1, kMaximumSeats);
}

void Select(const poolcirkel::event::v1::CandidacySelected& selected, const Assignment& assignment,
            Seats& seats) {
  const bool seat_exists =
      selected.seat() >= 1 && selected.seat() <= static_cast<uint32_t>(SeatsOf(assignment));
  const bool has_seat = std::any_of(seats.begin(), seats.end(), [&](const auto& seat) {
    return seat.second.exchange == selected.exchange_id();
  });
  if (!seat_exists || has_seat || selected.selection() == 0) return;
  seats.try_emplace(selected.seat(), Occupant{selected.exchange_id(), selected.selection(), false});
}

// The seat that is held, and not yet filled, by what `step` names; or seats.end().
template <typename Step>
Seats::iterator Held(const Step& step, Seats& seats) {
  const auto it = seats.find(step.seat());
  if (it == seats.end() || it->second.accepted) return seats.end();
  const bool same =
      it->second.exchange == step.exchange_id() && it->second.selection == step.selection();
  return same ? it : seats.end();
}

void Apply(const KeptEvent& event, Assignment& assignment, Seats& seats) {
  switch (event.body.body_case()) {
    case Body::kAssignmentWithdrawn:
      assignment.status = Status::kWithdrawn;
      assignment.withdrawn_reason = event.body.assignment_withdrawn().reason();
      return;
    case Body::kCandidacySelected:
      Select(event.body.candidacy_selected(), assignment, seats);
      return;
    case Body::kSelectionAccepted:
      if (const auto it = Held(event.body.selection_accepted(), seats); it != seats.end()) {
        it->second.accepted = true;
      }
      return;
    case Body::kCandidacyDeclined:
      if (const auto it = Held(event.body.candidacy_declined(), seats); it != seats.end()) {
        seats.erase(it);
      }
      return;
    case Body::kSelectionExpired:
      if (const auto it = Held(event.body.selection_expired(), seats); it != seats.end()) {
        seats.erase(it);
      }
      return;
    case Body::kSecondmentEnded:
      std::erase_if(seats, [&](const auto& seat) {
        return seat.second.accepted &&
               seat.second.exchange == event.body.secondment_ended().exchange_id();
      });
      return;
    default:
      return;
  }
}

bool Matters(Body::BodyCase body) {
  switch (body) {
    case Body::kAssignmentPublished:
    case Body::kAssignmentWithdrawn:
    case Body::kCandidacySelected:
    case Body::kSelectionAccepted:
    case Body::kCandidacyDeclined:
    case Body::kSelectionExpired:
    case Body::kAcceptanceCosigned:
    case Body::kSecondmentEnded:
      return true;
    default:
      return false;
  }
}

}  // namespace

absl::Status OpenAssignments::Fold(const engine::Event& event, engine::RowWriter& rows) const {
  if (event.kind() == Body::kCharterAdopted) return kept::KeepCharter(event, rows);
  if (!Matters(event.kind())) return absl::OkStatus();
  kept::Keep(event, kAssignment, event.stream().view(), rows);
  return absl::OkStatus();
}

std::optional<Assignment> FoldStream(const std::vector<KeptEvent>& events) {
  if (events.empty() || !events.front().body.has_assignment_published()) return std::nullopt;
  const KeptEvent& first = events.front();
  Assignment assignment;
  assignment.id = first.stream;
  assignment.feed = first.feed;
  assignment.assignment = first.body.assignment_published();
  assignment.published_at = first.recorded_at;
  assignment.revision = events.size();
  Seats seats;
  for (const KeptEvent& event : events) Apply(event, assignment, seats);
  for (const auto& [number, occupant] : seats) {
    ++(occupant.accepted ? assignment.seats_filled : assignment.seats_held);
  }
  assignment.seats_free = SeatsOf(assignment) - assignment.seats_held - assignment.seats_filled;
  if (assignment.status == Status::kOpen && assignment.seats_filled == SeatsOf(assignment)) {
    assignment.status = Status::kFilled;
  }
  return assignment;
}

absl::StatusOr<std::vector<Assignment>> Read(const engine::ViewReader& reader,
                                             const CircleId& circle) {
  ASSIGN_OR_RETURN(const kept::Things things, kept::ReadCircle(reader, circle, kAssignment));
  std::vector<Assignment> assignments;
  for (const auto& [name, events] : things) {
    if (auto assignment = FoldStream(events); assignment.has_value()) {
      assignments.push_back(*std::move(assignment));
    }
  }
  std::sort(assignments.begin(), assignments.end(), [](const auto& a, const auto& b) {
    if (a.published_at != b.published_at) return a.published_at > b.published_at;
    return std::tie(a.id, a.feed) < std::tie(b.id, b.feed);
  });
  return assignments;
}

absl::StatusOr<std::optional<Assignment>> Find(const engine::ViewReader& reader,
                                               const CircleId& circle, const StreamId& id) {
  ASSIGN_OR_RETURN(const kept::Ends ends, kept::ReadEnds(reader, circle));
  std::map<FeedId, std::vector<KeptEvent>> histories;
  for (const FeedId& feed : reader.FeedsOf(circle)) {
    std::vector<KeptEvent>& events = histories[kept::HistoryOf(feed)];
    RETURN_IF_ERROR(
        reader.Scan(feed, kept::ThingPrefix(kAssignment, id.view()),
                    [&](const FeedId&, std::string_view, std::string_view value) -> absl::Status {
                      ASSIGN_OR_RETURN(KeptEvent event, kept::Parse(feed, value));
                      if (ends.Counts(feed, event.sequence)) events.push_back(std::move(event));
                      return absl::OkStatus();
                    }));
  }
  for (const auto& [history, events] : histories) {
    if (auto assignment = FoldStream(events); assignment.has_value()) return assignment;
  }
  return std::optional<Assignment>();
}

}  // namespace projections::views::open_assignments
