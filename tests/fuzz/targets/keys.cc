#include "google/protobuf/stubs/logging.h"
#include "services/peer/key_fetcher.h"
#include "services/peer/key_wants.h"
#include "tests/fuzz/targets/expect.h"
#include "tests/fuzz/targets/known.h"
#include "tests/fuzz/targets/receiver.h"
#include "tests/fuzz/targets/targets.h"

namespace tests::fuzz {

namespace peer = ::services::peer;

// Class keys that a member hands out: only keys of its own streams are kept, whole, and of
// a class that is handed out.
void Keys(std::string_view input) {
  const google::protobuf::LogSilencer silencer;
  poolcirkel::peer::v1::FetchKeysResponse given;
  if (!given.ParseFromString(std::string(input))) return;
  static auto& receiver = *new Receiver(TheCircle().story);
  const Story& story = TheCircle().story;
  const peer::KeyMaker maker{story.feed().circle, story.feed().member};
  peer::KeyFetcher::Options options;
  options.log = receiver.log.get();
  options.circles = &receiver.circles;
  options.keys = receiver.keys.get();
  options.entropy = &receiver.entropy;
  options.fetch = [&](const peer::KeyMaker&, const poolcirkel::peer::v1::FetchKeysRequest&)
      -> absl::StatusOr<poolcirkel::peer::v1::FetchKeysResponse> { return given; };
  poolcirkel::peer::v1::FetchKeysRequest request;
  request.set_circle_id(maker.circle.bytes());
  poolcirkel::peer::v1::FetchKeysResponse response;
  const auto kept = peer::KeyFetcher::FetchNow(options, maker, request, &response);
  Expect(kept.ok(), "what is foreign is never an error of this node");
  for (const auto& key : receiver.keys->KeysOf(maker.circle)) {
    Expect(key.id.bytes() == std::string(16, 's'), "a key of a stream that is not the maker's");
    Expect(key.made_by == maker.member, "a key of another maker");
    Expect(key.secret.size() == 32, "a key that is none");
    Expect(key.key_class == poolcirkel::log::v1::KEY_CLASS_PERSON ||
               key.key_class == poolcirkel::log::v1::KEY_CLASS_EXCHANGE,
           "a key of a class that is not handed out");
  }
}

// Which keys a foreign payload makes this node ask for.
void KeyNames(std::string_view input) {
  const google::protobuf::LogSilencer silencer;
  const auto named = peer::KeysNamedIn(input);
  Expect(named.keys.size() * 16 <= input.size(), "every name stands in the payload");
  for (const auto& key : named.keys) {
    Expect(input.find(key.view()) != std::string_view::npos, "a name that does not stand there");
  }
}

}  // namespace tests::fuzz
