#include "projections/views/erasures/erasures.h"

#include <set>

#include "eventstore/base/errors.h"
#include "projections/views/kept/epochs.h"
#include "projections/views/kept/kept_event.h"

namespace projections::views::erasures {

using eventstore::log::CircleId;
using eventstore::log::MemberId;
using eventstore::log::StreamId;
using poolcirkel::event::v1::ErasureAcknowledged;
using Body = poolcirkel::event::v1::Event;

namespace {

constexpr char kOrder = 'o';
constexpr char kAcknowledgement = 'a';

}  // namespace

absl::Status Erasures::Fold(const engine::Event& event, engine::RowWriter& rows) const {
  switch (event.kind()) {
    case Body::kCharterAdopted:
      return kept::KeepCharter(event, rows);
    case Body::kErasureOrdered:
      kept::Keep(event, kOrder, event.stream().view(), rows);
      return absl::OkStatus();
    case Body::kErasureAcknowledged: {
      const std::string_view professional =
          event.Field(ErasureAcknowledged::kProfessionalIdFieldNumber);
      if (professional.size() == StreamId::kSize) {
        kept::Keep(event, kAcknowledgement, professional, rows);
      }
      return absl::OkStatus();
    }
    default:
      return absl::OkStatus();
  }
}

absl::StatusOr<CircleErasures> Read(const engine::ViewReader& reader, const CircleId& circle) {
  CircleErasures result;
  ASSIGN_OR_RETURN(const auto orders, kept::ReadCircle(reader, circle, kOrder));
  std::set<std::pair<MemberId, StreamId>> ordered;
  for (const auto& [name, events] : orders) {
    if (events.empty()) continue;
    const kept::KeptEvent& first = events.front();
    // A member that goes on in a next epoch says nothing new.
    if (!ordered.insert({first.feed.member, first.stream}).second) continue;
    result.orders.push_back(
        {first.feed, first.stream, first.recorded_at, first.body.erasure_ordered().ground()});
  }
  ASSIGN_OR_RETURN(const auto acknowledged, kept::ReadCircle(reader, circle, kAcknowledgement));
  for (const auto& [name, events] : acknowledged) {
    const auto professional = StreamId::FromBytes(name.second);
    if (!professional.ok() || events.empty()) continue;
    const auto& body = events.front().body.erasure_acknowledged();
    result.acknowledged.try_emplace(
        std::pair(*professional, name.first.member),
        Acknowledgement{absl::FromUnixMicros(body.destroyed_online_at_microseconds()),
                        body.last_backup_expires_on()});
  }
  return result;
}

}  // namespace projections::views::erasures
