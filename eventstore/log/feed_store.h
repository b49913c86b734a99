#pragma once

#include <limits>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "eventstore/base/mutex.h"
#include "eventstore/log/event_log.h"
#include "eventstore/log/feed.h"
#include "eventstore/log/record.h"
#include "eventstore/log/revisions.h"
#include "eventstore/storage/database.h"

namespace eventstore::log {

// How much is read at once.
struct ReadLimits {
  size_t events = 0;
  size_t bytes = std::numeric_limits<size_t>::max();  // of records
};

// The feeds of one database, own or replicas: finding and reading them, and what
// both kinds share in storing them. Thread-safe. Readers see only what was
// published after it was durable, and never wait for a write.
//
// DATA_LOSS from reading is remembered in health().
class FeedStore {
 public:
  struct Options {
    std::string path;
    storage::Environment* environment = nullptr;  // not owned
    bool read_only = false;
    // Own feeds start locked.
    bool lock_feeds = false;
    // Read-only, of a damaged database: what does not load is left out and stands in
    // health().
    bool salvage = false;
    // Where to write down, for the next start, that damage was found; empty: nowhere.
    std::string damage_mark;
  };

  // Opens the database, puts the right edge of every tree together again and holds
  // it against the stored checkpoint. DATA_LOSS when they disagree.
  static absl::StatusOr<std::unique_ptr<FeedStore>> Open(const Options& options);

  FeedStore(const FeedStore&) = delete;
  FeedStore& operator=(const FeedStore&) = delete;

  // nullptr when it is not here. Feeds are never removed while the store is open.
  Feed* Find(const FeedId& id) const;
  std::vector<Feed*> feeds() const;  // ordered by id
  size_t feed_count() const;
  // Makes an empty feed, durably. ALREADY_EXISTS.
  absl::StatusOr<Feed*> Create(const FeedId& id, bool locked = false);

  // Shows what ReadFeed returns, up to the event that reaches one of the limits.
  absl::Status VisitFeed(const Feed& feed, Sequence from, const ReadLimits& limits,
                         Direction direction, const EventVisitor& visit) const;
  // As EventLog's functions of these names.
  absl::StatusOr<std::vector<StoredEvent>> ReadFeed(const Feed& feed, Sequence from, size_t limit,
                                                    Direction direction) const;
  absl::StatusOr<std::vector<StoredEvent>> ReadStream(const Feed& feed, const StreamId& stream,
                                                      Revision from, size_t limit,
                                                      Direction direction) const;
  absl::StatusOr<Revision> StreamRevision(const Feed& feed, const StreamId& stream) const;
  absl::StatusOr<StoredEvent> ReadOne(const Feed& feed, Sequence sequence) const;
  // The bytes only: `count` records from `first` on, all of them stored.
  absl::StatusOr<std::vector<std::string>> ReadBytes(const Feed& feed, Sequence first,
                                                     size_t count) const;
  absl::StatusOr<crypto::Digest> RootAt(const Feed& feed, uint64_t size) const;
  absl::StatusOr<std::vector<crypto::Digest>> InclusionProof(const Feed& feed, Sequence sequence,
                                                             uint64_t size) const;
  absl::StatusOr<std::vector<crypto::Digest>> ConsistencyProof(const Feed& feed, uint64_t from,
                                                               uint64_t to) const;

  // False when what is known is as new.
  absl::StatusOr<bool> StoreCheckpoint(Feed& feed, const std::string& note);
  absl::StatusOr<bool> StoreCosignature(Feed& feed, const MemberId& witness,
                                        const std::string& note, storage::Durability durability);

  storage::Database& database() const { return *database_; }
  RevisionCache& revisions() { return revisions_; }
  absl::Status health() const;
  // RESOURCE_EXHAUSTED, remembered, when the disk has no room to write more.
  absl::Status CheckRoom() const;
  // Passes `status` on; damage and failed writes are remembered.
  absl::Status Remember(absl::Status status) const;

  // Closes the database, opens it again for writing and holds it against what was
  // published; the feeds that turned out to hold more are shown, and are the answer. For
  // after a failed write. DATA_LOSS, remembered, when something published is gone. The
  // caller holds no iterator and no feed's storing().
  absl::StatusOr<std::vector<FeedId>> Reopen();
  // Forgets failures other than damage.
  void ForgetTrouble();

 private:
  FeedStore(Options options, std::unique_ptr<storage::Database> database)
      : options_(std::move(options)), database_(std::move(database)) {}

  absl::Status Load();
  absl::StatusOr<std::map<storage::FeedNumber, FeedId>> LoadNames();
  absl::StatusOr<bool> Compare(Feed& feed);
  absl::Status LoadFeed(Feed& feed);
  absl::StatusOr<merkle::Frontier> LoadFrontier(const Feed& feed) const;
  absl::StatusOr<uint64_t> LoadSize(const Feed& feed) const;
  absl::Status LoadCosignatures(Feed& feed);
  merkle::FetchTile Fetch(const Feed& feed, const merkle::Frontier& frontier) const;

  const Options options_;
  const std::unique_ptr<storage::Database> database_;
  RevisionCache revisions_;
  mutable base::Mutex mutex_;
  std::map<FeedId, std::unique_ptr<Feed>> feeds_ ABSL_GUARDED_BY(mutex_);
  storage::FeedNumber last_number_ ABSL_GUARDED_BY(mutex_) = 0;
  mutable absl::Status health_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace eventstore::log
