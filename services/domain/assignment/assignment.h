#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "eventstore/crypto/signature.h"
#include "poolcirkel/event/v1/assignment.pb.h"
#include "services/domain/context.h"
#include "services/domain/event.h"
#include "services/domain/secondment/secondment.h"

// An assignment and its seats: one stream, id = the assignment's id, in the host's feed
// of the circle, so that one revision guards all of its seats. The lender's side of an
// exchange is services/domain/secondment.
namespace services::domain::assignment {

using secondment::HostSelection;
using secondment::HostWord;
using secondment::SelectionStatus;

struct Selection : HostSelection {
  StreamId exchange;
};

// Folded from the host's stream, at any member of the circle.
struct State {
  bool published = false;
  StreamId id;
  FeedId feed;  // feed.member is the host
  absl::Time published_at;
  poolcirkel::event::v1::AssignmentPublished assignment;
  bool withdrawn = false;
  std::string withdrawn_reason;
  // In the order of the stream; of a seat and of an exchange at most one is held or
  // accepted at a time.
  std::vector<Selection> selections;
  // Exchanges that the host let go for good, with the reason.
  std::map<StreamId, std::string> declined;
  uint64_t revision = 0;
  uint64_t ignored = 0;
};

void Evolve(State& state, const PastEvent& event);

// What the host said about one exchange, for the lender's deciders.
HostWord WordOn(const State& state, const StreamId& exchange);

// The selection that holds or fills the seat now; nullptr when it is free. A seat that
// was ended early is free.
const Selection* OccupantOf(const State& state, uint32_t seat);
// The last selection of an exchange; nullptr when there is none.
const Selection* CurrentOf(const State& state, const StreamId& exchange);

enum class Status { kUnknown, kOpen, kFilled, kWithdrawn };
Status StatusOf(const State& state);

// ---- deciders of the host ----

// Context: new_id is the assignment's id.
struct PublishAssignment {
  poolcirkel::event::v1::AssignmentPublished assignment;
};
// ALREADY_PUBLISHED, TARIFF_FIXED, INVALID_FIELD (paths "assignment.title").
absl::StatusOr<Decision> Publish(const State& state, const PublishAssignment& command,
                                 const Context& context);

struct WithdrawAssignment {
  std::string reason;
};
// ASSIGNMENT_UNKNOWN, NOT_THE_HOST, ASSIGNMENT_WITHDRAWN, SEAT_TAKEN, INVALID_FIELD.
absl::StatusOr<Decision> Withdraw(const State& state, const WithdrawAssignment& command,
                                  const Context& context);

// Context: salt of the terms.
struct SelectCandidacy {
  // Unset parts come from the assignment; `weeks` from minutes_per_week.
  poolcirkel::event::v1::Terms terms;
  int32_t minutes_per_week = 0;  // 0: the assignment's
  uint32_t seat = 0;             // 0: the first free one
};
// Seat, number and confirm_by stand in the decision's CandidacySelected.
// EXCHANGE_UNKNOWN (not proposed for this assignment, or not seen yet: retry),
// ALREADY_WITHDRAWN, ALREADY_SELECTED, ALREADY_ACCEPTED, CANDIDACY_DECLINED, SEAT_TAKEN
// (names who holds it and in which state), TARIFF_FIXED, TERM_TOO_LONG, INVALID_FIELD.
absl::StatusOr<Decision> Select(const State& state, const secondment::State& candidacy,
                                const SelectCandidacy& command, const Context& context);

// Fills the seat. `candidacy` is the lender's side as this node sees it.
// NOT_SELECTED, NOT_CONFIRMED (retry), CONFIRMATION_VOID (of another selection),
// BAD_SIGNATURE, TERMS_MISMATCH, ALREADY_ACCEPTED, SELECTION_EXPIRED, SELECTION_DECLINED,
// ACCEPTANCE_TOO_LATE.
absl::StatusOr<Decision> Accept(const State& state, const secondment::State& candidacy,
                                const eventstore::crypto::PrivateKey& log_key,
                                const Context& context);

struct DeclineCandidacy {
  std::string reason;
};
// Also of a candidacy that was never selected. ALREADY_ACCEPTED (end it instead),
// CANDIDACY_DECLINED, EXCHANGE_UNKNOWN, INVALID_FIELD.
absl::StatusOr<Decision> Decline(const State& state, const secondment::State& candidacy,
                                 const DeclineCandidacy& command, const Context& context);

// When the host may declare the selection expired: confirm_by, or the charter's
// accept_within after the lender's confirmation. InfiniteFuture when never, or when
// nothing is held.
absl::Time ExpiryDue(const State& state, const secondment::State& candidacy,
                     const Context& context);
// For the policy of the host's node, which first catches up with the lender's feed.
// NOT_SELECTED, NOT_DUE, ALREADY_ACCEPTED, SELECTION_EXPIRED, SELECTION_DECLINED.
absl::StatusOr<Decision> Expire(const State& state, const secondment::State& candidacy,
                                const Context& context);

// How many other members must cosign before an acceptance is effective.
int CosignaturesNeeded(const poolcirkel::event::v1::Charter& charter);
// The other members whose cosignatures in `notes` are on heads of `host_feed`, signed by
// its member, that contain `sequence`. A cosigner's key name is the origin of its own feed
// of the circle, in any of its epochs. For audits as well. BAD_SIGNATURE when a note of a known key does
// not verify; notes of other feeds or smaller heads count for nothing.
absl::StatusOr<std::vector<MemberId>> CosignersOf(const std::vector<std::string>& notes,
                                                  const FeedId& host_feed,
                                                  eventstore::log::Sequence sequence,
                                                  const poolcirkel::event::v1::Charter& charter);
struct RecordCosigned {
  StreamId exchange;
  // Notes of heads of the host's own feed with cosignatures, as the log keeps them
  // (EventLog::Cosignatures). Each at most merkle::kMaximumNoteSize.
  std::vector<std::string> notes;
};
// For the policy. Keeps only the notes that it needs. NOT_ACCEPTED, ALREADY_COSIGNED,
// COSIGNATURES_MISSING (retry; metadata have, needed), BAD_SIGNATURE.
absl::StatusOr<Decision> Cosign(const State& state, const RecordCosigned& command,
                                const Context& context);

// End of an accepted secondment by the host. NOT_ACCEPTED, ALREADY_ENDED,
// NOTICE_TOO_SHORT, INVALID_FIELD.
absl::StatusOr<Decision> End(const State& state, const StreamId& exchange,
                             const secondment::EndSecondment& command, const Context& context);
// Follows an end that the lender recorded, so that the seat is free again. For the
// policy. NOTHING_TO_FOLLOW.
absl::StatusOr<Decision> FollowEnd(const State& state, const secondment::State& candidacy,
                                   const Context& context);
bool CanFollowEnd(const State& state, const secondment::State& candidacy);

}  // namespace services::domain::assignment
