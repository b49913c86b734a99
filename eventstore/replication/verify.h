#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "eventstore/crypto/digest.h"
#include "eventstore/crypto/signature.h"
#include "eventstore/log/checked_records.h"
#include "eventstore/log/event_log.h"
#include "eventstore/log/types.h"
#include "eventstore/merkle/note.h"
#include "eventstore/replication/compact_range.h"
#include "poolcirkel/log/v1/package.pb.h"

// What must hold before a foreign byte is stored. Pure functions; their input may
// be hostile, and nothing is done with it when they refuse.
namespace eventstore::replication {

inline constexpr size_t kMaximumPackageRecords = 1024;
inline constexpr size_t kMaximumPackageSize = 4 * 1024 * 1024;  // bytes of all records
inline constexpr size_t kMaximumProofLength = 128;              // two for each level of the tree
// A record that claims to be written this much later than it arrives is flagged.
inline constexpr absl::Duration kMaximumSkew = absl::Minutes(5);

// A checkpoint that the writer of the feed signed.
struct SignedHead {
  merkle::Checkpoint checkpoint;
  merkle::Note note;                // every signature that came along; only the writer's is checked
  merkle::NoteSignature signature;  // the writer's
};

// Reads a checkpoint note of `feed`. INVALID_ARGUMENT when it is malformed or has
// another origin line; PERMISSION_DENIED when `key` did not sign it.
absl::StatusOr<SignedHead> VerifyHead(const log::FeedId& feed, const crypto::PublicKey& key,
                                      std::string_view note);

// What a node holds of a feed, as far as the next record depends on it.
struct Tail {
  CompactRange tree;
  absl::Time last_recorded_at = absl::InfinitePast();

  uint64_t size() const { return tree.size(); }
};
// Reads it from the log, and holds it against the log's own root. DATA_LOSS.
absl::StatusOr<Tail> LoadTail(const log::EventLog& log, const log::FeedId& feed);

// A package that may be stored.
struct VerifiedPackage {
  log::CheckedRecords records;
  crypto::Digest root_after{};
  Tail after{};
  SignedHead head{};  // size at least after.size()
  // Records from the future, by the receiver's clock. Never a reason to refuse.
  size_t skewed = 0;
};

// Verifies all of: the package is of `feed` and starts where `have` ends; its
// bounds; every record (log::CheckRecord, recorded times strictly increase); the
// checkpoint's origin and signature; the proof that the tree after the package is
// a prefix of the checkpoint's tree. Errors:
//   ABORTED            it does not start at have.size()
//   INVALID_ARGUMENT   its form or one of its records is wrong
//   PERMISSION_DENIED  `key` did not sign the checkpoint
//   DATA_LOSS          all that is right, but the tree does not lead to the checkpoint
absl::StatusOr<VerifiedPackage> VerifyPackage(const log::FeedId& feed, const crypto::PublicKey& key,
                                              const Tail& have,
                                              const poolcirkel::log::v1::Package& package,
                                              absl::Time now);
// The same under a head that VerifyHead gave for the package's checkpoint note: most
// packages of a fetch come with the same one.
absl::StatusOr<VerifiedPackage> VerifyPackageUnder(const log::FeedId& feed, const SignedHead& head,
                                                   const Tail& have,
                                                   const poolcirkel::log::v1::Package& package,
                                                   absl::Time now);

}  // namespace eventstore::replication
