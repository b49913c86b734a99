#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "eventstore/merkle/note.h"

// C2SP tlog-proof (https://c2sp.org/tlog-proof): that one entry stands in a log whose head
// was signed, in a text that is verified offline. Pure; foreign input is fine.
namespace eventstore::merkle {

inline constexpr size_t kMaximumTlogProofSize = 512 * 1024;
inline constexpr size_t kMaximumInclusionProof = 64;  // hashes

struct TlogProof {
  // Opaque and not authenticated by anything; nullopt when there is none, never empty.
  std::optional<std::string> extra;
  uint64_t index = 0;
  std::vector<Digest> path;
  Note note;
  friend bool operator==(const TlogProof&, const TlogProof&) = default;
};

// INVALID_ARGUMENT when the text has another form; what parses formats back to the same
// bytes. The note holds a checkpoint then; nothing is verified yet.
absl::StatusOr<TlogProof> ParseTlogProof(std::string_view bytes);
std::string FormatTlogProof(const TlogProof& proof);

struct VerifiedProof {
  Checkpoint checkpoint;
  // Of the known keys: the log's, and those of witnesses.
  std::vector<VerifiedSignature> signatures;
};
// Verifies that the entry with `leaf_hash` stands at proof.index of the log `origin`, in a
// checkpoint that `log` signed. Unknown signatures are ignored; DATA_LOSS when one of a
// known key is wrong, the log's own is missing, the checkpoint is of another log, or the
// path does not lead to it.
absl::StatusOr<VerifiedProof> VerifyTlogProof(const TlogProof& proof, const Digest& leaf_hash,
                                              std::string_view origin, const NoteVerifier& log,
                                              const std::vector<NoteVerifier>& witnesses);

}  // namespace eventstore::merkle
