#pragma once

#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "eventstore/log/event_log.h"
#include "eventstore/privacy/key_file.h"
#include "services/domain/event.h"
#include "services/membership/circles.h"

namespace services::commands {

// A stored event, opened as far as the keys go. An event of a type of a later
// version has no body. DATA_LOSS when the payload is none.
absl::StatusOr<domain::PastEvent> OpenEvent(const eventstore::log::StoredEvent& stored,
                                            const eventstore::privacy::KeyFile& keys);

// All events of one stream of one feed; none for an unknown feed. Events of another
// member that cannot be read have no body; of an own feed: DATA_LOSS. RESOURCE_EXHAUSTED above
// Runner::kMaximumStreamEvents.
absl::StatusOr<std::vector<domain::PastEvent>> ReadWholeStream(
    const eventstore::log::EventLog& log, const eventstore::privacy::KeyFile& keys,
    const eventstore::log::FeedId& feed, const eventstore::log::StreamId& stream);

// The revision of its stream just after `stored`.
absl::StatusOr<uint64_t> RevisionAfter(const eventstore::log::EventLog& log,
                                       const eventstore::log::StoredEvent& stored);

// Which member's feed of the circle holds the stream, the own feed first; empty when
// this node holds none that does. FAILED_PRECONDITION STREAM_CONFLICT when several
// others do: a member used another's id, and nobody can tell which one is meant.
absl::StatusOr<std::optional<eventstore::log::MemberId>> OwnerOfStream(
    const eventstore::log::EventLog& log, const membership::Circle& circle,
    const eventstore::log::StreamId& stream);

}  // namespace services::commands
