#include "projections/engine/wire_reader.h"

namespace projections::engine {
namespace {

constexpr uint32_t kTypeBits = 3;
constexpr uint64_t kLargestFieldNumber = (1 << 29) - 1;

}  // namespace

bool WireReader::TakeVarint(uint64_t& number) {
  constexpr int kLongest = 10;
  number = 0;
  for (int i = 0; i < kLongest && at_ != end_; ++i) {
    const auto byte = static_cast<uint8_t>(*at_++);
    number |= uint64_t{byte & 0x7Fu} << (7 * i);
    if (byte < 0x80) return i + 1 < kLongest || byte <= 1;
  }
  return false;
}

bool WireReader::Next(Field& field) {
  const char* const start = at_;
  uint64_t tag = 0;
  uint64_t value = 0;
  bool taken = TakeVarint(tag);
  field = {tag >> kTypeBits, static_cast<uint32_t>(tag & ((1 << kTypeBits) - 1)), {}};
  taken = taken && field.number > 0 && field.number <= kLargestFieldNumber;
  switch (field.type) {
    case kVarint:
      taken = taken && TakeVarint(value);
      break;
    case kFixed64:
      taken = taken && Skip(sizeof(uint64_t));
      break;
    case kFixed32:
      taken = taken && Skip(sizeof(uint32_t));
      break;
    case kLengthDelimited:
      taken = taken && TakeVarint(value) && Skip(value);
      if (taken) field.bytes = {at_ - value, value};
      break;
    default:
      taken = false;
  }
  if (!taken) at_ = start;
  return taken;
}

}  // namespace projections::engine
