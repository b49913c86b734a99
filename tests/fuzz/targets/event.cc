#include "google/protobuf/descriptor.h"
#include "poolcirkel/event/v1/event.pb.h"
#include "tests/fuzz/targets/expect.h"
#include "tests/fuzz/targets/targets.h"
#include "tests/testing/decoding.h"

namespace tests::fuzz {

// The payload of an event, of the type that it is, or else of one that it is not.
void EventPayload(std::string_view input) {
  using Body = poolcirkel::event::v1::Event;
  Body body;
  body.ParsePartialFromArray(input.data(), static_cast<int>(input.size()));
  const auto* kind = Body::descriptor()->FindFieldByNumber(static_cast<int>(body.body_case()));
  const std::string type = kind == nullptr ? "free_hours_stated" : kind->name();
  const std::string wrong = testing::WrongDecoding(type, input);
  Expect(wrong.empty(), wrong.c_str());
}

}  // namespace tests::fuzz
