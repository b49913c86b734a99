#include "services/domain/bytes.h"

#include <cstdint>

#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"

namespace services::domain {
namespace {

// How many bytes follow the first one; -1 when it cannot start a character.
int FollowingBytes(uint8_t first) {
  if (first < 0x80) return 0;
  if (first >= 0xC2 && first <= 0xDF) return 1;
  if (first >= 0xE0 && first <= 0xEF) return 2;
  if (first >= 0xF0 && first <= 0xF4) return 3;
  return -1;
}

// The second byte rules out overlong forms, surrogates and what lies past U+10FFFF.
bool SecondFits(uint8_t first, uint8_t second) {
  if (first == 0xE0) return second >= 0xA0;
  if (first == 0xED) return second <= 0x9F;
  if (first == 0xF0) return second >= 0x90;
  if (first == 0xF4) return second <= 0x8F;
  return true;
}

}  // namespace

std::string DeterministicBytes(const google::protobuf::MessageLite& message) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    message.SerializeToCodedStream(&coded);
  }
  return bytes;
}

bool IsUtf8(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const auto first = static_cast<uint8_t>(text[at]);
    const int following = FollowingBytes(first);
    if (following < 0 || text.size() - at <= static_cast<size_t>(following)) return false;
    for (int i = 1; i <= following; ++i) {
      const auto next = static_cast<uint8_t>(text[at + static_cast<size_t>(i)]);
      if ((next & 0xC0) != 0x80 || (i == 1 && !SecondFits(first, next))) return false;
    }
    at += static_cast<size_t>(following) + 1;
  }
  return true;
}

}  // namespace services::domain
