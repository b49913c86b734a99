#include "eventstore/log/request_index.h"

#include <utility>
#include <vector>

#include "eventstore/base/errors.h"

namespace eventstore::log {
namespace {

// digest (32) || for each record: feed number (4) || sequence (8) || event id (16).
constexpr size_t kDigestSize = 32;
constexpr size_t kPositionSize = 4 + 8 + EventId::kSize;
constexpr size_t kRebuildBatchBytes = 1 << 20;
// Requests of the node itself, whose ids are hashes, between timed ones and the end of time:
// one in a hundred of them all.
constexpr int kMostOthers = 10'000;

absl::Status Damaged() {
  return absl::DataLossError("opslag: een verzoek in de verzoekenlijst is beschadigd");
}

// A feed that is read from its first event on.
struct Reader {
  const Feed* feed;
  std::vector<StoredEvent> events;
  size_t next = 0;
  uint64_t sequence = 0;  // of what comes after `events`

  const StoredEvent* Peek() const { return next < events.size() ? &events[next] : nullptr; }

  absl::Status Advance(const FeedStore& store) {
    if (++next < events.size()) return absl::OkStatus();
    return Fill(store);
  }

  absl::Status Fill(const FeedStore& store) {
    constexpr size_t kEvents = 256;
    ASSIGN_OR_RETURN(events,
                     store.ReadFeed(*feed, Sequence(sequence), kEvents, Direction::kForwards));
    sequence += events.size();
    next = 0;
    return absl::OkStatus();
  }
};

// The reader whose next event was recorded first; nullptr at the end.
Reader* Earliest(std::vector<Reader>& readers) {
  Reader* earliest = nullptr;
  for (Reader& reader : readers) {
    const StoredEvent* event = reader.Peek();
    if (event == nullptr) continue;
    if (earliest == nullptr || event->recorded_at < earliest->Peek()->recorded_at) {
      earliest = &reader;
    }
  }
  return earliest;
}

}  // namespace

void RequestIndex::Put(const RequestId& request, const ExecutedRequest& executed,
                       storage::Batch& batch) const {
  {
    base::MutexLock lock(mutex_);
    // It is not in the database yet, where somebody could look for the largest meanwhile.
    if (!latest_) latest_.emplace(LargestTimed().value_or(LatestRequests::End()));
    latest_->Add(request);
  }
  std::string value = executed.digest;
  value.reserve(kDigestSize + executed.result.positions.size() * kPositionSize);
  const Feed* feed = nullptr;
  for (const AppendResult::Position& position : executed.result.positions) {
    if (feed == nullptr || feed->id() != position.feed) feed = own_.Find(position.feed);
    storage::AppendUint32(value, feed->number());
    storage::AppendUint64(value, position.sequence.value());
    value += position.id.view();
  }
  batch.Put(storage::RequestKey(request.view()), value);
}

const Feed* RequestIndex::FindNumber(storage::FeedNumber number) const {
  for (const Feed* feed : own_.feeds()) {
    if (feed->number() == number) return feed;
  }
  return nullptr;
}

absl::StatusOr<ExecutedRequest> RequestIndex::Decode(std::string_view value) const {
  if (value.size() < kDigestSize || (value.size() - kDigestSize) % kPositionSize != 0) {
    return Damaged();
  }
  ExecutedRequest executed{std::string(value.substr(0, kDigestSize)), {}};
  for (value.remove_prefix(kDigestSize); !value.empty(); value.remove_prefix(kPositionSize)) {
    const Feed* feed = FindNumber(storage::ReadUint32(value));
    if (feed == nullptr) return Damaged();
    const Sequence sequence(storage::ReadUint64(value.substr(4)));
    ASSIGN_OR_RETURN(const EventId id, EventId::FromBytes(value.substr(12, EventId::kSize)));
    executed.result.positions.push_back({feed->id(), sequence, id});
    executed.result.cursor.Advance(feed->id(), sequence.Next());
  }
  return executed;
}

absl::StatusOr<ExecutedRequest> RequestIndex::Find(const RequestId& request) const {
  ASSIGN_OR_RETURN(ExecutedRequest executed, FindWritten(request));
  for (const AppendResult::Position& position : executed.result.positions) {
    const Feed* feed = own_.Find(position.feed);
    if (feed == nullptr || position.sequence.value() >= feed->size()) {
      return absl::NotFoundError("dit verzoek is nog niet vastgelegd");
    }
  }
  return executed;
}

absl::StatusOr<RequestId> RequestIndex::LargestTimed() const {
  storage::Range range = storage::RequestIndex();
  range.upper = storage::RequestKey(LatestRequests::End().view());
  const auto rows = own_.database().Scan(range, storage::Order::kDescending);
  for (int steps = 0; rows->Valid() && steps < kMostOthers; rows->Next(), ++steps) {
    const std::string_view key = storage::RequestOfKey(rows->key());
    if (key.empty()) return RequestId();
    ASSIGN_OR_RETURN(const RequestId request, RequestId::FromBytes(key));
    if (LatestRequests::IsTimed(request)) return request;
  }
  RETURN_IF_ERROR(rows->status());
  if (rows->Valid()) return LatestRequests::End();
  return RequestId();
}

bool RequestIndex::MayHold(const RequestId& request) const {
  base::MutexLock lock(mutex_);
  if (!latest_) {
    const auto largest = LargestTimed();
    if (!largest.ok()) return true;  // who looks it up meets the error
    latest_.emplace(*largest);
  }
  return latest_->MayHold(request);
}

absl::StatusOr<ExecutedRequest> RequestIndex::FindWritten(const RequestId& request) const {
  if (!MayHold(request)) return absl::NotFoundError("dit verzoek is hier niet uitgevoerd");
  const auto value = own_.database().Get(storage::RequestKey(request.view()));
  if (absl::IsNotFound(value.status())) {
    return absl::NotFoundError("dit verzoek is hier niet uitgevoerd");
  }
  if (!value.ok()) return own_.Remember(value.status());
  auto executed = Decode(*value);
  if (!executed.ok()) return own_.Remember(executed.status());
  return executed;
}

absl::StatusOr<bool> RequestIndex::IsComplete() const {
  const auto marker = own_.database().Get(storage::RequestIndexKey());
  if (absl::IsNotFound(marker.status())) return false;
  RETURN_IF_ERROR(marker.status());
  for (const Feed* feed : own_.feeds()) {
    if (feed->size() == 0) continue;
    ASSIGN_OR_RETURN(const StoredEvent last, own_.ReadOne(*feed, Sequence(feed->size() - 1)));
    const auto executed = own_.database().Get(storage::RequestKey(last.request.view()));
    if (absl::IsNotFound(executed.status())) return false;
    RETURN_IF_ERROR(executed.status());
  }
  return true;
}

absl::Status RequestIndex::Repair() {
  ASSIGN_OR_RETURN(const bool complete, IsComplete());
  if (!complete) RETURN_IF_ERROR(Rebuild());
  // Somebody may have looked while it was not complete.
  base::MutexLock lock(mutex_);
  latest_.reset();
  return absl::OkStatus();
}

// The records of one request were made together and recorded one after the other,
// also over several feeds: recorded times order all own feeds. So one walk in that
// order sees each request as a whole.
absl::Status RequestIndex::Rebuild() {
  storage::Batch batch;
  const storage::Range all = storage::RequestIndex();
  batch.DeleteRange(all.lower, all.upper);
  std::vector<Reader> readers;
  for (const Feed* feed : own_.feeds()) {
    RETURN_IF_ERROR(readers.emplace_back(Reader{feed, {}}).Fill(own_));
  }
  for (Reader* first = Earliest(readers); first != nullptr; first = Earliest(readers)) {
    const RequestId request = first->Peek()->request;
    ExecutedRequest executed{first->Peek()->request_digest, {}};
    for (Reader* reader = first; reader != nullptr && reader->Peek()->request == request;
         reader = Earliest(readers)) {
      const StoredEvent& event = *reader->Peek();
      executed.result.positions.push_back({event.feed, event.sequence, event.id});
      RETURN_IF_ERROR(reader->Advance(own_));
    }
    Put(request, executed, batch);
    if (batch.size_bytes() > kRebuildBatchBytes) {
      RETURN_IF_ERROR(own_.database().Write(batch, storage::Durability::kBuffered));
      batch.Clear();
    }
  }
  // Last and synced: before it, a crash only means doing it again.
  batch.Put(storage::RequestIndexKey(), "");
  return own_.database().Write(batch, storage::Durability::kSynced);
}

}  // namespace eventstore::log
