#pragma once

#include <string>
#include <string_view>

#include "google/protobuf/descriptor.h"
#include "poolcirkel/event/v1/event.pb.h"
#include "projections/engine/decode.h"

namespace tests::testing {

// What is wrong with how folds see an event of that type and payload; empty when it is as
// Protobuf sees it.
inline std::string WrongDecoding(const std::string& type, std::string_view payload) {
  using Body = poolcirkel::event::v1::Event;
  Body expected;
  const auto* kind = Body::descriptor()->FindFieldByName(type);
  const bool is_event = expected.ParseFromArray(payload.data(), static_cast<int>(payload.size())) &&
                        kind != nullptr && static_cast<int>(expected.body_case()) == kind->number();
  eventstore::log::EventView stored;
  stored.parts.type = type;
  stored.parts.payload = payload;
  projections::engine::Decoder decoder;
  const auto event = decoder.Decode(stored);
  if (event.has_value() != is_event) return is_event ? "is not taken" : "is taken";
  if (!is_event) return "";
  if (static_cast<int>(event->kind()) != kind->number()) return "has another kind";
  const auto& message = expected.GetReflection()->GetMessage(expected, kind);
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const auto* field = message.GetDescriptor()->field(i);
    if (field->is_repeated() || field->cpp_type() != field->CPPTYPE_STRING) continue;
    if (event->Field(field->number()) != message.GetReflection()->GetString(message, field)) {
      return "has another " + field->name();
    }
  }
  return event->body().SerializeAsString() == expected.SerializeAsString() ? ""
                                                                           : "has another body";
}

}  // namespace tests::testing
