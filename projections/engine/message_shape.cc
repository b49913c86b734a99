#include "projections/engine/message_shape.h"

#include <cstdint>
#include <cstring>

#include "eventstore/base/text.h"
#include "google/protobuf/descriptor.h"
#include "projections/engine/wire_reader.h"

namespace projections::engine {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

namespace {

// How many bytes at the front are ASCII; seen eight at a time.
size_t AsciiSize(std::string_view text) {
  constexpr uint64_t kHighBits = 0x8080808080808080;
  size_t size = 0;
  for (uint64_t eight = 0; size + sizeof(eight) <= text.size(); size += sizeof(eight)) {
    std::memcpy(&eight, text.data() + size, sizeof(eight));
    if ((eight & kHighBits) != 0) break;
  }
  while (size < text.size() && static_cast<uint8_t>(text[size]) < 0x80) ++size;
  return size;
}

bool IsText(std::string_view bytes) {
  while (true) {
    bytes.remove_prefix(AsciiSize(bytes));
    if (bytes.empty()) return true;
    const size_t size = eventstore::base::CharacterSize(bytes);
    if (size == 0) return false;
    bytes.remove_prefix(size);
  }
}

bool AreVarints(std::string_view numbers) {
  WireReader reader(numbers);
  uint64_t number = 0;
  while (!reader.empty()) {
    if (!reader.TakeVarint(number)) return false;
  }
  return true;
}

}  // namespace

MessageShape::Field MessageShape::FieldOf(const FieldDescriptor& field) {
  switch (field.type()) {
    case FieldDescriptor::TYPE_MESSAGE:
      return {WireReader::kLengthDelimited, Kind::kMessage,
              std::make_shared<const MessageShape>(*field.message_type())};
    case FieldDescriptor::TYPE_STRING:
      return {WireReader::kLengthDelimited, Kind::kText, nullptr};
    case FieldDescriptor::TYPE_BYTES:
      return {WireReader::kLengthDelimited, Kind::kBytes, nullptr};
    case FieldDescriptor::TYPE_DOUBLE:
    case FieldDescriptor::TYPE_FIXED64:
    case FieldDescriptor::TYPE_SFIXED64:
      return {WireReader::kFixed64, Kind::kNumber, nullptr};
    case FieldDescriptor::TYPE_FLOAT:
    case FieldDescriptor::TYPE_FIXED32:
    case FieldDescriptor::TYPE_SFIXED32:
      return {WireReader::kFixed32, Kind::kNumber, nullptr};
    default:
      return field.is_packed() ? Field{WireReader::kLengthDelimited, Kind::kVarints, nullptr}
                               : Field{WireReader::kVarint, Kind::kNumber, nullptr};
  }
}

MessageShape::MessageShape(const Descriptor& type) {
  for (int i = 0; i < type.field_count(); ++i) {
    const auto number = static_cast<size_t>(type.field(i)->number());
    if (fields_.size() <= number) fields_.resize(number + 1);
    fields_[number] = FieldOf(*type.field(i));
  }
}

bool MessageShape::FitsInside(const Field& field, std::string_view bytes) {
  switch (field.kind) {
    case Kind::kMessage:
      return field.message->Fits(bytes);
    case Kind::kText:
      return IsText(bytes);
    case Kind::kVarints:
      return AreVarints(bytes);
    default:
      return true;
  }
}

bool MessageShape::Fits(std::string_view message) const {
  WireReader reader(message);
  for (WireReader::Field found; reader.Next(found);) {
    if (found.number >= fields_.size()) continue;
    const Field& field = fields_[found.number];
    if (field.kind == Kind::kUnknown) continue;
    if (field.type != found.type || !FitsInside(field, found.bytes)) return false;
  }
  return reader.empty();
}

}  // namespace projections::engine
