#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "eventstore/base/mutex.h"
#include "eventstore/log/event_log.h"
#include "eventstore/log/types.h"
#include "eventstore/merkle/note.h"
#include "eventstore/merkle/tree.h"
#include "eventstore/storage/keys.h"

namespace eventstore::log {

// A checkpoint note and what it says.
struct SignedCheckpoint {
  std::string note;
  merkle::Checkpoint checkpoint;
};
// INVALID_ARGUMENT when it is not a checkpoint of `feed`. Signatures are not checked.
absl::StatusOr<SignedCheckpoint> ParseSignedCheckpoint(const FeedId& feed, const std::string& note);
// What the writer of `feed` says of its tree of that size.
SignedCheckpoint SignCheckpoint(const FeedId& feed, uint64_t size, const crypto::Digest& root,
                                const crypto::PrivateKey& key);

// What everybody may see of one feed of a database: only what is stored durably.
// Thread-safe; lives as long as its store.
class Feed {
 public:
  Feed(const FeedId& id, storage::FeedNumber number, bool locked)
      : id_(id), number_(number), locked_(locked) {}

  const FeedId& id() const { return id_; }
  storage::FeedNumber number() const { return number_; }

  uint64_t size() const { return size_.load(std::memory_order_acquire); }
  merkle::Frontier frontier() const;
  std::optional<SignedCheckpoint> checkpoint() const;
  std::vector<Cosigned> cosigned() const;  // ordered by witness
  std::optional<Cosigned> CosignedBy(const MemberId& witness) const;
  // The checkpoint with the cosignatures that are over just its text. Nothing
  // while there is none.
  std::optional<SignedCheckpoint> CosignedCheckpoint() const;

  // For the one who stores: shows what was written.
  void Publish(merkle::Frontier frontier, std::optional<SignedCheckpoint> checkpoint);
  void PublishCheckpoint(SignedCheckpoint checkpoint);
  void PublishCosigned(Cosigned cosigned);

  // Own feeds: whether an unconfirmed head forbids writing.
  bool locked() const { return locked_.load(); }
  void Lock() { locked_.store(true); }
  void Unlock() { locked_.store(false); }

  // Held while something of this feed is read, changed and written, so that two
  // of them do not cross. Not held for reading.
  base::Mutex& storing() { return storing_; }

 private:
  const FeedId id_;
  const storage::FeedNumber number_;
  std::atomic<uint64_t> size_{0};
  std::atomic<bool> locked_;
  base::Mutex storing_;
  std::optional<SignedCheckpoint> MakeCosignedCheckpoint() const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable base::Mutex mutex_;
  // What CosignedCheckpoint gave, until something changes: packages ask for it each time.
  mutable std::optional<SignedCheckpoint> cosigned_checkpoint_ ABSL_GUARDED_BY(mutex_);
  merkle::Frontier frontier_ ABSL_GUARDED_BY(mutex_);
  std::optional<SignedCheckpoint> checkpoint_ ABSL_GUARDED_BY(mutex_);
  std::map<MemberId, Cosigned> cosigned_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace eventstore::log
