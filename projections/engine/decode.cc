#include "projections/engine/decode.h"

#include <string>
#include <utility>

#include "google/protobuf/descriptor.h"

namespace projections::engine {
namespace {

using Body = poolcirkel::event::v1::Event;

}  // namespace

bool IsKnownType(std::string_view type) {
  return Body::descriptor()->FindFieldByName(std::string(type)) != nullptr;
}

std::optional<Event> DecodeEvent(eventstore::log::StoredEvent&& stored) {
  const auto* field = Body::descriptor()->FindFieldByName(stored.type);
  if (field == nullptr) return std::nullopt;
  Body body;
  if (!body.ParseFromString(stored.payload)) return std::nullopt;
  if (static_cast<int>(body.body_case()) != field->number()) return std::nullopt;
  return Event{stored.feed,
               stored.sequence,
               stored.id,
               stored.stream,
               std::move(stored.type),
               stored.recorded_at,
               std::move(stored.payload),
               std::move(body)};
}

}  // namespace projections::engine
