#include "eventstore/merkle/note.h"

#include "tests/fuzz/targets/expect.h"
#include "tests/fuzz/targets/known.h"
#include "tests/fuzz/targets/targets.h"

namespace tests::fuzz {

namespace log = ::eventstore::log;
namespace merkle = ::eventstore::merkle;

// A note and the signatures on it, among them cosignatures: what parses formats back to
// the same bytes, and no text but those that were signed verifies.
void Note(std::string_view input) {
  const auto note = merkle::ParseNote(input);
  if (!note.ok()) return;
  Expect(merkle::FormatNote(*note) == input, "formatting a parsed note gives its bytes");

  const KnownCircle& circle = TheCircle();
  std::vector<merkle::NoteVerifier> known = {{log::Origin(circle.story.feed()),
                                              merkle::NoteAlgorithm::kEd25519,
                                              circle.people[0].key.public_key()}};
  for (size_t i = 1; i < circle.people.size(); ++i) {
    const log::FeedId feed{circle.story.feed().circle, circle.people[i].id, log::Epoch(0)};
    known.push_back({log::Origin(feed), merkle::NoteAlgorithm::kCosignatureV1,
                     circle.people[i].key.public_key()});
  }
  const auto verified = merkle::VerifyNote(*note, known);
  if (!verified.ok() || verified->empty()) return;
  Expect(verified->size() <= known.size(), "a signer counts once");
  const auto checkpoint = merkle::ParseCheckpoint(note->text);
  Expect(checkpoint.ok(), "only checkpoints were signed");
  Expect(checkpoint->size <= circle.story.size(), "nobody signed such a size");
  const bool signed_text = checkpoint->root == circle.story.Root(checkpoint->size) ||
                           checkpoint->root == circle.fork.Root(checkpoint->size);
  Expect(signed_text && checkpoint->extension.empty(), "this text was never signed");
}

}  // namespace tests::fuzz
