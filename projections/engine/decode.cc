#include "projections/engine/decode.h"

#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"
#include "projections/engine/message_shape.h"
#include "projections/engine/wire_reader.h"

namespace projections::engine {

using Body = poolcirkel::event::v1::Event;

namespace {

struct KnownType {
  Event::Kind kind = Body::BODY_NOT_SET;
  MessageShape shape;
};
using KnownTypes = absl::flat_hash_map<std::string, KnownType>;

KnownTypes ReadTypes() {
  KnownTypes types;
  for (int i = 0; i < Body::descriptor()->field_count(); ++i) {
    const auto* field = Body::descriptor()->field(i);
    types.try_emplace(field->name(), KnownType{static_cast<Event::Kind>(field->number()),
                                               MessageShape(*field->message_type())});
  }
  return types;
}

// Nothing when this program does not know it.
const KnownType* Find(std::string_view type) {
  static const auto& types = *new KnownTypes(ReadTypes());
  const auto known = types.find(absl::string_view(type.data(), type.size()));
  return known == types.end() ? nullptr : &known->second;
}

// The message of an event that holds nothing else, as everybody writes them; otherwise nothing.
std::optional<std::string_view> OnlyField(Event::Kind kind, std::string_view payload) {
  WireReader reader(payload);
  WireReader::Field field;
  const bool is_only = reader.Next(field) && reader.empty() &&
                       field.number == static_cast<uint64_t>(kind) &&
                       field.type == WireReader::kLengthDelimited;
  return is_only ? std::optional(field.bytes) : std::nullopt;
}

}  // namespace

bool IsKnownType(std::string_view type) { return Find(type) != nullptr; }

std::string_view Event::Field(int number) const {
  WireReader reader(fields_);
  std::string_view bytes;
  // The last one counts.
  for (WireReader::Field field; reader.Next(field);) {
    const bool is_asked = field.number == static_cast<uint64_t>(number);
    if (is_asked && field.type == WireReader::kLengthDelimited) bytes = field.bytes;
  }
  return bytes;
}

const Body& Event::body() const {
  if (!decoded_) {
    body_.ParseFromArray(payload().data(), static_cast<int>(payload().size()));
    decoded_ = true;
  }
  return body_;
}

std::optional<Event> Decoder::Decode(const eventstore::log::EventView& stored) {
  const KnownType* type = Find(stored.parts.type);
  if (type == nullptr) return std::nullopt;
  const std::string_view payload = stored.parts.payload;
  if (const auto only = OnlyField(type->kind, payload); only && type->shape.Fits(*only)) {
    return Event(stored, type->kind, *only, body_);
  }
  if (!body_.ParseFromArray(payload.data(), static_cast<int>(payload.size()))) return std::nullopt;
  if (body_.body_case() != type->kind) return std::nullopt;
  const auto* field = Body::descriptor()->FindFieldByNumber(static_cast<int>(type->kind));
  fields_ = body_.GetReflection()->GetMessage(body_, field).SerializeAsString();
  return Event(stored, type->kind, fields_, body_);
}

}  // namespace projections::engine
