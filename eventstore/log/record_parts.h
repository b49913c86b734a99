#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "eventstore/log/types.h"

namespace eventstore::log {

// What a record says, as views of bytes that somebody else keeps.
struct RecordParts {
  EventId id;
  std::string_view type;
  StreamId stream;
  FeedId feed;
  int64_t recorded_at_microseconds = 0;
  RequestId request;
  std::string_view request_digest;
  std::string_view payload;
  std::string_view actor;  // a serialised SealedField; empty: there is none
};

// Reads a record that keeps every rule of FORMAT.md: nothing when it breaks one, among
// them that there is one way to write it. Takes one pass and no memory; does not say
// what is wrong, which DecodeRecord does. `bytes` may be foreign.
std::optional<RecordParts> ReadParts(std::string_view bytes);

// Makes the bytes of a record; the caller checked the parts.
std::string WriteParts(const RecordParts& parts);

}  // namespace eventstore::log
