#include "services/audit/evidence.h"

#include <algorithm>
#include <string>
#include <vector>

#include "eventstore/base/errors.h"
#include "eventstore/log/types.h"
#include "eventstore/merkle/note.h"
#include "poolcirkel/event/v1/event.pb.h"

namespace services::audit {

using eventstore::log::EventLog;
using eventstore::log::FeedId;
using eventstore::log::Revision;
using eventstore::log::StoredEvent;
using eventstore::log::StreamId;
using poolcirkel::api::v1::ProvenEvent;
using projections::views::exchanges::Exchange;
using Body = poolcirkel::event::v1::Event;
using ProvenEvents = google::protobuf::RepeatedPtrField<ProvenEvent>;

namespace {

constexpr size_t kReadAtOnce = 256;

absl::StatusOr<std::vector<StoredEvent>> ReadStream(const EventLog& log, const FeedId& feed,
                                                    const StreamId& stream) {
  std::vector<StoredEvent> all;
  while (true) {
    ASSIGN_OR_RETURN(auto events, log.ReadStream(feed, stream, Revision(all.size()), kReadAtOnce));
    const bool is_last = events.size() < kReadAtOnce;
    std::move(events.begin(), events.end(), std::back_inserter(all));
    if (is_last) return all;
  }
}

// Whether an event of the assignment's stream is about the exchange, or is the
// assignment itself.
bool IsAbout(const Body& body, std::string_view exchange) {
  switch (body.body_case()) {
    case Body::kAssignmentPublished:
      return true;
    case Body::kCandidacySelected:
      return body.candidacy_selected().exchange_id() == exchange;
    case Body::kSelectionAccepted:
      return body.selection_accepted().exchange_id() == exchange;
    case Body::kCandidacyDeclined:
      return body.candidacy_declined().exchange_id() == exchange;
    case Body::kSelectionExpired:
      return body.selection_expired().exchange_id() == exchange;
    case Body::kAcceptanceCosigned:
      return body.acceptance_cosigned().exchange_id() == exchange;
    case Body::kSecondmentEnded:
      return body.secondment_ended().exchange_id() == exchange;
    default:
      return false;
  }
}

// A head that proofs lead to.
struct Head {
  std::string note;
  uint64_t size = 0;
};

absl::StatusOr<Head> HeadOf(std::string note) {
  ASSIGN_OR_RETURN(const auto parsed, eventstore::merkle::ParseNote(note));
  ASSIGN_OR_RETURN(const auto checkpoint, eventstore::merkle::ParseCheckpoint(parsed.text));
  return Head{std::move(note), checkpoint.size};
}

// A feed without a signed head proves nothing: its size is 0 then.
absl::StatusOr<Head> NewestHead(const EventLog& log, const FeedId& feed) {
  auto note = log.CheckpointNote(feed);
  if (absl::IsNotFound(note.status())) return Head();
  RETURN_IF_ERROR(note.status());
  return HeadOf(*std::move(note));
}

absl::Status AddProven(const EventLog& log, const StoredEvent& event, const Head& head,
                       ProvenEvents& out) {
  // The newest head can be a moment older than the newest event.
  if (event.sequence.value() >= head.size) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto path, log.InclusionProof(event.feed, event.sequence, head.size));
  ProvenEvent& proven = *out.Add();
  *proven.mutable_feed() = eventstore::log::ToProto(event.feed);
  proven.set_sequence(event.sequence.value());
  proven.set_record(event.bytes);
  for (const auto& digest : path) proven.add_inclusion_proof(digest.bytes());
  proven.set_checkpoint_note(head.note);
  return absl::OkStatus();
}

// The acceptance in the heads that the evidence names: what the others cosigned.
absl::Status AddCosigned(const EventLog& log, const std::vector<StoredEvent>& events,
                         const Body& evidence, ProvenEvents& out) {
  const auto& cosigned = evidence.acceptance_cosigned();
  const auto acceptance = std::find_if(events.begin(), events.end(), [&](const auto& event) {
    return event.sequence.value() == cosigned.acceptance_sequence();
  });
  if (acceptance == events.end()) return absl::OkStatus();
  for (const std::string& note : cosigned.cosigned_checkpoints()) {
    const auto head = HeadOf(note);
    // Notes are foreign bytes; what is wrong with them proves nothing, and is no error.
    const bool usable = head.ok() && head->size > acceptance->sequence.value() &&
                        head->size <= log.Size(acceptance->feed);
    if (usable) RETURN_IF_ERROR(AddProven(log, *acceptance, *head, out));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ProvenEvents> CollectEvents(const EventLog& log, const Exchange& exchange) {
  ProvenEvents out;
  ASSIGN_OR_RETURN(const Head lender_head, NewestHead(log, exchange.lender));
  ASSIGN_OR_RETURN(const auto lender_events, ReadStream(log, exchange.lender, exchange.id));
  for (const StoredEvent& event : lender_events) {
    RETURN_IF_ERROR(AddProven(log, event, lender_head, out));
  }
  const FeedId host{exchange.lender.circle, exchange.host, exchange.lender.epoch};
  ASSIGN_OR_RETURN(const Head host_head, NewestHead(log, host));
  ASSIGN_OR_RETURN(const auto host_events, ReadStream(log, host, exchange.assignment));
  std::vector<Body> evidence;
  for (const StoredEvent& event : host_events) {
    Body body;
    if (!body.ParseFromString(event.payload) || !IsAbout(body, exchange.id.view())) continue;
    RETURN_IF_ERROR(AddProven(log, event, host_head, out));
    if (body.has_acceptance_cosigned()) evidence.push_back(std::move(body));
  }
  for (const Body& body : evidence) RETURN_IF_ERROR(AddCosigned(log, host_events, body, out));
  return out;
}

}  // namespace services::audit
