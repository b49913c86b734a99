#include "eventstore/log/replica.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "eventstore/log/growth.h"
#include "eventstore/merkle/tree.h"

namespace eventstore::log {
namespace {

absl::Status WrongStart(const FeedId& id, uint64_t size) {
  return absl::AbortedError(absl::StrCat("reeks ", Origin(id), " gaat hier verder bij ", size));
}

absl::Status WrongRoot(const FeedId& id) {
  return absl::DataLossError(
      absl::StrCat("gebeurtenissen van ", Origin(id), " geven een andere boom"));
}

// The replica, made when it is new. A feed whose first records are refused leaves
// nothing behind, so those are looked at before it is made.
absl::StatusOr<Feed*> ReplicaFor(FeedStore& replicas, const CheckedRecords& records,
                                 const crypto::Digest& root_after) {
  const FeedId& id = records.feed();
  if (Feed* feed = replicas.Find(id)) return feed;
  if (records.first() != Sequence(0)) return WrongStart(id, 0);
  merkle::Frontier frontier;
  std::vector<merkle::Frontier::FullTile> finished;
  for (const auto& record : records.entries()) frontier.Append(record.leaf_hash, finished);
  if (frontier.Root() != root_after) return WrongRoot(id);
  auto feed = replicas.Create(id);
  if (absl::IsAlreadyExists(feed.status())) return replicas.Find(id);
  if (!feed.ok()) return replicas.Remember(feed.status());
  return feed;
}

// As tables: one of records, which come after all that are there, and one of `index`.
absl::Status WriteTables(storage::Database& database, storage::FeedNumber feed,
                         const CheckedRecords& records, storage::Table index) {
  std::vector<std::string> keys;
  keys.reserve(records.size());
  storage::Table rows;
  rows.reserve(records.size());
  for (const CheckedRecords::Entry& record : records.entries()) {
    keys.push_back(storage::RecordKey(feed, records.first().value() + keys.size()));
    rows.push_back({keys.back(), record.bytes});
  }
  return database.WriteTables({std::move(rows), std::move(index)});
}

}  // namespace

absl::Status StoreInReplica(FeedStore& replicas, const CheckedRecords& records,
                            const crypto::Digest& root_after,
                            std::optional<SignedCheckpoint> checkpoint) {
  ASSIGN_OR_RETURN(Feed * feed, ReplicaFor(replicas, records, root_after));
  base::MutexLock storing(feed->storing());
  if (records.first().value() != feed->size()) return WrongStart(feed->id(), feed->size());
  const bool as_tables = records.size_bytes() >= kBytesForATable;
  Growth growth(replicas, *feed);
  storage::Table index;
  storage::Batch batch;
  if (as_tables) {
    ASSIGN_OR_RETURN(index, growth.AddStored(records.entries()));
  } else {
    for (const CheckedRecords::Entry& record : records.entries()) {
      RETURN_IF_ERROR(growth.Append(record.bytes, record.leaf_hash, record.stream, batch));
    }
    growth.PutIndex(batch);
  }
  if (growth.Root() != root_after) return WrongRoot(feed->id());
  if (checkpoint.has_value()) growth.SetCheckpoint(*std::move(checkpoint), batch);
  RETURN_IF_ERROR(replicas.CheckRoom());
  storage::Database& database = replicas.database();
  if (as_tables) {
    RETURN_IF_ERROR(
        replicas.Remember(WriteTables(database, feed->number(), records, std::move(index))));
  }
  // Beside tables only the checkpoint: whoever shows less than it holds after a crash here
  // fetches on.
  if (!batch.empty()) {
    RETURN_IF_ERROR(replicas.Remember(database.Write(batch, storage::Durability::kSynced)));
  }
  growth.Written();
  std::move(growth).Publish();
  return absl::OkStatus();
}

}  // namespace eventstore::log
