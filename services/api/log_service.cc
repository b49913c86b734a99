#include "services/api/log_service.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "eventstore/base/errors.h"
#include "eventstore/merkle/note.h"
#include "eventstore/privacy/sealing.h"
#include "services/commands/streams.h"

namespace services::api {
namespace {

namespace base = ::eventstore::base;
namespace log = ::eventstore::log;
namespace merkle = ::eventstore::merkle;
namespace v1 = ::poolcirkel::api::v1;

constexpr uint64_t kDefaultLimit = 100;
constexpr uint64_t kMaximumLimit = 10'000;
constexpr size_t kReadAtOnce = 256;
constexpr uint32_t kActorField = 9;
// How often a live stream looks whether its caller is still there.
constexpr absl::Duration kLiveWait = absl::Milliseconds(250);

std::string ShortName(const membership::CirclePtr& circle, const log::MemberId& id) {
  if (circle == nullptr) return "";
  const auto* member = circle->Member(id);
  return member == nullptr ? base::ToText(id) : member->short_name();
}

}  // namespace

absl::StatusOr<LogService::Place> LogService::Find(const v1::ReadLogRequest& request) const {
  if (request.circle().empty()) {
    if (!request.member().empty()) {
      return base::InvalidField("circle", "noem de poolcirkel van dit lid");
    }
    if (request.has_epoch()) {
      return base::InvalidField("epoch",
                                "hoort bij een poolcirkel: het eigen, besloten log heeft "
                                "geen tijdvakken");
    }
    return Place{circles_.PrivateFeed(), nullptr};
  }
  ASSIGN_OR_RETURN(auto circle, circles_.Resolve(request.circle()));
  ASSIGN_OR_RETURN(
      const log::FeedId feed,
      circle->FindFeed(request.member(),
                       request.has_epoch() ? std::optional(request.epoch()) : std::nullopt));
  return Place{feed, std::move(circle)};
}

v1::LogEvent LogService::Show(const log::StoredEvent& stored,
                              const membership::CirclePtr& circle) const {
  v1::LogEvent event;
  *event.mutable_feed() = log::ToProto(stored.feed);
  event.set_member(ShortName(circle, stored.feed.member));
  event.set_sequence(stored.sequence.value());
  event.set_event_id(base::ToText(stored.id));
  event.set_type(stored.type);
  event.set_stream_id(base::ToText(stored.stream));
  event.set_recorded_at_microseconds(absl::ToUnixMicros(stored.recorded_at));
  event.set_request_id(base::ToText(stored.request));
  event.set_record(stored.bytes);
  // Who somebody is, is told by a disclosure, which is logged; never by the log.
  if (auto opened = commands::OpenEvent(stored, keys_);
      opened.ok() && !opened->event.has_professional_registered()) {
    *event.mutable_event() = std::move(opened->event);
  }
  if (log_.IsOwn(stored.feed) && stored.actor.field_number() == kActorField) {
    const auto actor =
        eventstore::privacy::OpenValue(stored.actor, stored.stream, stored.id, keys_);
    if (actor.ok()) event.mutable_actor()->ParseFromString(*actor);
  }
  return event;
}

absl::Status LogService::DoRead(const v1::ReadLogRequest& request,
                                grpc::ServerWriter<v1::ReadLogResponse>& writer) const {
  ASSIGN_OR_RETURN(const Place place, Find(request));
  if (request.limit() > kMaximumLimit) {
    return base::InvalidField("limit", "is ten hoogste 10.000");
  }
  log::StreamId stream;
  if (!request.stream_id().empty()) {
    const auto parsed = base::ParseUuid<log::StreamId>(request.stream_id());
    if (!parsed.ok()) {
      return base::InvalidField("stream_id", std::string(parsed.status().message()));
    }
    stream = *parsed;
  }
  const auto direction =
      request.backwards() ? log::Direction::kBackwards : log::Direction::kForwards;
  uint64_t left = request.limit() == 0 ? kDefaultLimit : request.limit();
  uint64_t position = request.from();
  while (left > 0) {
    const size_t count = std::min<uint64_t>(left, kReadAtOnce);
    ASSIGN_OR_RETURN(
        const auto events,
        stream.empty()
            ? log_.ReadFeed(place.feed, log::Sequence(position), count, direction)
            : log_.ReadStream(place.feed, stream, log::Revision(position), count, direction));
    for (const auto& stored : events) {
      v1::ReadLogResponse response;
      *response.mutable_event() = Show(stored, place.circle);
      if (!writer.Write(response)) return absl::CancelledError("the caller is gone");
    }
    left -= events.size();
    const bool at_the_start = request.backwards() && position < events.size();
    if (events.size() < count || at_the_start) break;
    if (request.backwards() && stream.empty()) {
      position = events.back().sequence.value();
      if (position == 0) break;
      --position;
    } else {
      position = request.backwards() ? position - events.size() : position + events.size();
    }
  }
  return absl::OkStatus();
}

absl::Status LogService::DoTail(grpc::ServerContext& context, const v1::TailLogRequest& request,
                                grpc::ServerWriter<v1::TailLogResponse>& writer) const {
  ASSIGN_OR_RETURN(const auto circle, circles_.Resolve(request.circle()));
  log::Cursor cursor;
  if (request.has_from()) {
    ASSIGN_OR_RETURN(cursor, log::FromProto(request.from()));
  } else if (!request.from_start()) {
    cursor = log_.Heads();
  }
  log::Filter filter;
  filter.feeds.emplace();
  for (const auto& member : circle->Members()) {
    for (const auto& part : circle->FeedsOf(member)) filter.feeds->insert(part.feed);
  }
  if (request.types_size() > 0) {
    filter.types.emplace(request.types().begin(), request.types().end());
  }
  const auto subscription = log_.Subscribe(cursor, filter);
  while (!context.IsCancelled()) {
    auto batch = subscription->Next(kLiveWait);
    RETURN_IF_ERROR(batch.status());
    if (batch->events.empty()) continue;
    v1::TailLogResponse response;
    for (const auto& stored : batch->events) *response.add_events() = Show(stored, circle);
    *response.mutable_cursor() = log::ToProto(batch->cursor);
    if (!writer.Write(response)) break;
  }
  return absl::OkStatus();
}

v1::LogHeadsResponse::FeedHead LogService::HeadOf(const log::FeedId& feed,
                                                  const membership::CirclePtr& circle) const {
  v1::LogHeadsResponse::FeedHead head;
  *head.mutable_feed() = log::ToProto(feed);
  head.set_member(ShortName(circle, feed.member));
  head.set_size(log_.Size(feed));
  const auto note = log_.CheckpointNote(feed);
  if (!note.ok()) return head;
  head.set_checkpoint_note(*note);
  const auto parsed = merkle::ParseNote(*note);
  if (!parsed.ok()) return head;
  if (const auto checkpoint = merkle::ParseCheckpoint(parsed->text); checkpoint.ok()) {
    head.set_root(checkpoint->root.bytes());
    head.set_size(checkpoint->size);
  }
  std::set<std::string> witnesses;
  for (const auto& signature : parsed->signatures) witnesses.insert(signature.name);
  witnesses.erase(log::Origin(feed));
  head.set_cosignatures(static_cast<int32_t>(witnesses.size()));
  return head;
}

absl::StatusOr<v1::LogHeadsResponse> LogService::DoHeads(const v1::LogHeadsRequest& request) const {
  ASSIGN_OR_RETURN(const auto circle, circles_.Resolve(request.circle()));
  v1::LogHeadsResponse response;
  for (const auto& member : circle->Members()) {
    const log::FeedId present = circle->FeedOf(member);
    for (const auto& part : circle->FeedsOf(member)) {
      if (part.feed != present && !request.all_epochs()) continue;
      *response.add_heads() = HeadOf(part.feed, circle);
    }
  }
  return response;
}

grpc::Status LogService::Read(grpc::ServerContext* context, const v1::ReadLogRequest* request,
                              grpc::ServerWriter<v1::ReadLogResponse>* writer) {
  return gate_.Stream(*context, "/poolcirkel.api.v1.LogService/Read", *request,
                      [&](const Gate::Call&) { return DoRead(*request, *writer); });
}

grpc::Status LogService::Tail(grpc::ServerContext* context, const v1::TailLogRequest* request,
                              grpc::ServerWriter<v1::TailLogResponse>* writer) {
  return gate_.Stream(*context, "/poolcirkel.api.v1.LogService/Tail", *request,
                      [&](const Gate::Call&) { return DoTail(*context, *request, *writer); });
}

grpc::Status LogService::Heads(grpc::ServerContext* context, const v1::LogHeadsRequest* request,
                               v1::LogHeadsResponse* response) {
  return gate_.Answer(*context, "/poolcirkel.api.v1.LogService/Heads", *request, response,
                      [&](const Gate::Call&) { return DoHeads(*request); });
}

}  // namespace services::api
