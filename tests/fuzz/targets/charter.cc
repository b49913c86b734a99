#include "google/protobuf/stubs/logging.h"
#include "poolcirkel/peer/v1/peer.pb.h"
#include "services/domain/circle/circle.h"
#include "tests/fuzz/targets/expect.h"
#include "tests/fuzz/targets/known.h"
#include "tests/fuzz/targets/targets.h"

namespace tests::fuzz {

namespace circle = ::services::domain::circle;

// Signatures are slow; more versions show nothing new.
constexpr int kLongestChain = 8;

// The bytes of a charter: one form, and every rule kept.
void Charter(std::string_view input) {
  const google::protobuf::LogSilencer silencer;
  const auto charter = circle::ParseCharter(input);
  if (!charter.ok()) return;
  Expect(input.size() <= circle::kMaximumCharterSize, "a charter is bounded");
  const auto encoded = circle::EncodeCharter(*charter);
  Expect(encoded.ok() && *encoded == input, "encoding gives the same bytes");
  Expect(circle::CheckCharter(*charter).ok(), "what parses keeps the rules");
  Expect(charter->members_size() >= 2 && charter->members_size() <= circle::kMaximumMembers,
         "the members are bounded");
  Expect(charter->quorum() * 2 > 1 &&
             charter->quorum() <= static_cast<uint32_t>(charter->members_size()),
         "the quorum can be reached");
}

// A chain of them, as a peer tells it: no version but those that its members signed gets
// through. Input: a FetchChartersResponse.
void CharterChain(std::string_view input) {
  const google::protobuf::LogSilencer silencer;
  poolcirkel::peer::v1::FetchChartersResponse told;
  if (!told.ParseFromString(std::string(input)) || told.charters_size() > kLongestChain) return;
  const circle::Chain chain(told.charters().begin(), told.charters().end());
  const auto newest = circle::VerifyChain(chain);
  if (!newest.ok()) return;
  Expect(newest->version() + 1 == chain.size(), "every version stands in the chain");
  const std::vector<poolcirkel::event::v1::SignedCharter> known = {FirstCharter(), NextCharter()};
  for (size_t i = 0; i < chain.size(); ++i) {
    const auto charter = circle::ParseCharter(chain[i].charter());
    Expect(charter.ok() && charter->version() == i, "every version is one, in its place");
    // Who holds none of the keys can begin a circle of its own, never go on in this one.
    if (circle::CircleIdOf(chain[0].charter()) != circle::CircleIdOf(known[0].charter())) continue;
    Expect(i < known.size() && chain[i].charter() == known[i].charter(),
           "a version that its members never signed");
  }
}

}  // namespace tests::fuzz
