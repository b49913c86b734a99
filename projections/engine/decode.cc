#include "projections/engine/decode.h"

#include <algorithm>
#include <map>
#include <string>

#include "google/protobuf/descriptor.h"

namespace projections::engine {
namespace {

using Body = poolcirkel::event::v1::Event;

std::map<std::string, int, std::less<>> ReadNumbers() {
  std::map<std::string, int, std::less<>> numbers;
  for (int i = 0; i < Body::descriptor()->field_count(); ++i) {
    const auto* field = Body::descriptor()->field(i);
    numbers.emplace(field->name(), field->number());
  }
  return numbers;
}

// The number of the field that a type names; 0 when there is none.
int NumberOf(std::string_view type) {
  static const auto& numbers = *new std::map<std::string, int, std::less<>>(ReadNumbers());
  const auto number = numbers.find(type);
  return number == numbers.end() ? 0 : number->second;
}

}  // namespace

bool IsKnownType(std::string_view type) { return NumberOf(type) != 0; }

std::optional<Event> DecodeEvent(const eventstore::log::EventView& stored,
                                 google::protobuf::Arena& memory) {
  const auto& [id, type, stream, feed, recorded_at, request, digest, payload, actor] = stored.parts;
  const int number = NumberOf(type);
  if (number == 0) return std::nullopt;
  char* bytes = google::protobuf::Arena::CreateArray<char>(&memory, payload.size());
  std::copy(payload.begin(), payload.end(), bytes);
  auto* body = google::protobuf::Arena::CreateMessage<Body>(&memory);
  if (!body->ParseFromArray(bytes, static_cast<int>(payload.size()))) return std::nullopt;
  if (static_cast<int>(body->body_case()) != number) return std::nullopt;
  return Event{stored.feed,
               stored.sequence,
               id,
               stream,
               absl::FromUnixMicros(recorded_at),
               {bytes, payload.size()},
               *body};
}

}  // namespace projections::engine
