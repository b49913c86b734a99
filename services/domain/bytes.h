#pragma once

#include <string>
#include <string_view>

#include "google/protobuf/message_lite.h"

namespace services::domain {

// The wire form of `message` with map entries in order: equal messages give equal
// bytes. For digests and signatures only; stored events are never encoded again.
std::string DeterministicBytes(const google::protobuf::MessageLite& message);

// Whether `text` is valid UTF-8 (RFC 3629: no overlong forms, no surrogates).
bool IsUtf8(std::string_view text);

}  // namespace services::domain
