#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "eventstore/crypto/digest.h"
#include "eventstore/crypto/signature.h"

// The C2SP formats signed-note, tlog-checkpoint and tlog-cosignature
// (https://c2sp.org). Parsing takes foreign bytes: it is bounded and strict.
namespace eventstore::merkle {

using crypto::Digest;

// Room for what signed-note asks at least: 16 signatures, also of 5 kB each (post-quantum
// ones of others, which are carried along unread).
inline constexpr size_t kMaximumNoteSize = 256 * 1024;
inline constexpr size_t kMaximumNoteSignatures = 100;
inline constexpr size_t kMaximumVkeySize = 1024;

// Whether a key may be called `name`: valid UTF-8 that is not empty, without
// control characters, Unicode spaces and plus.
bool IsNoteName(std::string_view name);

// A signature line: "— <name> base64(4-byte key id || signature)".
struct NoteSignature {
  std::string name;
  uint32_t key_id = 0;
  std::string signature;  // algorithm specific
  friend bool operator==(const NoteSignature&, const NoteSignature&) = default;
};

// A note whose form was checked, its signatures not yet.
struct Note {
  std::string text;  // ends with a newline
  std::vector<NoteSignature> signatures;
  friend bool operator==(const Note&, const Note&) = default;
};

// Splits at the last blank line. INVALID_ARGUMENT on malformed lines, lenient
// base64, control characters, invalid UTF-8, or one of the bounds above.
absl::StatusOr<Note> ParseNote(std::string_view bytes);
std::string FormatNote(const Note& note);

// A key that signs notes under `name`; the algorithm byte is part of the key id.
enum class NoteAlgorithm : uint8_t {
  kEd25519 = 0x01,       // signed-note
  kCosignatureV1 = 0x04  // tlog-cosignature
};
struct NoteVerifier {
  std::string name;
  NoteAlgorithm algorithm = NoteAlgorithm::kEd25519;
  crypto::PublicKey key;

  uint32_t KeyId() const;
  // "<name>+<hex key id>+<base64(algorithm || key)>", the vkey of signed-note.
  std::string ToVkey() const;
};
absl::StatusOr<NoteVerifier> ParseVkey(std::string_view vkey);

// A signature of a known key that verified.
struct VerifiedSignature {
  std::string name;
  NoteAlgorithm algorithm;
  absl::Time time;  // of a cosignature; absl::InfinitePast() for Ed25519
};

// Checks every signature of a known key; unknown ones are ignored. DATA_LOSS
// when one of a known key is wrong, also when another of the same key is right.
// Gives at most one result for each name and algorithm (the latest time), so that
// counting results is counting signers. No result means that nothing was proved.
absl::StatusOr<std::vector<VerifiedSignature>> VerifyNote(
    const Note& note, const std::vector<NoteVerifier>& known);

// Adds an Ed25519 signature over note.text. An older signature of the same key is
// replaced; `name` must be a note name (checked by assertion). Same for CosignNote.
void SignNote(Note& note, const std::string& name, const crypto::PrivateKey& key);
// Adds a cosignature/v1 made at `time` (whole seconds).
void CosignNote(Note& note, const std::string& name, const crypto::PrivateKey& key,
                absl::Time time);

// The text of a tlog-checkpoint: origin, size, base64 root; extension lines are
// kept as they came.
struct Checkpoint {
  std::string origin;
  uint64_t size = 0;
  Digest root;
  std::string extension;  // zero or more whole lines
  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};
absl::StatusOr<Checkpoint> ParseCheckpoint(std::string_view note_text);
std::string FormatCheckpoint(const Checkpoint& checkpoint);

}  // namespace eventstore::merkle
