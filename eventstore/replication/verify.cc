#include "eventstore/replication/verify.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "eventstore/merkle/proof.h"
#include "eventstore/merkle/tree.h"
#include "eventstore/replication/membership.h"

namespace eventstore::replication {
namespace {

using poolcirkel::log::v1::Package;

absl::Status CheckForm(const log::FeedId& feed, const Package& package) {
  ASSIGN_OR_RETURN(const log::FeedId named, log::FromProto(package.feed()));
  if (named != feed) return absl::InvalidArgumentError("feed: het pakket is van een andere feed");
  const size_t count = static_cast<size_t>(package.records_size());
  if (count == 0 || count > kMaximumPackageRecords) {
    return absl::InvalidArgumentError(
        absl::StrCat("records: 1 tot ", kMaximumPackageRecords, ", niet ", count));
  }
  size_t bytes = 0;
  for (const std::string& record : package.records()) bytes += record.size();
  if (bytes > kMaximumPackageSize) {
    return absl::InvalidArgumentError(
        absl::StrCat("records: samen hoogstens ", kMaximumPackageSize, " bytes, niet ", bytes));
  }
  if (static_cast<size_t>(package.consistency_proof_size()) > kMaximumProofLength) {
    return absl::InvalidArgumentError(
        absl::StrCat("consistency_proof: hoogstens ", kMaximumProofLength, " hashes"));
  }
  return absl::OkStatus();
}

absl::Status CheckStart(const Tail& have, const Package& package) {
  if (package.first_sequence() == have.size()) return absl::OkStatus();
  return absl::AbortedError(absl::StrCat("het pakket begint bij ", package.first_sequence(),
                                         ", niet bij ", have.size()));
}

absl::StatusOr<std::vector<crypto::Digest>> ReadProof(const Package& package) {
  std::vector<crypto::Digest> proof;
  for (const std::string& hash : package.consistency_proof()) {
    ASSIGN_OR_RETURN(proof.emplace_back(), crypto::Digest::FromBytes(hash));
  }
  return proof;
}

// Checks the records and grows `result` by them.
absl::Status TakeRecords(const Package& package, absl::Time now, VerifiedPackage& result) {
  const std::vector<std::string_view> records(package.records().begin(), package.records().end());
  RETURN_IF_ERROR(result.records.Add(records));
  const absl::Time future = now + kMaximumSkew;
  for (const log::CheckedRecords::Entry& record : result.records.entries()) {
    if (record.recorded_at <= result.after.last_recorded_at) {
      return absl::InvalidArgumentError(absl::StrCat("recorded_at_microseconds: gebeurtenis ",
                                                     result.after.size(),
                                                     " is niet later dan de vorige"));
    }
    if (record.recorded_at > future) ++result.skewed;
    result.after.last_recorded_at = record.recorded_at;
    result.after.tree.Append(record.leaf_hash);
  }
  result.root_after = result.after.tree.Root();
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<SignedHead> VerifyHead(const log::FeedId& feed, const crypto::PublicKey& key,
                                      std::string_view note) {
  SignedHead head;
  ASSIGN_OR_RETURN(head.note, merkle::ParseNote(note));
  ASSIGN_OR_RETURN(head.checkpoint, merkle::ParseCheckpoint(head.note.text));
  if (head.checkpoint.origin != log::Origin(feed)) {
    return absl::InvalidArgumentError("de getekende stand is van een andere feed");
  }
  const merkle::NoteVerifier verifier = CheckpointVerifier(feed, key);
  const uint32_t key_id = verifier.KeyId();
  const auto signature = std::find_if(head.note.signatures.begin(), head.note.signatures.end(),
                                      [&](const merkle::NoteSignature& s) {
                                        return s.name == verifier.name && s.key_id == key_id;
                                      });
  if (signature == head.note.signatures.end()) {
    return absl::PermissionDeniedError(
        "de stand mist de handtekening van de schrijver van de feed");
  }
  const auto verified = merkle::VerifyNote({head.note.text, {*signature}}, {verifier});
  if (!verified.ok() || verified->empty()) {
    return absl::PermissionDeniedError("de handtekening van de schrijver klopt niet met de stand");
  }
  if (head.checkpoint.size == 0 && head.checkpoint.root != merkle::EmptyRoot()) {
    return absl::InvalidArgumentError("een stand van omvang 0 heeft de lege wortel");
  }
  head.signature = *signature;
  return head;
}

absl::StatusOr<Tail> LoadTail(const log::EventLog& log, const log::FeedId& feed) {
  Tail tail;
  const uint64_t size = log.Size(feed);
  if (size == 0) return tail;
  const log::Sequence last(size - 1);
  ASSIGN_OR_RETURN(const std::vector<log::StoredEvent> events, log.ReadFeed(feed, last, 1));
  if (events.size() != 1)
    return absl::DataLossError("de laatste gebeurtenis van een feed is er niet");
  ASSIGN_OR_RETURN(const std::vector<crypto::Digest> path, log.InclusionProof(feed, last, size));
  ASSIGN_OR_RETURN(tail.tree,
                   CompactRange::FromLastLeaf(size, merkle::LeafHash(events.front().bytes), path));
  ASSIGN_OR_RETURN(const crypto::Digest root, log.RootAt(feed, size));
  if (tail.tree.Root() != root) {
    return absl::DataLossError("de laatste gebeurtenis van een feed is niet die van zijn boom");
  }
  tail.last_recorded_at = events.front().recorded_at;
  return tail;
}

absl::StatusOr<VerifiedPackage> VerifyPackage(const log::FeedId& feed, const crypto::PublicKey& key,
                                              const Tail& have, const Package& package,
                                              absl::Time now) {
  RETURN_IF_ERROR(CheckForm(feed, package));
  RETURN_IF_ERROR(CheckStart(have, package));
  ASSIGN_OR_RETURN(const SignedHead head, VerifyHead(feed, key, package.checkpoint_note()));
  return VerifyPackageUnder(feed, head, have, package, now);
}

absl::StatusOr<VerifiedPackage> VerifyPackageUnder(const log::FeedId& feed, const SignedHead& head,
                                                   const Tail& have, const Package& package,
                                                   absl::Time now) {
  RETURN_IF_ERROR(CheckForm(feed, package));
  RETURN_IF_ERROR(CheckStart(have, package));
  ASSIGN_OR_RETURN(const std::vector<crypto::Digest> proof, ReadProof(package));
  VerifiedPackage result{.records = log::CheckedRecords(feed, log::Sequence(have.size())),
                         .after = have,
                         .head = head};
  RETURN_IF_ERROR(TakeRecords(package, now, result));
  const merkle::Checkpoint& checkpoint = result.head.checkpoint;
  if (checkpoint.size < result.after.size()) {
    return absl::InvalidArgumentError(
        "de stand is van een kleinere boom dan waar het pakket eindigt");
  }
  const absl::Status consistent = merkle::VerifyConsistency(
      result.after.size(), checkpoint.size, result.root_after, checkpoint.root, proof);
  if (!consistent.ok()) {
    return absl::DataLossError(absl::StrCat(
        "de gebeurtenissen leiden niet naar de ondertekende stand: ", consistent.message()));
  }
  return result;
}

}  // namespace eventstore::replication
