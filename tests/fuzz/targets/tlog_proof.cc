#include "eventstore/merkle/tlog_proof.h"

#include "eventstore/merkle/tree.h"
#include "tests/fuzz/targets/expect.h"
#include "tests/fuzz/targets/known.h"
#include "tests/fuzz/targets/targets.h"

namespace tests::fuzz {

namespace log = ::eventstore::log;
namespace merkle = ::eventstore::merkle;

// A C2SP tlog-proof of any of the known records verifies only where that record stands.
void TlogProof(std::string_view input) {
  const auto proof = merkle::ParseTlogProof(input);
  if (!proof.ok()) return;
  Expect(merkle::FormatTlogProof(*proof) == input, "formatting gives the same bytes");
  Expect(!proof->extra.has_value() || !proof->extra->empty(), "extra data is absent or there");
  const KnownCircle& circle = TheCircle();
  const std::string origin = log::Origin(circle.story.feed());
  const merkle::NoteVerifier key{origin, merkle::NoteAlgorithm::kEd25519,
                                 circle.people[0].key.public_key()};
  for (uint64_t i = 0; i < circle.story.size(); ++i) {
    const auto leaf = merkle::LeafHash(circle.story.records()[i]);
    if (!merkle::VerifyTlogProof(*proof, leaf, origin, key, {}).ok()) continue;
    Expect(proof->index == i, "a record was shown where it is not");
  }
}

}  // namespace tests::fuzz
