#pragma once

#include <optional>
#include <string_view>

#include "eventstore/log/record.h"
#include "projections/engine/view.h"

namespace projections::engine {

// Whether this program knows the event type `type`: a field of event.v1.Event.
bool IsKnownType(std::string_view type);

// Nothing when the type is not known or the payload is not an event of that type:
// the same on every node with the same program, whoever wrote the bytes.
// Takes type and payload over then, and leaves them otherwise.
std::optional<Event> DecodeEvent(eventstore::log::StoredEvent&& stored);

}  // namespace projections::engine
