#pragma once

#include <cstdint>
#include <string_view>

namespace projections::engine {

// Goes over the fields of a message as they stand (protobuf.dev, "Encoding"), without making
// one. The bytes may be foreign. Only for use inside this folder.
class WireReader {
 public:
  enum Type : uint32_t { kVarint = 0, kFixed64 = 1, kLengthDelimited = 2, kFixed32 = 5 };
  struct Field {
    uint64_t number = 0;
    uint32_t type = kVarint;
    std::string_view bytes;  // of kLengthDelimited
  };

  explicit WireReader(std::string_view message) : at_(message.data()), end_(at_ + message.size()) {}

  bool empty() const { return at_ == end_; }

  // False at the end, and when what follows is no field or a group: then it is not empty().
  // Here in full, like TakeVarint: called for every field of every event.
  bool Next(Field& field) {
    const char* const start = at_;
    uint64_t tag = 0;
    uint64_t value = 0;
    bool taken = TakeVarint(tag, kLongestTagOrSize);
    field = {tag >> kTypeBits, static_cast<uint32_t>(tag & ((1 << kTypeBits) - 1)), {}};
    taken = taken && field.number > 0 && field.number <= kLargestNumber;
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
        taken = taken && TakeVarint(value, kLongestTagOrSize) && Skip(value);
        if (taken) field.bytes = {at_ - value, value};
        break;
      default:
        taken = false;
    }
    if (!taken) at_ = start;
    return taken;
  }

  // A number at the front, of at most `longest` bytes; false when there is none.
  bool TakeVarint(uint64_t& number, int longest = kLongest) {
    // Most take one byte.
    if (at_ != end_ && static_cast<uint8_t>(*at_) < 0x80) {
      number = static_cast<uint8_t>(*at_++);
      return true;
    }
    return TakeLongVarint(number, longest);
  }

 private:
  static constexpr uint32_t kTypeBits = 3;
  static constexpr uint64_t kLargestNumber = (1 << 29) - 1;
  static constexpr int kLongest = 10;
  // Protobuf takes no longer ones, whatever their value.
  static constexpr int kLongestTagOrSize = 5;

  bool TakeLongVarint(uint64_t& number, int longest);
  bool Skip(uint64_t count) {
    if (count > static_cast<size_t>(end_ - at_)) return false;
    at_ += count;
    return true;
  }

  const char* at_;
  const char* end_;
};

}  // namespace projections::engine
