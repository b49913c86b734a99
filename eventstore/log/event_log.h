#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "eventstore/base/clock.h"
#include "eventstore/crypto/signature.h"
#include "eventstore/log/checked_records.h"
#include "eventstore/log/record.h"
#include "eventstore/log/types.h"
#include "eventstore/merkle/note.h"
#include "eventstore/merkle/tree.h"
#include "poolcirkel/log/v1/package.pb.h"

namespace eventstore::storage {
class Environment;  // eventstore/storage/database.h
}

namespace eventstore::log {

// An event that its member wants to append: sealed, with its id, without a time.
struct NewRecord {
  FeedId feed;
  StreamId stream;
  EventId id;
  std::string type;
  std::string payload;
  poolcirkel::log::v1::SealedField actor;
};

// "This stream of this feed has exactly `revision` events" (0: it does not exist).
struct ExpectedRevision {
  FeedId feed;
  StreamId stream;
  Revision revision;
};

// One transaction: all of it happens, once, or nothing.
struct AppendRequest {
  RequestId request;
  std::string request_digest;  // 32 bytes, keyed; see Record.request_digest
  std::vector<ExpectedRevision> expected;
  std::vector<NewRecord> records;  // at least one, at most 1,000
};

struct AppendResult {
  struct Position {
    FeedId feed;
    Sequence sequence;
    EventId id;
  };
  std::vector<Position> positions;  // as the records were given
  // The request had been executed before; `positions` are those of that time.
  bool repeated = false;
  // Just past the appended records.
  Cursor cursor;
};

enum class Direction { kForwards, kBackwards };

// Restricts a subscription or a read. Unset parts match everything.
struct Filter {
  std::optional<std::set<FeedId>> feeds;
  std::optional<std::set<std::string>> types;
  std::optional<StreamId> stream;
};

// What a subscription hands over: events in order per feed, and the cursor that
// stands past them and past what the filter skipped.
struct EventBatch {
  std::vector<StoredEvent> events;
  Cursor cursor;
};

// Catches up from a cursor and goes live without gap or duplicate. One reader at
// a time; Cancel from any thread.
class Subscription {
 public:
  virtual ~Subscription() = default;
  // Waits until there is something past the cursor, at most `timeout`. An empty
  // batch means that the end was reached: after the timeout, or at once when all
  // there was is skipped by the filter; its cursor has advanced over that.
  // CANCELLED after Cancel or when the log closes.
  absl::StatusOr<EventBatch> Next(absl::Duration timeout);
  // The same without copies, for who goes over much: shows at most `limit` events, each where
  // it was read. After an error what was shown counts as handed over.
  virtual absl::StatusOr<Cursor> Visit(absl::Duration timeout, size_t limit,
                                       const EventVisitor& visit) = 0;
  virtual void Cancel() = 0;
};

// The latest head of a feed that a witness cosigned.
struct Cosigned {
  MemberId witness;
  uint64_t size = 0;
  std::string note;  // origin's signature and this witness's cosignature
};

// The feeds that one member writes and the replicas of others' feeds that it
// keeps, in two databases. Thread-safe. Appending is done by one writer thread
// that takes all waiting requests as one batch: records, indexes, tiles and signed
// checkpoints in one RocksDB write with one fsync, then the head file, then the
// callers are told. Readers never wait for writers.
class EventLog {
 public:
  struct Options {
    std::string directory;                        // made when missing; holds own/, replicas/, heads
    const base::Clock* clock = nullptr;           // not owned
    const crypto::PrivateKey* log_key = nullptr;  // not owned
    // The key that signs an own feed, where epochs have keys of their own; nullptr from
    // it: there is none, and the feed cannot be written. Unset: log_key signs them all.
    // Called on any thread. What it gives lives as long as the log.
    std::function<const crypto::PrivateKey*(const FeedId&)> key_of;
    storage::Environment* environment = nullptr;  // not owned; nullptr: the real disk
    size_t append_queue_limit = 4096;             // requests; more: RESOURCE_EXHAUSTED
  };

  // Opens or makes the log. Feeds that are there, empty ones too, are locked for writing
  // until UnlockFeed.
  //
  // Damage of one database leaves the other serving. When the own database is damaged,
  // lacks what the head file remembers (OWN_FEED_LOST) or has no head file beside it
  // (HEAD_FILE_MISSING), no file is changed and the own side is read-only: what is
  // intact can be read, nothing is written, OwnHealth is DATA_LOSS with the reason.
  // Damaged replicas are put aside under another name (StartReport tells) and start
  // empty, to be fetched again. A disk that is full or cannot be written lets the log
  // open for reading; see Recover. UNAVAILABLE when another process has it open.
  static absl::StatusOr<std::unique_ptr<EventLog>> Open(const Options& options);
  virtual ~EventLog() = default;

  // ---- own feeds ----

  // Makes an own feed, empty and writable; or locked, when other members may hold events
  // of it that this node lost: see StoreVerified. ALREADY_EXISTS.
  virtual absl::Status CreateFeed(const FeedId& feed, bool locked = false) = 0;
  // Lets an own feed be written after its head was confirmed. NOT_FOUND; OwnHealth()
  // while the own side is damaged.
  virtual absl::Status UnlockFeed(const FeedId& feed) = 0;
  virtual bool IsLocked(const FeedId& feed) const = 0;
  // Also true for a feed that the head file remembers and the database lost.
  virtual bool IsOwn(const FeedId& feed) const = 0;

  // Appends durably; returns after fsync of log and head file. Refuses with, all
  // together: STALE_REVISION (ABORTED, metadata stream, current_revision),
  // REQUEST_ID_REUSED (ALREADY_EXISTS: same id, other digest), FEED_LOCKED
  // (UNAVAILABLE), FEED_UNKNOWN (NOT_FOUND), RECORD_TOO_LARGE (INVALID_ARGUMENT).
  virtual absl::StatusOr<AppendResult> Append(AppendRequest request) = 0;
  // As Append; `done` is called on a thread of the log and must be quick.
  // Of two requests, also of one caller, either may be answered first, or both at once.
  using AppendCallback = std::function<void(absl::StatusOr<AppendResult>)>;
  virtual void AppendAsync(AppendRequest request, AppendCallback done) = 0;

  // ---- replicas ----

  // Stores records of a foreign feed that the caller has verified with
  // replication::VerifyPackage: consecutive from Size(feed). ABORTED when they do
  // not start there; DATA_LOSS when the tree that they make has another root than
  // `root_after`. Durable on return. Also puts records back in an own feed that is
  // locked, after they were lost here and kept elsewhere; FAILED_PRECONDITION when it is
  // not locked, because then this node has already said more.
  //
  // `note` is a checkpoint of just the tree that they make, whose signature the caller
  // verified, or empty. It is stored with them, so that this node can show what it holds;
  // after many megabytes at once it comes right behind. INVALID_ARGUMENT when it is of
  // another tree.
  virtual absl::Status StoreVerified(const CheckedRecords& records,
                                     const crypto::Digest& root_after, const std::string& note) = 0;
  // The same of records that nobody checked yet. INVALID_ARGUMENT, as CheckRecord.
  absl::Status StoreVerified(const FeedId& feed, Sequence first,
                             const std::vector<std::string>& records,
                             const crypto::Digest& root_after, const std::string& note = "");
  // Remembers a checkpoint of a feed whose signature, and whose root against the
  // stored tree, the caller verified; size at most Size(feed). Kept when newer. Also of
  // an own feed that is locked.
  virtual absl::Status StoreCheckpoint(const FeedId& feed, const std::string& note) = 0;
  // Remembers a verified cosignature of `witness` on a head of `feed`; kept when
  // its size is larger than what is known of that witness. Also merged into the
  // latest checkpoint note when it is for just that.
  virtual absl::Status StoreCosignature(const FeedId& feed, const MemberId& witness,
                                        const std::string& note) = 0;

  // ---- reading, own feeds and replicas alike ----

  virtual std::vector<FeedId> Feeds() const = 0;  // ordered
  // Number of events; 0 for an unknown feed.
  virtual uint64_t Size(const FeedId& feed) const = 0;
  virtual Cursor Heads() const = 0;
  // Up to `limit` events from `from` on; backwards: from `from` down, and past the
  // end starts at the last one.
  virtual absl::StatusOr<std::vector<StoredEvent>> ReadFeed(
      const FeedId& feed, Sequence from, size_t limit,
      Direction direction = Direction::kForwards) const = 0;
  // Events of one stream of one feed by revision; the first has revision 0.
  virtual absl::StatusOr<std::vector<StoredEvent>> ReadStream(
      const FeedId& feed, const StreamId& stream, Revision from, size_t limit,
      Direction direction = Direction::kForwards) const = 0;
  // How many events the stream holds in that feed.
  virtual Revision StreamRevision(const FeedId& feed, const StreamId& stream) const = 0;
  // Where an executed request's events stand. NOT_FOUND.
  virtual absl::StatusOr<AppendResult> FindRequest(const RequestId& request) const = 0;

  // The latest signed checkpoint with the cosignatures known for it. NOT_FOUND
  // while the feed has none.
  virtual absl::StatusOr<std::string> CheckpointNote(const FeedId& feed) const = 0;
  virtual std::vector<Cosigned> Cosignatures(const FeedId& feed) const = 0;
  virtual absl::StatusOr<crypto::Digest> RootAt(const FeedId& feed, uint64_t size) const = 0;
  virtual absl::StatusOr<std::vector<crypto::Digest>> InclusionProof(const FeedId& feed,
                                                                     Sequence sequence,
                                                                     uint64_t size) const = 0;
  virtual absl::StatusOr<std::vector<crypto::Digest>> ConsistencyProof(const FeedId& feed,
                                                                       uint64_t from,
                                                                       uint64_t to) const = 0;
  // A package of up to `limit` (at most 1,024) records that leads to the latest
  // checkpoint; or, of an own feed that is writable, to one that is signed for it and
  // covers just the package's end, so that whoever stored it can show that much, wherever
  // a fetch breaks off. OUT_OF_RANGE when there is nothing from `first` on.
  virtual absl::StatusOr<poolcirkel::log::v1::Package> MakePackage(const FeedId& feed,
                                                                   Sequence first,
                                                                   size_t limit) const = 0;

  virtual std::unique_ptr<Subscription> Subscribe(const Cursor& from, const Filter& filter) = 0;
  // Called after events, checkpoints or cosignatures of a feed were stored, on
  // whatever thread tells of it; must be quick. Returns a handle that ends it.
  using ChangeListener = std::function<void(const FeedId&)>;
  virtual std::shared_ptr<void> OnChange(ChangeListener listener) = 0;

  // OK, or why one of the databases does not serve: DATA_LOSS is damage and stays,
  // everything else ends when Recover succeeds.
  virtual absl::Status OwnHealth() const = 0;
  virtual absl::Status ReplicasHealth() const = 0;
  // What opening had to put aside, as Dutch sentences; mostly empty.
  virtual std::vector<std::string> StartReport() const = 0;

  // After a failed write (disk full, read-only, too many open files) nothing is written
  // until the databases were opened again and agreed with the head file. Every write
  // tries that first, and so does this; a try on a disk that still fails changes
  // nothing. OK when there is nothing to recover from. DATA_LOSS stays.
  virtual absl::Status Recover() = 0;

  enum class Part { kOwn, kReplicas };
  // Somebody found damage that the log has not met yet (a background check): the part
  // is unhealthy from now on, and own feeds are not written any more.
  virtual void ReportDamage(Part part, const absl::Status& damage) = 0;

  struct BackupSummary {
    uint32_t id = 0;  // counts from 1 in each folder
    uint64_t bytes = 0;
  };
  // Told while it goes on, on the calling thread: files of the own database and of the
  // replicas that are done, and bytes in all (0: not known yet).
  using BackupProgress = std::function<void(uint64_t bytes_done, uint64_t bytes_total)>;
  // Makes an incremental backup of both databases with the heads of the own feeds in
  // `directory`, and reads it back against its checksums. Appending goes on. The
  // errors of storage::Backups; OwnHealth() when the own side is damaged. One at a time.
  virtual absl::StatusOr<BackupSummary> Backup(const std::string& directory,
                                               const BackupProgress& progress) = 0;
};

}  // namespace eventstore::log
