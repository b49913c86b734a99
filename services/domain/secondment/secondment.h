#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "eventstore/crypto/signature.h"
#include "poolcirkel/event/v1/secondment.pb.h"
#include "services/domain/context.h"
#include "services/domain/event.h"
#include "services/domain/professional/professional.h"

// The lender's side of an exchange: one stream, id = the exchange's id, in the lender's
// feed of the circle. The host's side is services/domain/assignment. DESIGN: the
// handshake of an exchange.
namespace services::domain::secondment {

enum class Status {
  kNone,       // no such exchange in this feed
  kProposed,   // also after a confirmation was released
  kConfirmed,  // hours reserved; whether the host accepted stands in its stream
  kWithdrawn,
  kEnded,  // last_day is set; the hours after that week are free
};
// "voorgedragen", ...; for messages.
std::string_view StatusText(Status status);

// A confirmation that was not released.
struct Confirmation {
  uint32_t selection = 0;
  std::string terms_digest;
  std::string signature;
  std::vector<poolcirkel::event::v1::Attestation> attestations;
  absl::Time recorded_at;
};

// Folded from the lender's stream, at any member of the circle.
struct State {
  Status status = Status::kNone;
  StreamId exchange;
  FeedId feed;  // feed.member is the lender
  StreamId assignment;
  MemberId host;
  // The professional's id in the circle; unset where the person's key is not held.
  std::optional<StreamId> professional;
  std::optional<Confirmation> confirmation;
  // The selection that was last released; 0: none. Numbers up to it are void.
  uint32_t released_selection = 0;
  std::optional<absl::CivilDay> last_day;
  std::string reason;  // of a withdrawal or end
  uint64_t revision = 0;
  uint64_t ignored = 0;
};

void Evolve(State& state, const PastEvent& event);

// ---- the host's word, as assignment::WordOn reads it from the host's stream ----

enum class SelectionStatus { kHeld, kAccepted, kDeclined, kExpired, kEnded };
// "plaats vastgehouden", ...; for messages.
std::string_view StatusText(SelectionStatus status);

struct HostSelection {
  MemberId lender;
  uint32_t seat = 0;
  uint32_t selection = 0;
  SelectionStatus status = SelectionStatus::kHeld;
  // Unset when the exchange's key is not held (yet).
  std::optional<poolcirkel::event::v1::Terms> terms;
  std::string terms_digest;
  absl::Time selected_at;
  // InfiniteFuture when the charter sets no limit.
  absl::Time confirm_by = absl::InfiniteFuture();
  // The event that gave it its present status.
  EventId event;
  // Of an acceptance.
  std::optional<eventstore::log::Sequence> accepted_sequence;
  FeedId accepted_feed;  // of the epoch in which it was accepted
  std::string host_signature;
  bool cosigned = false;  // effective
  std::optional<absl::CivilDay> last_day;
  std::string reason;
};

// Everything that the host said about one exchange.
struct HostWord {
  bool published = false;  // false: this node knows no such assignment
  bool withdrawn = false;
  MemberId host;
  StreamId assignment;
  // The exchange was declined without, or after, a selection: it is over.
  bool declined = false;
  std::string declined_reason;
  // In order; the last one is the current one.
  std::vector<HostSelection> selections;

  const HostSelection* Find(uint32_t selection) const;
  const HostSelection* Current() const;
};

// ---- deciders of the lender ----

// Context: new_id is the exchange's id. The decision makes the exchange's key.
struct ProposeSecondment {
  StreamId assignment;
  MemberId host;
  std::string motivation;
  std::vector<poolcirkel::event::v1::MatchReason> reasons;
};
// ASSIGNMENT_UNKNOWN, ASSIGNMENT_WITHDRAWN, OWN_ASSIGNMENT, PROFESSIONAL_UNKNOWN (not listed
// in this circle), ALREADY_PROPOSED (the stream exists), INVALID_FIELD.
absl::StatusOr<Decision> Propose(const State& state, const professional::State& professional,
                                 const HostWord& host, const ProposeSecondment& command,
                                 const Context& context);

struct WithdrawProposal {
  std::string reason;
};
// EXCHANGE_UNKNOWN, NOT_THE_LENDER, ALREADY_CONFIRMED, ALREADY_WITHDRAWN, ALREADY_ENDED,
// INVALID_FIELD.
absl::StatusOr<Decision> Withdraw(const State& state, const WithdrawProposal& command,
                                  const Context& context);

struct ConfirmSecondment {
  uint32_t selection = 0;  // 0: the current one
  std::vector<poolcirkel::event::v1::Attestation> attestations;
  // How old the newest head of the host's feed is that this node holds.
  absl::Duration host_head_age = absl::InfiniteDuration();
};
// Reserves the hours: SecondmentConfirmed in the circle, HoursReserved in the private
// feed, FreeHoursStated in every circle of the professional; all or nothing.
// EXCHANGE_UNKNOWN, NOT_THE_LENDER, ALREADY_CONFIRMED, ALREADY_WITHDRAWN, NOT_SELECTED,
// SELECTION_SUPERSEDED, SELECTION_EXPIRED, SELECTION_DECLINED, TERMS_UNREADABLE (retry),
// TERMS_MISMATCH, TERMS_INVALID, CONSENT_MISSING, HOST_HEAD_STALE (retry),
// HOURS_PROMISED_TWICE, LEDGER_UNREADABLE, PROFESSIONAL_UNKNOWN, INVALID_FIELD.
absl::StatusOr<Decision> Confirm(const State& state, const professional::State& professional,
                                 const HostWord& host, const ConfirmSecondment& command,
                                 const eventstore::crypto::PrivateKey& log_key,
                                 const Context& context);

// Frees the hours of the standing confirmation, only when the host's stream says that
// this very selection was declined or expired. For the policy of the lender's node.
// NOT_CONFIRMED, HOST_HAS_NOT_SPOKEN (retry), ALREADY_ACCEPTED.
absl::StatusOr<Decision> Release(const State& state, const professional::State& professional,
                                 const HostWord& host, const Context& context);
// A reason is sealed with the keys of the exchange and of the person. Of somebody whose
// key is not here, because it was destroyed, nothing new is written down: the reason is
// then empty.
std::string ReasonAbout(const std::optional<StreamId>& professional, const std::string& reason,
                        NewEvent& event);

// Whether Release would have something to do.
bool CanRelease(const State& state, const HostWord& host);

struct EndSecondment {
  std::string last_day;  // empty: the first that the charter's notice period allows
  std::string reason;
  // Whom it is about, for the host: State::professional of the candidacy.
  std::optional<StreamId> professional = {};
};
// SecondmentEnded, HoursReleased from the week after the last day, FreeHoursStated.
// NOT_ACCEPTED, ALREADY_ENDED, NOTICE_TOO_SHORT, INVALID_FIELD.
absl::StatusOr<Decision> End(const State& state, const professional::State& professional,
                             const HostWord& host, const EndSecondment& command,
                             const Context& context);

// Follows an end that the host recorded: the same events, with the host's last day. For
// the policy. NOTHING_TO_FOLLOW when the host recorded none, or none earlier than ours.
absl::StatusOr<Decision> FollowEnd(const State& state, const professional::State& professional,
                                   const HostWord& host, const Context& context);
bool CanFollowEnd(const State& state, const HostWord& host);

// CONSENT_MISSING unless every consent that the charter asks for is attested. Both sides
// check it.
absl::Status CheckConsents(const std::vector<poolcirkel::event::v1::Attestation>& attestations,
                           const poolcirkel::event::v1::Charter& charter);

// The last day of an early end: `asked` checked against notice and term, or the first
// possible. Shared by both sides. NOTICE_TOO_SHORT, INVALID_FIELD.
absl::StatusOr<absl::CivilDay> LastDay(const std::string& asked,
                                       const poolcirkel::event::v1::Terms& terms,
                                       const Context& context);

}  // namespace services::domain::secondment
