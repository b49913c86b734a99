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

// The same over all epochs of a member's history, without what stands past the end of a
// closed one.
absl::StatusOr<std::vector<domain::PastEvent>> ReadHistory(
    const eventstore::log::EventLog& log, const eventstore::privacy::KeyFile& keys,
    const std::vector<membership::FeedPart>& history, const eventstore::log::StreamId& stream);

// How many events of the stream count in one part of a history.
absl::StatusOr<uint64_t> RevisionIn(const eventstore::log::EventLog& log,
                                    const membership::FeedPart& part,
                                    const eventstore::log::StreamId& stream);
// The same over all of it: what users see as the stream's revision.
absl::StatusOr<uint64_t> RevisionOver(const eventstore::log::EventLog& log,
                                      const std::vector<membership::FeedPart>& history,
                                      const eventstore::log::StreamId& stream);

// The revision of its stream just after `stored`, over all epochs.
absl::StatusOr<uint64_t> RevisionAfter(const eventstore::log::EventLog& log,
                                       const membership::Circles& circles,
                                       const eventstore::log::StoredEvent& stored);

// Which member's history in the circle holds the stream, the own one first; empty when
// this node holds none that does. FAILED_PRECONDITION STREAM_CONFLICT when several
// others do: a member used another's id, and nobody can tell which one is meant.
absl::StatusOr<std::optional<eventstore::log::MemberId>> OwnerOfStream(
    const eventstore::log::EventLog& log, const membership::Circle& circle,
    const eventstore::log::StreamId& stream);

}  // namespace services::commands
