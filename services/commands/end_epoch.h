#pragma once

#include "absl/status/status.h"
#include "eventstore/log/event_log.h"
#include "services/domain/circle/circle.h"
#include "services/membership/circles.h"

// The heads at which epochs end, as this node knows them.
namespace services::commands {

struct FinalHead {
  uint64_t size = 0;
  eventstore::crypto::Digest root;
};

// The head of the own feed, all of it. Only while nothing is appended (Runner::RunAlone).
absl::StatusOr<FinalHead> OwnFinalHead(const eventstore::log::EventLog& log,
                                       const membership::Circle& circle);
// Where the feed of another member would be cut: the largest head that any member is
// known to have cosigned; all that is here when there is none. FAILED_PRECONDITION
// HEAD_UNKNOWN when nothing of it is here.
absl::StatusOr<FinalHead> CutOf(const eventstore::log::EventLog& log,
                                const membership::Circle& circle,
                                const eventstore::log::MemberId& member);

// Whether this node can sign for the end that a proposal gives to another member's epoch.
// FAILED_PRECONDITION CUT_TOO_SMALL (a larger head was cosigned; not when
// `leave_out_cosigned`, which is for a member that does not stop writing), CUT_MISMATCH
// (another history than the one held here). Neither for a fork, where that is the point.
absl::Status CheckCut(const eventstore::log::EventLog& log, const membership::Circle& circle,
                      const domain::circle::EndedEpoch& ended, bool leave_out_cosigned = false);

// Whether `ended` states the true end of the feed by which its member ends its epoch
// itself: its proposal, at `sequence`, stands just after the final head, and nothing but
// the circle's stream stands after that. What is not here yet: UNAVAILABLE.
absl::Status CheckOwnEnd(const eventstore::log::EventLog& log, const membership::Circle& circle,
                         const domain::circle::EndedEpoch& ended,
                         const domain::circle::Proposal::Place& place);

}  // namespace services::commands
