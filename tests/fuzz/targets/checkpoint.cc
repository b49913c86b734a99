#include "eventstore/log/types.h"
#include "eventstore/merkle/note.h"
#include "tests/fuzz/targets/expect.h"
#include "tests/fuzz/targets/targets.h"

namespace tests::fuzz {

namespace log = ::eventstore::log;
namespace merkle = ::eventstore::merkle;

// The text of a checkpoint, the origin line in it, and keys as text.
void Checkpoint(std::string_view input) {
  const auto checkpoint = merkle::ParseCheckpoint(input);
  if (checkpoint.ok()) {
    Expect(merkle::FormatCheckpoint(*checkpoint) == input, "formatting gives the same bytes");
    if (const auto feed = log::ParseOrigin(checkpoint->origin); feed.ok()) {
      Expect(log::Origin(*feed) == checkpoint->origin, "an origin line has one form");
    }
  }
  if (const auto key = merkle::ParseVkey(input); key.ok()) {
    Expect(key->ToVkey() == input, "a key has one form as text");
    Expect(merkle::IsNoteName(key->name), "a key has a name that a note can hold");
  }
}

}  // namespace tests::fuzz
