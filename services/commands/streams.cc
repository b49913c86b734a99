#include "services/commands/streams.h"

#include <algorithm>
#include <utility>

#include "eventstore/base/errors.h"
#include "eventstore/privacy/sealing.h"
#include "services/commands/runner.h"

namespace services::commands {
namespace {

namespace base = eventstore::base;
namespace log = eventstore::log;
namespace privacy = eventstore::privacy;

constexpr size_t kPage = 256;

domain::PastEvent WithoutBody(const log::StoredEvent& stored) {
  domain::PastEvent past;
  past.id = stored.id;
  past.feed = stored.feed;
  past.sequence = stored.sequence;
  past.stream = stored.stream;
  past.recorded_at = stored.recorded_at;
  return past;
}

}  // namespace

absl::StatusOr<domain::PastEvent> OpenEvent(const log::StoredEvent& stored,
                                            const privacy::KeyFile& keys) {
  domain::PastEvent past = WithoutBody(stored);
  if (!past.event.ParseFromString(stored.payload)) {
    return absl::DataLossError("the payload of an event is not an event");
  }
  const auto sealed = privacy::Open(past.event, stored.stream, stored.id, stored.feed.circle,
                                    stored.feed.member, keys);
  if (!sealed.ok()) return sealed.status();
  return past;
}

absl::StatusOr<std::vector<domain::PastEvent>> ReadWholeStream(const log::EventLog& log,
                                                               const privacy::KeyFile& keys,
                                                               const log::FeedId& feed,
                                                               const log::StreamId& stream) {
  std::vector<domain::PastEvent> events;
  if (log.StreamRevision(feed, stream).value() == 0) return events;  // or an unknown feed
  const bool own = log.IsOwn(feed);
  while (true) {
    ASSIGN_OR_RETURN(const auto page,
                     log.ReadStream(feed, stream, log::Revision(events.size()), kPage));
    for (const auto& stored : page) {
      auto past = OpenEvent(stored, keys);
      if (!past.ok() && own) return past.status();
      // What another member wrote and nobody can read means nothing; it must not
      // keep this member from reading the rest.
      events.push_back(past.ok() ? *std::move(past) : WithoutBody(stored));
    }
    if (page.size() < kPage) return events;
    if (events.size() > Runner::kMaximumStreamEvents) {
      return base::Refusal(absl::StatusCode::kResourceExhausted, "STREAM_TOO_LONG",
                           "hier is te vaak iets aan veranderd om verder te gaan");
    }
  }
}

absl::StatusOr<std::vector<domain::PastEvent>> ReadHistory(
    const log::EventLog& log, const privacy::KeyFile& keys,
    const std::vector<membership::FeedPart>& history, const log::StreamId& stream) {
  std::vector<domain::PastEvent> events;
  for (const auto& part : history) {
    ASSIGN_OR_RETURN(auto read, ReadWholeStream(log, keys, part.feed, stream));
    for (auto& event : read) {
      if (part.Counts(event.sequence)) events.push_back(std::move(event));
    }
  }
  return events;
}

absl::StatusOr<uint64_t> RevisionIn(const log::EventLog& log, const membership::FeedPart& part,
                                    const log::StreamId& stream) {
  uint64_t end = log.StreamRevision(part.feed, stream).value();
  while (part.end.has_value() && end > 0) {
    const uint64_t from = end > kPage ? end - kPage : 0;
    ASSIGN_OR_RETURN(const auto page,
                     log.ReadStream(part.feed, stream, log::Revision(from), end - from));
    for (size_t i = page.size(); i > 0; --i) {
      if (part.Counts(page[i - 1].sequence)) return from + i;
    }
    end = from;
  }
  return end;
}

absl::StatusOr<uint64_t> RevisionOver(const log::EventLog& log,
                                      const std::vector<membership::FeedPart>& history,
                                      const log::StreamId& stream) {
  uint64_t sum = 0;
  for (const auto& part : history) {
    ASSIGN_OR_RETURN(const uint64_t revision, RevisionIn(log, part, stream));
    sum += revision;
  }
  return sum;
}

namespace {

// In its own feed alone.
absl::StatusOr<uint64_t> RevisionInFeed(const log::EventLog& log, const log::StoredEvent& stored) {
  uint64_t end = log.StreamRevision(stored.feed, stored.stream).value();
  while (end > 0) {
    const uint64_t from = end > kPage ? end - kPage : 0;
    ASSIGN_OR_RETURN(const auto page,
                     log.ReadStream(stored.feed, stored.stream, log::Revision(from), end - from));
    for (size_t i = 0; i < page.size(); ++i) {
      if (page[i].id == stored.id) return from + i + 1;
    }
    end = from;
  }
  return absl::DataLossError("an event does not stand in its stream");
}

}  // namespace

absl::StatusOr<uint64_t> RevisionAfter(const log::EventLog& log, const membership::Circles& circles,
                                       const log::StoredEvent& stored) {
  ASSIGN_OR_RETURN(uint64_t revision, RevisionInFeed(log, stored));
  for (const auto& part : membership::HistoryOf(circles, stored.feed)) {
    if (part.feed.epoch >= stored.feed.epoch) break;
    ASSIGN_OR_RETURN(const uint64_t before, RevisionIn(log, part, stored.stream));
    revision += before;
  }
  return revision;
}

absl::StatusOr<std::optional<log::MemberId>> OwnerOfStream(const log::EventLog& log,
                                                           const membership::Circle& circle,
                                                           const log::StreamId& stream) {
  std::optional<log::MemberId> owner;
  ASSIGN_OR_RETURN(const uint64_t own, RevisionOver(log, circle.FeedsOf(circle.self), stream));
  if (own > 0) {
    owner = circle.self;
    return owner;
  }
  for (const auto& member : circle.Members()) {
    ASSIGN_OR_RETURN(const uint64_t revision, RevisionOver(log, circle.FeedsOf(member), stream));
    if (revision == 0) continue;
    if (owner.has_value()) {
      return base::Refusal(absl::StatusCode::kFailedPrecondition, "STREAM_CONFLICT",
                           "meer dan één lid gebruikt dit nummer")
          .Metadata("id", base::ToText(stream))
          .Remedy("vraag de coördinator van de poolcirkel om het na te gaan");
    }
    owner = member;
  }
  return owner;
}

}  // namespace services::commands
