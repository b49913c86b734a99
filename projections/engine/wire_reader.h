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
  bool Next(Field& field);
  // A number at the front; false when there is none.
  bool TakeVarint(uint64_t& number);

 private:
  bool Skip(uint64_t count) {
    if (count > static_cast<size_t>(end_ - at_)) return false;
    at_ += count;
    return true;
  }

  const char* at_;
  const char* end_;
};

}  // namespace projections::engine
