// Records that this member lost and others kept, back in its own feeds.

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "eventstore/log/append_checks.h"
#include "eventstore/log/writer.h"
#include "eventstore/storage/files.h"

namespace eventstore::log {

absl::Status Writer::WriteDurably(storage::Batch& batch) {
  absl::Status written = storage::CheckRoom(directory_, environment_);
  if (written.ok()) written = own_.database().Write(batch, storage::Durability::kSynced);
  if (!written.ok()) SetHealth(own_.Remember(written));
  return written;
}

absl::Status Writer::Restore(const FeedId& id, Sequence first,
                             const std::vector<StoredEvent>& events,
                             const crypto::Digest& root_after,
                             std::optional<SignedCheckpoint> checkpoint) {
  base::MutexLock lock(commit_mutex_);
  std::vector<FeedId> grown;
  RETURN_IF_ERROR(MayWrite(grown));
  if (const absl::Status settled = acknowledger_.Settle(); !settled.ok()) {
    return WritingStopped(settled);
  }
  Feed* feed = own_.Find(id);
  if (feed == nullptr || !feed->locked()) {
    return absl::FailedPreconditionError(
        absl::StrCat("reeks ", Origin(id), " is van dit lid zelf en wordt al geschreven"));
  }
  if (first.value() != feed->size()) {
    return absl::AbortedError(
        absl::StrCat("reeks ", Origin(id), " gaat hier verder bij ", feed->size()));
  }
  Growth growth(own_, *feed);
  storage::Batch batch;
  for (const StoredEvent& event : events) {
    RETURN_IF_ERROR(growth.Append(event.bytes, event.stream, batch));
  }
  if (growth.Root() != root_after) {
    return absl::DataLossError(
        absl::StrCat("gebeurtenissen van ", Origin(id), " geven een andere boom"));
  }
  growth.PutIndex(batch);
  if (checkpoint.has_value()) growth.SetCheckpoint(*std::move(checkpoint), batch);
  RETURN_IF_ERROR(IndexRequests(events, batch));
  Heads heads = heads_;
  heads[id] = {growth.size(), growth.Root()};
  RETURN_IF_ERROR(WriteDurably(batch));
  growth.Written();
  written_.erase(id);
  heads_ = heads;
  RETURN_IF_ERROR(acknowledger_.Write(std::move(heads)));
  for (const StoredEvent& event : events) {
    last_recorded_ = std::max(last_recorded_, event.recorded_at);
  }
  std::move(growth).Publish();
  return absl::OkStatus();
}

absl::Status Writer::IndexRequests(const std::vector<StoredEvent>& events,
                                   storage::Batch& batch) const {
  absl::flat_hash_map<RequestId, ExecutedRequest> executed;
  for (const StoredEvent& event : events) {
    const auto [entry, is_new] =
        executed.try_emplace(event.request, ExecutedRequest{event.request_digest, {}});
    if (is_new) {
      auto known = requests_.Find(event.request);
      if (known.ok()) entry->second = *std::move(known);
      if (!known.ok() && !absl::IsNotFound(known.status())) return known.status();
    }
    entry->second.result.positions.push_back({event.feed, event.sequence, event.id});
  }
  for (const auto& [request, entry] : executed) requests_.Put(request, entry, batch);
  // A request over several feeds comes back feed by feed, in whatever order: the next
  // opening makes the index again.
  batch.Delete(storage::RequestIndexKey());
  return absl::OkStatus();
}

}  // namespace eventstore::log
