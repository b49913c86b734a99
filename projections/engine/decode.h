#pragma once

#include <optional>
#include <string_view>

#include "eventstore/log/record.h"
#include "google/protobuf/arena.h"
#include "projections/engine/view.h"

namespace projections::engine {

// Whether this program knows the event type `type`: a field of event.v1.Event.
bool IsKnownType(std::string_view type);

// Nothing when the type is not known or the payload is not an event of that type:
// the same on every node with the same program, whoever wrote the bytes.
// Copies what the event needs into `memory`.
std::optional<Event> DecodeEvent(const eventstore::log::EventView& stored,
                                 google::protobuf::Arena& memory);

}  // namespace projections::engine
