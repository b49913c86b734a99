#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "eventstore/log/record.h"
#include "projections/engine/view.h"

namespace projections::engine {

// Whether this program knows the event type `type`: a field of event.v1.Event.
bool IsKnownType(std::string_view type);

// Reads events one at a time. Used by one thread at a time; only for this folder.
class Decoder {
 public:
  // Nothing when the type is not known or the payload is not an event of that type:
  // the same on every node with the same program, whoever wrote the bytes. Valid until the
  // next one and while `stored` is.
  std::optional<Event> Decode(const eventstore::log::EventView& stored);

 private:
  poolcirkel::event::v1::Event body_;
  std::string fields_;  // of a payload that is not written as everybody does
};

}  // namespace projections::engine
