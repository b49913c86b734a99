#include "eventstore/log/writer.h"

#include <algorithm>
#include <utility>

#include "eventstore/base/errors.h"
#include "eventstore/log/append_checks.h"
#include "eventstore/log/writer_transaction.h"

namespace eventstore::log {
namespace {

// A batch is cut here; the rest waits for the next.
constexpr size_t kMaximumBatchBytes = 16 << 20;

// Memory of a batch up to this size is used again for the next: the system gives new
// memory page by page, which takes longer than filling it.
constexpr size_t kKeptBatchBytes = 2 << 20;

// Records with which a batch is worth its syncs: after one of those nobody waits.
constexpr size_t kLargeBatch = 256;
// Of waiting for others, also when the disk was slow the last time.
constexpr absl::Duration kLongestGathering = absl::Milliseconds(5);

size_t RecordsOf(const std::vector<WaitingAppend>& waiting) {
  size_t records = 0;
  for (const WaitingAppend& one : waiting) records += one.request.records.size();
  return records;
}

}  // namespace

Writer::Writer(Options options)
    : own_(*options.own),
      directory_(std::move(options.directory)),
      environment_(options.environment),
      requests_(own_),
      clock_(*options.clock),
      log_key_(*options.log_key),
      key_of_(std::move(options.key_of)),
      queue_limit_(options.queue_limit),
      announce_(options.announce),
      heads_(options.heads),
      health_(std::move(options.trouble)),
      last_recorded_(options.last_recorded),
      acknowledger_({.own = options.own,
                     .head_file = std::move(options.head_file),
                     .heads = std::move(options.heads),
                     .announce = std::move(options.announce)}),
      thread_([this] { Run(); }) {}

void Writer::Close() {
  {
    base::MutexLock lock(queue_mutex_);
    stopping_ = true;
  }
  queue_changed_.SignalAll();
  if (thread_.joinable()) thread_.join();
  acknowledger_.Close();
}

void Writer::Submit(AppendRequest request, EventLog::AppendCallback done) {
  absl::Status refusal;
  bool enough = false;
  {
    base::MutexLock lock(queue_mutex_);
    if (stopping_) {
      refusal = absl::CancelledError("de opslag wordt gesloten");
    } else if (queue_.size() >= queue_limit_) {
      refusal = QueueFull();
    } else {
      queue_.push_back({std::move(request), std::move(done)});
      enough = queue_.size() >= awaited_;
    }
  }
  if (!refusal.ok()) {
    done(std::move(refusal));
    return;
  }
  if (enough) queue_changed_.Signal();
}

absl::Status Writer::CreateFeed(const FeedId& feed, bool locked) {
  std::vector<FeedId> grown;
  absl::Status created;
  {
    base::MutexLock lock(commit_mutex_);
    RETURN_IF_ERROR(MayWrite(grown));
    if (own_.feed_count() >= kMaximumOwnFeeds) {
      return absl::ResourceExhaustedError("dit lid heeft al te veel eigen reeksen");
    }
    const auto made = own_.Create(feed);
    created = made.status();
    if (made.ok() && locked) (*made)->Lock();
    if (!created.ok() && !absl::IsAlreadyExists(created)) {
      SetHealth(own_.Remember(created));
      created = WritingStopped(created);
    }
  }
  if (!grown.empty()) announce_(grown);
  return created;
}

absl::StatusOr<AppendResult> Writer::FindRequest(const RequestId& request) const {
  ASSIGN_OR_RETURN(ExecutedRequest executed, requests_.Find(request));
  executed.result.repeated = true;
  return std::move(executed.result);
}

absl::Status Writer::health() const {
  {
    base::MutexLock lock(health_mutex_);
    RETURN_IF_ERROR(health_);
  }
  return acknowledger_.failure();
}

void Writer::SetHealth(absl::Status health) {
  base::MutexLock lock(health_mutex_);
  health_ = std::move(health);
}

void Writer::Run() {
  size_t latest_count = 1;
  absl::Duration longest;
  while (true) {
    std::vector<WaitingAppend> waiting = TakeWaiting(latest_count, longest);
    if (waiting.empty()) return;
    latest_count = RecordsOf(waiting) < kLargeBatch ? waiting.size() : 1;
    const absl::Time start = clock_.Now();
    Execute(std::move(waiting));
    // More of it left the processors idle where the disk is fast.
    longest = (clock_.Now() - start) / 4;
  }
}

void Writer::Gather(size_t expected, absl::Duration longest) {
  awaited_ = 1;
  while (queue_.empty() && !stopping_) queue_changed_.Wait(queue_mutex_);
  awaited_ = expected;
  // The clock may have been set meanwhile.
  longest = std::clamp(longest, absl::ZeroDuration(), kLongestGathering);
  while (queue_.size() < expected && !stopping_) {
    if (!queue_changed_.WaitFor(queue_mutex_, absl::ToChronoNanoseconds(longest))) return;
  }
}

// Empty when the log closes.
std::vector<WaitingAppend> Writer::TakeWaiting(size_t expected, absl::Duration longest) {
  base::MutexLock lock(queue_mutex_);
  Gather(expected, longest);
  size_t bytes = 0;
  size_t count = 0;
  while (count < queue_.size() && bytes < kMaximumBatchBytes) {
    for (const NewRecord& record : queue_[count].request.records) bytes += record.payload.size();
    ++count;
  }
  std::vector<WaitingAppend> taken;
  if (count == queue_.size()) {
    taken.swap(queue_);
  } else {
    const auto end = queue_.begin() + static_cast<ptrdiff_t>(count);
    taken.assign(std::make_move_iterator(queue_.begin()), std::make_move_iterator(end));
    queue_.erase(queue_.begin(), end);
  }
  return taken;
}

void Writer::Execute(std::vector<WaitingAppend> waiting) {
  WrittenBatch written;
  // Held while pushing too: batches are acknowledged in the order in which they are written.
  base::MutexLock lock(commit_mutex_);
  absl::Status committed = MayWrite(written.found);
  if (!committed.ok()) {
    for (WaitingAppend& one : waiting) one.answer = committed;
  } else {
    Transaction transaction{batch_};
    for (WaitingAppend& one : waiting) one.answer = ExecuteOne(one, transaction);
    committed = Commit(transaction, written);
    for (WaitingAppend& one : waiting) {
      if (!committed.ok() && one.depends_on_batch) one.answer = WritingStopped(committed);
    }
    if (batch_.size_bytes() > kKeptBatchBytes) batch_ = storage::Batch();
    batch_.Clear();
  }
  written.waiting = std::move(waiting);
  acknowledger_.Push(std::move(written));
}

absl::StatusOr<AppendResult> Writer::ExecuteOne(WaitingAppend& waiting, Transaction& transaction) {
  const AppendRequest& request = waiting.request;
  const auto repeat = [&](const ExecutedRequest& executed) -> absl::StatusOr<AppendResult> {
    if (executed.digest != request.request_digest) return RequestIdReused(request.request);
    AppendResult result = executed.result;
    result.repeated = true;
    return result;
  };
  if (!request.request.empty()) {
    const auto earlier = transaction.executed.find(request.request);
    if (earlier != transaction.executed.end()) {
      waiting.depends_on_batch = true;
      return repeat(earlier->second);
    }
    const auto executed = requests_.FindWritten(request.request);
    waiting.depends_on_batch = executed.ok();
    if (executed.ok()) return repeat(*executed);
    if (!absl::IsNotFound(executed.status())) return executed.status();
  }
  ASSIGN_OR_RETURN(AppendResult result, AppendAll(request, transaction));
  waiting.depends_on_batch = true;
  ExecutedRequest executed{request.request_digest, result};
  transaction.executed.emplace(request.request, std::move(executed));
  return result;
}

absl::StatusOr<AppendResult> Writer::AppendAll(const AppendRequest& request,
                                               Transaction& transaction) {
  std::vector<absl::Status> failed = CheckRequest(request);
  std::map<FeedId, Feed*> feeds;
  const auto find = [&](const FeedId& id) {
    const auto [found, is_new] = feeds.try_emplace(id, nullptr);
    if (!is_new) return found->second;
    found->second = own_.Find(id);
    if (found->second == nullptr) failed.push_back(FeedUnknown(id));
    return found->second;
  };
  for (const NewRecord& record : request.records) {
    const bool is_new = !feeds.contains(record.feed);
    const Feed* feed = find(record.feed);
    if (is_new && feed != nullptr && feed->locked()) failed.push_back(FeedLocked(record.feed));
    if (is_new && KeyOf(record.feed) == nullptr) failed.push_back(LogKeyMissing(record.feed));
  }
  for (const ExpectedRevision& expected : request.expected) {
    Feed* feed = find(expected.feed);
    if (feed == nullptr) continue;
    ASSIGN_OR_RETURN(const uint64_t current,
                     GrowthOf(*feed, transaction).Revision(expected.stream));
    if (current != expected.revision.value()) {
      failed.push_back(StaleRevision(expected.stream, expected.revision.value(), current));
    }
  }
  RETURN_IF_ERROR(base::Join(failed));

  // From here on nothing is refused. An error of the disk, when a revision must be
  // looked up, would leave half a request in the batch; so those come first.
  std::vector<Growth*> growths;  // of each record
  growths.reserve(request.records.size());
  for (const NewRecord& record : request.records) {
    const bool same = !growths.empty() && growths.back()->feed().id() == record.feed;
    growths.push_back(same ? growths.back() : &GrowthOf(*feeds[record.feed], transaction));
    RETURN_IF_ERROR(growths.back()->Revision(record.stream).status());
  }
  AppendResult result;
  result.positions.reserve(request.records.size());
  for (size_t i = 0; i < request.records.size(); ++i) {
    const NewRecord& record = request.records[i];
    RecordParts parts = PartsOf(request, record);
    parts.recorded_at_microseconds = absl::ToUnixMicros(NextTime());
    const Sequence sequence(growths[i]->size());
    RETURN_IF_ERROR(
        growths[i]->Append(EncodeRecord(parts, record.actor), record.stream, transaction.batch));
    result.positions.push_back({record.feed, sequence, record.id});
    result.cursor.Advance(record.feed, sequence.Next());
  }
  return result;
}

const crypto::PrivateKey* Writer::KeyOf(const FeedId& feed) const {
  return key_of_ ? key_of_(feed) : &log_key_;
}

// Strictly increasing over all own feeds, whatever the clock does.
absl::Time Writer::NextTime() {
  const absl::Time now = absl::FromUnixMicros(absl::ToUnixMicros(clock_.Now()));
  last_recorded_ = std::max(now, last_recorded_ + absl::Microseconds(1));
  return last_recorded_;
}

Growth& Writer::GrowthOf(Feed& feed, Transaction& transaction) {
  const auto found = transaction.growths.find(feed.id());
  if (found != transaction.growths.end()) return found->second;
  const auto written = written_.find(feed.id());
  Growth growth =
      written == written_.end() ? Growth(own_, feed) : Growth(own_, feed, written->second);
  return transaction.growths.emplace(feed.id(), std::move(growth)).first->second;
}

absl::Status Writer::Commit(Transaction& transaction, WrittenBatch& written) {
  std::erase_if(transaction.growths, [](const auto& entry) { return !entry.second.has_grown(); });
  if (transaction.growths.empty()) return absl::OkStatus();

  Heads heads = heads_;
  for (auto& [feed, growth] : transaction.growths) {
    const crypto::PrivateKey* key = KeyOf(feed);
    if (key == nullptr) return LogKeyMissing(feed);  // was there when the request was checked
    growth.PutIndex(transaction.batch);
    const Head head{growth.size(), growth.Root()};
    growth.SetCheckpoint(SignCheckpoint(feed, head.size, head.root, *key), transaction.batch);
    heads[feed] = head;
  }
  for (const auto& [request, executed] : transaction.executed) {
    requests_.Put(request, executed, transaction.batch);
  }
  RETURN_IF_ERROR(WriteDurably(transaction.batch));
  for (auto& [feed, growth] : transaction.growths) {
    growth.Written();
    written_.insert_or_assign(feed, growth.frontier());
    written.growths.push_back(std::move(growth));
  }
  heads_ = heads;
  written.heads = std::move(heads);
  return absl::OkStatus();
}

}  // namespace eventstore::log
