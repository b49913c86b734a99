#include "eventstore/log/event_log.h"

#include <algorithm>
#include <cassert>
#include <future>
#include <utility>

#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "eventstore/log/append_checks.h"
#include "eventstore/log/backup.h"
#include "eventstore/log/feed_store.h"
#include "eventstore/log/heads.h"
#include "eventstore/log/hub.h"
#include "eventstore/log/opening.h"
#include "eventstore/log/package.h"
#include "eventstore/log/replica.h"
#include "eventstore/log/subscription.h"
#include "eventstore/log/writer.h"
#include "eventstore/storage/environment.h"
#include "eventstore/storage/files.h"

namespace eventstore::log {
namespace {

absl::Status NoSuchFeed(const FeedId& feed) {
  return absl::NotFoundError(absl::StrCat("reeks ", Origin(feed), " is hier niet"));
}

// Of the tree with that size and root; nothing when there is none.
absl::StatusOr<std::optional<SignedCheckpoint>> CheckpointOfTree(const FeedId& feed,
                                                                 const std::string& note,
                                                                 uint64_t size,
                                                                 const crypto::Digest& root) {
  if (note.empty()) return std::nullopt;
  ASSIGN_OR_RETURN(SignedCheckpoint checkpoint, ParseSignedCheckpoint(feed, note));
  if (checkpoint.checkpoint.size != size || checkpoint.checkpoint.root != root) {
    return base::InvalidField("checkpoint_note", "is van een andere boom");
  }
  return checkpoint;
}

// A feed and the store that has it; no feed when neither has.
struct Place {
  FeedStore* store = nullptr;
  Feed* feed = nullptr;
};

class TwoDatabaseLog final : public EventLog {
 public:
  TwoDatabaseLog(const Options& options, OwnFeeds own,
                 absl::StatusOr<std::unique_ptr<FeedStore>> replicas,
                 std::vector<std::string> report)
      : directory_(options.directory),
        environment_(options.environment),
        start_report_(std::move(report)),
        remembered_(own.heads),
        own_status_(own.status),
        own_(std::move(own.store)),
        replicas_status_(replicas.status()) {
    if (replicas.ok()) replicas_ = *std::move(replicas);
    // Damage stays; a disk that fails may be well again before the first write.
    if (!own_ || absl::IsDataLoss(own_status_)) return;
    Writer::Options writer;
    writer.own = own_.get();
    writer.directory = options.directory;
    writer.environment = options.environment;
    writer.trouble = std::move(own.status);
    writer.head_file = std::move(own.head_file);
    writer.heads = std::move(own.heads);
    writer.clock = options.clock;
    writer.log_key = options.log_key;
    writer.key_of = options.key_of;
    writer.queue_limit = options.append_queue_limit;
    writer.last_recorded = own.last_recorded;
    writer.announce = [hub = hub_](const std::vector<FeedId>& feeds) { hub->Announce(feeds); };
    writer_ = std::make_unique<Writer>(std::move(writer));
  }

  ~TwoDatabaseLog() override {
    // The answers that are still given may come with new calls.
    if (writer_) writer_->Close();
    hub_->Close();
  }

  // ---- own feeds ----

  absl::Status CreateFeed(const FeedId& feed, bool locked) override {
    if (!writer_) return OwnDamaged(own_status_);
    RETURN_IF_ERROR(writer_->CreateFeed(feed, locked));
    hub_->Announce({feed});
    return absl::OkStatus();
  }

  absl::Status UnlockFeed(const FeedId& feed) override {
    if (!writer_) return OwnDamaged(own_status_);
    Feed* own = FindOwn(feed);
    if (own == nullptr) return FeedUnknown(feed);
    own->Unlock();
    return absl::OkStatus();
  }

  bool IsLocked(const FeedId& feed) const override {
    if (!writer_) return IsOwn(feed);
    const Feed* own = FindOwn(feed);
    return own != nullptr && own->locked();
  }

  bool IsOwn(const FeedId& feed) const override {
    return FindOwn(feed) != nullptr || (!writer_ && remembered_.contains(feed));
  }

  absl::StatusOr<AppendResult> Append(AppendRequest request) override {
    // Shared: who tells the answer may still be inside set_value when the result is here.
    auto answer = std::make_shared<std::promise<absl::StatusOr<AppendResult>>>();
    std::future<absl::StatusOr<AppendResult>> result = answer->get_future();
    AppendAsync(std::move(request), [answer](absl::StatusOr<AppendResult> given) {
      answer->set_value(std::move(given));
    });
    return result.get();
  }

  void AppendAsync(AppendRequest request, AppendCallback done) override {
    if (!writer_) return done(OwnDamaged(own_status_));
    writer_->Submit(std::move(request), std::move(done));
  }

  // ---- replicas ----

  absl::Status StoreVerified(const CheckedRecords& records, const crypto::Digest& root_after,
                             const std::string& note) override {
    const FeedId& id = records.feed();
    if (records.size() == 0) return base::InvalidField("records", "zijn niet leeg");
    const uint64_t size = records.first().value() + records.size();
    ASSIGN_OR_RETURN(auto checkpoint, CheckpointOfTree(id, note, size, root_after));
    if (writer_ && IsOwn(id)) {
      ASSIGN_OR_RETURN(const auto events, DecodeAll(records));
      RETURN_IF_ERROR(
          writer_->Restore(id, records.first(), events, root_after, std::move(checkpoint)));
      hub_->Announce({id});
      return absl::OkStatus();
    }
    RETURN_IF_ERROR(MayReplicate(id));
    RETURN_IF_ERROR(RecoverReplicas());
    RETURN_IF_ERROR(StoreInReplica(*replicas_, records, root_after, std::move(checkpoint)));
    hub_->Announce({id});
    return absl::OkStatus();
  }

  absl::Status StoreCheckpoint(const FeedId& id, const std::string& note) override {
    if (writer_ && IsLocked(id)) {
      RETURN_IF_ERROR(writer_->Recover());
    } else {
      RETURN_IF_ERROR(MayReplicate(id));
      RETURN_IF_ERROR(RecoverReplicas());
    }
    const Place place = Find(id);
    if (place.feed == nullptr) return NoSuchFeed(id);
    ASSIGN_OR_RETURN(const bool changed, place.store->StoreCheckpoint(*place.feed, note));
    if (changed) hub_->Announce({id});
    return absl::OkStatus();
  }

  absl::Status StoreCosignature(const FeedId& id, const MemberId& witness,
                                const std::string& note) override {
    const Place place = Find(id);
    if (place.feed == nullptr) return NoSuchFeed(id);
    if (place.store == own_.get() && !writer_) return OwnDamaged(own_status_);
    // A witness keeps its own word before it gives it (c2sp.org/tlog-witness); that of others
    // can be asked for again.
    const auto durability =
        IsSelf(id.circle, witness) ? storage::Durability::kSynced : storage::Durability::kBuffered;
    ASSIGN_OR_RETURN(const bool changed,
                     place.store->StoreCosignature(*place.feed, witness, note, durability));
    if (changed) hub_->Announce({id});
    return absl::OkStatus();
  }

  // ---- reading ----

  std::vector<FeedId> Feeds() const override {
    std::vector<FeedId> ids;
    for (const FeedStore* store : Stores()) {
      for (const Feed* feed : store->feeds()) ids.push_back(feed->id());
    }
    std::ranges::sort(ids);
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    return ids;
  }

  uint64_t Size(const FeedId& id) const override {
    const Place place = Find(id);
    return place.feed == nullptr ? 0 : place.feed->size();
  }

  Cursor Heads() const override {
    Cursor cursor;
    for (const FeedStore* store : Stores()) {
      for (const Feed* feed : store->feeds()) {
        if (feed->size() > 0) cursor.Advance(feed->id(), Sequence(feed->size()));
      }
    }
    return cursor;
  }

  absl::StatusOr<std::vector<StoredEvent>> ReadFeed(const FeedId& id, Sequence from, size_t limit,
                                                    Direction direction) const override {
    const Place place = Find(id);
    if (place.feed == nullptr) return std::vector<StoredEvent>();
    return place.store->ReadFeed(*place.feed, from, limit, direction);
  }

  absl::StatusOr<std::vector<StoredEvent>> ReadStream(const FeedId& id, const StreamId& stream,
                                                      Revision from, size_t limit,
                                                      Direction direction) const override {
    const Place place = Find(id);
    if (place.feed == nullptr) return std::vector<StoredEvent>();
    return place.store->ReadStream(*place.feed, stream, from, limit, direction);
  }

  Revision StreamRevision(const FeedId& id, const StreamId& stream) const override {
    const Place place = Find(id);
    if (place.feed == nullptr) return Revision(0);
    return place.store->StreamRevision(*place.feed, stream).value_or(Revision(0));
  }

  absl::StatusOr<AppendResult> FindRequest(const RequestId& request) const override {
    if (!writer_) return OwnDamaged(own_status_);
    if (request.empty()) return base::InvalidField("request_id", "is niet alle nul");
    return writer_->FindRequest(request);
  }

  absl::StatusOr<std::string> CheckpointNote(const FeedId& id) const override {
    const Place place = Find(id);
    if (place.feed == nullptr) return NoSuchFeed(id);
    auto checkpoint = place.feed->CosignedCheckpoint();
    if (!checkpoint) {
      return absl::NotFoundError(absl::StrCat("reeks ", Origin(id), " is nog niet ondertekend"));
    }
    return std::move(checkpoint->note);
  }

  std::vector<Cosigned> Cosignatures(const FeedId& id) const override {
    const Place place = Find(id);
    return place.feed == nullptr ? std::vector<Cosigned>() : place.feed->cosigned();
  }

  absl::StatusOr<crypto::Digest> RootAt(const FeedId& id, uint64_t size) const override {
    const Place place = Find(id);
    if (place.feed == nullptr) return NoSuchFeed(id);
    return place.store->RootAt(*place.feed, size);
  }

  absl::StatusOr<std::vector<crypto::Digest>> InclusionProof(const FeedId& id, Sequence sequence,
                                                             uint64_t size) const override {
    const Place place = Find(id);
    if (place.feed == nullptr) return NoSuchFeed(id);
    return place.store->InclusionProof(*place.feed, sequence, size);
  }

  absl::StatusOr<std::vector<crypto::Digest>> ConsistencyProof(const FeedId& id, uint64_t from,
                                                               uint64_t to) const override {
    const Place place = Find(id);
    if (place.feed == nullptr) return NoSuchFeed(id);
    return place.store->ConsistencyProof(*place.feed, from, to);
  }

  absl::StatusOr<poolcirkel::log::v1::Package> MakePackage(const FeedId& id, Sequence first,
                                                           size_t limit) const override {
    const Place place = Find(id);
    if (place.feed == nullptr) return absl::OutOfRangeError(NoSuchFeed(id).message());
    // A feed that its peers have not confirmed is not signed for.
    const bool may_sign = writer_ && place.store == own_.get() && !place.feed->locked();
    return MakePackageOf(*place.store, *place.feed, first, limit,
                         may_sign ? writer_->KeyOf(id) : nullptr);
  }

  std::unique_ptr<Subscription> Subscribe(const Cursor& from, const Filter& filter) override {
    return MakeSubscription(hub_, Stores(), from, filter);
  }

  std::shared_ptr<void> OnChange(ChangeListener listener) override {
    return hub_->Listen(std::move(listener));
  }

  absl::Status OwnHealth() const override {
    if (!writer_) return own_status_;
    const absl::Status health = own_->health();
    if (absl::IsDataLoss(health)) return health;
    RETURN_IF_ERROR(writer_->health());
    return health;
  }

  absl::Status ReplicasHealth() const override {
    return replicas_ ? replicas_->health() : replicas_status_;
  }

  std::vector<std::string> StartReport() const override { return start_report_; }

  absl::Status Recover() override {
    if (!writer_) return own_status_;
    const absl::Status own = writer_->Recover();
    const absl::Status replicas = replicas_ ? RecoverReplicas() : replicas_status_;
    return own.ok() ? replicas : own;
  }

  void ReportDamage(Part part, const absl::Status& damage) override {
    const FeedStore* store = part == Part::kOwn ? own_.get() : replicas_.get();
    if (store == nullptr || damage.ok()) return;
    store->Remember(absl::DataLossError(damage.message())).IgnoreError();
  }

  absl::StatusOr<BackupSummary> Backup(const std::string& directory,
                                       const BackupProgress& progress) override {
    // A copy of damage would be taken for a good one.
    if (const absl::Status own = OwnHealth(); absl::IsDataLoss(own)) return OwnDamaged(own);
    if (!writer_) return OwnHealth();
    if (!replicas_) return replicas_status_;
    base::MutexLock lock(backup_mutex_);
    return MakeBackup({.own = &own_->database(),
                       .replicas = &replicas_->database(),
                       .heads = [this] { return writer_->EncodedHeads(); },
                       .environment = environment_},
                      directory, progress);
  }

 private:
  // After a write into the replicas failed: the database takes writes again, or the
  // reason that it does not.
  absl::Status RecoverReplicas() {
    base::MutexLock lock(replicas_recovery_);
    const absl::Status health = replicas_->health();
    if (health.ok() || absl::IsDataLoss(health)) return health;
    if (absl::Status probed = storage::ProbeDisk(directory_, environment_); !probed.ok()) {
      return WritingStopped(probed);
    }
    auto grown = replicas_->Reopen();
    if (!grown.ok()) return WritingStopped(grown.status());
    replicas_->ForgetTrouble();
    if (!grown->empty()) hub_->Announce(*grown);
    return absl::OkStatus();
  }

  Feed* FindOwn(const FeedId& id) const { return own_ ? own_->Find(id) : nullptr; }

  // Whether this member goes by that id in the circle.
  bool IsSelf(const CircleId& circle, const MemberId& member) const {
    if (!own_) return false;
    const auto feeds = own_->feeds();
    return std::ranges::any_of(feeds, [&](const Feed* feed) {
      return feed->id().circle == circle && feed->id().member == member;
    });
  }

  Place Find(const FeedId& id) const {
    if (Feed* feed = FindOwn(id)) return {own_.get(), feed};
    if (replicas_) {
      if (Feed* feed = replicas_->Find(id)) return {replicas_.get(), feed};
    }
    return {};
  }

  std::vector<const FeedStore*> Stores() const {
    std::vector<const FeedStore*> stores;
    if (own_) stores.push_back(own_.get());
    if (replicas_) stores.push_back(replicas_.get());
    return stores;
  }

  absl::Status MayReplicate(const FeedId& id) const {
    if (!replicas_) return replicas_status_;
    if (!IsOwn(id)) return absl::OkStatus();
    return absl::FailedPreconditionError(
        absl::StrCat("reeks ", Origin(id), " is van dit lid zelf"));
  }

  static absl::StatusOr<std::vector<StoredEvent>> DecodeAll(const CheckedRecords& records) {
    std::vector<StoredEvent> events;
    for (const CheckedRecords::Entry& record : records.entries()) {
      const Sequence sequence(records.first().value() + events.size());
      ASSIGN_OR_RETURN(events.emplace_back(),
                       ReadStored(records.feed(), sequence, std::string(record.bytes)));
    }
    return events;
  }

  // The feeds outlive the writer, and the hub outlives the log when a subscription
  // still holds it.
  const std::shared_ptr<Hub> hub_ = std::make_shared<Hub>();
  const std::string directory_;
  storage::Environment* const environment_;
  const std::vector<std::string> start_report_;
  const std::map<FeedId, Head> remembered_;  // by the head file when it was opened
  base::Mutex backup_mutex_;
  base::Mutex replicas_recovery_;
  const absl::Status own_status_;  // as it was opened
  const std::unique_ptr<FeedStore> own_;
  const absl::Status replicas_status_;
  std::unique_ptr<FeedStore> replicas_;
  std::unique_ptr<Writer> writer_;
};

}  // namespace

absl::Status EventLog::StoreVerified(const FeedId& feed, Sequence first,
                                     const std::vector<std::string>& records,
                                     const crypto::Digest& root_after, const std::string& note) {
  CheckedRecords checked(feed, first);
  RETURN_IF_ERROR(checked.Add(std::vector<std::string_view>(records.begin(), records.end())));
  return StoreVerified(checked, root_after, note);
}

absl::StatusOr<std::unique_ptr<EventLog>> EventLog::Open(const Options& options) {
  assert(options.clock != nullptr && options.log_key != nullptr);
  RETURN_IF_ERROR(storage::MakeDirectory(options.directory, options.environment));
  OwnFeeds own = OpenOwnFeeds(options);
  if (storage::IsInUse(own.status)) return own.status;
  std::vector<std::string> report;
  auto replicas = OpenReplicas(options, report);
  if (!own.store && !own.status.ok() && !replicas.ok()) return own.status;
  return std::make_unique<TwoDatabaseLog>(options, std::move(own), std::move(replicas),
                                          std::move(report));
}

}  // namespace eventstore::log
