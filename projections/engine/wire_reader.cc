#include "projections/engine/wire_reader.h"

namespace projections::engine {

bool WireReader::TakeLongVarint(uint64_t& number, int longest) {
  number = 0;
  for (int i = 0; i < longest && at_ != end_; ++i) {
    const auto byte = static_cast<uint8_t>(*at_++);
    number |= uint64_t{byte & 0x7Fu} << (7 * i);
    if (byte < 0x80) return i + 1 < kLongest || byte <= 1;
  }
  return false;
}

}  // namespace projections::engine
