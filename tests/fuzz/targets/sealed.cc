#include "eventstore/privacy/sealing.h"
#include "google/protobuf/stubs/logging.h"
#include "google/protobuf/util/message_differencer.h"
#include "tests/fuzz/targets/expect.h"
#include "tests/fuzz/targets/known.h"
#include "tests/fuzz/targets/targets.h"

namespace tests::fuzz {

namespace privacy = ::eventstore::privacy;
using google::protobuf::util::MessageDifferencer;

// An event with sealed fields, opened by a node that holds all keys: who does not hold
// them can hide a field, and never put another text in its place.
void Sealed(std::string_view input) {
  const google::protobuf::LogSilencer silencer;
  const KnownSeal& seal = TheSeal();
  poolcirkel::event::v1::Event event;
  if (!event.ParseFromString(std::string(input))) return;
  const bool was_clear = privacy::HasClearFields(event);
  poolcirkel::event::v1::Event opened = event;
  const auto result =
      privacy::Open(opened, seal.stream, seal.event_id, seal.circle, seal.member, *seal.keys);
  if (!result.ok()) {
    Expect(MessageDifferencer::Equals(event, opened), "what does not open stays as it is");
    return;
  }
  if (was_clear) return;
  const auto& known = seal.clear.secondment_proposed();
  const auto& body = opened.secondment_proposed();
  Expect(body.motivation().empty() || body.motivation() == known.motivation(),
         "a text that nobody sealed");
  Expect(body.professional_id().empty() || body.professional_id() == known.professional_id(),
         "an id that nobody sealed");
  Expect(
      body.reasons().empty() || (body.reasons_size() == 1 && body.reasons(0).criterion() == "rol"),
      "reasons that nobody sealed");
  // The seals are of this message; nothing of them opens in another.
  if (!opened.has_secondment_proposed()) {
    Expect(MessageDifferencer::Equals(event, opened), "a seal opened in another event");
  }
}

}  // namespace tests::fuzz
