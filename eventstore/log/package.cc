#include "eventstore/log/package.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"

namespace eventstore::log {
namespace {

constexpr size_t kMaximumRecords = 1024;
constexpr size_t kMaximumBytes = 4 << 20;

absl::Status NothingThere(const Feed& feed, Sequence first) {
  return absl::OutOfRangeError(absl::StrCat(
      "reeks ", Origin(feed.id()), " heeft nog geen ondertekende gebeurtenis ", first.value()));
}

}  // namespace

absl::StatusOr<poolcirkel::log::v1::Package> MakePackageOf(const FeedStore& store, const Feed& feed,
                                                           Sequence first, size_t limit,
                                                           const crypto::PrivateKey* key) {
  const auto checkpoint = feed.CosignedCheckpoint();
  if (!checkpoint || first.value() >= checkpoint->checkpoint.size) {
    return NothingThere(feed, first);
  }
  if (limit == 0) return base::InvalidField("limit", "is ten minste 1");
  const uint64_t size = checkpoint->checkpoint.size;
  const size_t count = std::min({limit, kMaximumRecords, size_t{size - first.value()}});
  ASSIGN_OR_RETURN(auto records, store.ReadBytes(feed, first, count));

  poolcirkel::log::v1::Package package;
  *package.mutable_feed() = ToProto(feed.id());
  package.set_first_sequence(first.value());
  package.set_checkpoint_note(checkpoint->note);
  size_t bytes = 0;
  for (std::string& record : records) {
    bytes += record.size();
    if (bytes > kMaximumBytes) break;
    package.add_records(std::move(record));
  }
  const uint64_t end = first.value() + static_cast<uint64_t>(package.records_size());
  if (end < size && key != nullptr) {
    ASSIGN_OR_RETURN(const crypto::Digest root, store.RootAt(feed, end));
    package.set_checkpoint_note(SignCheckpoint(feed.id(), end, root, *key).note);
  } else if (end < size) {
    ASSIGN_OR_RETURN(const auto proof, store.ConsistencyProof(feed, end, size));
    for (const crypto::Digest& hash : proof) package.add_consistency_proof(hash.bytes());
  }
  return package;
}

}  // namespace eventstore::log
