#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "eventstore/base/entropy.h"
#include "eventstore/base/mutex.h"
#include "eventstore/crypto/signature.h"
#include "eventstore/log/types.h"

namespace services::membership {

// The log keys of this member. The first signs its private feed and the circles that it
// founds or joins; every new epoch of a circle takes a new one. None is ever thrown
// away: a feed that is closed can still be shown to be this member's. Thread-safe.
//
// Keys made later stand beside the first, in files "log-<first 16 hex digits of the public
// key>.key", readable by the owner only.
class LogKeys {
 public:
  // Reads the keys of `directory`; an empty one keeps them in memory (tests). `first` is
  // not owned and outlives the result. DATA_LOSS when a key file is damaged,
  // FAILED_PRECONDITION KEY_FILE_OPEN when others can read it.
  static absl::StatusOr<std::unique_ptr<LogKeys>> Open(const std::string& directory,
                                                       const eventstore::crypto::PrivateKey* first);

  const eventstore::crypto::PrivateKey& first() const { return *first_; }
  // nullptr when it is not this member's. Lives as long as this object.
  const eventstore::crypto::PrivateKey* Find(const eventstore::crypto::PublicKey& key) const
      ABSL_LOCKS_EXCLUDED(mutex_);
  // All public keys, the first one first.
  std::vector<eventstore::crypto::PublicKey> All() const ABSL_LOCKS_EXCLUDED(mutex_);
  // Makes another key; it is on the disk before this returns.
  absl::StatusOr<eventstore::crypto::PublicKey> Make(eventstore::base::Entropy& entropy)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Which key signs an own feed. A feed that nobody said anything about is signed by the
  // first; one whose key is not here by none (nullptr).
  void Assign(const eventstore::log::FeedId& feed, const eventstore::crypto::PublicKey& key)
      ABSL_LOCKS_EXCLUDED(mutex_);
  const eventstore::crypto::PrivateKey* KeyOf(const eventstore::log::FeedId& feed) const
      ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  LogKeys(std::string directory, const eventstore::crypto::PrivateKey* first)
      : directory_(std::move(directory)), first_(first) {}
  absl::Status ReadFiles() ABSL_LOCKS_EXCLUDED(mutex_);

  const std::string directory_;
  const eventstore::crypto::PrivateKey* const first_;
  mutable eventstore::base::Mutex mutex_;
  std::map<eventstore::crypto::PublicKey, std::unique_ptr<const eventstore::crypto::PrivateKey>>
      keys_ ABSL_GUARDED_BY(mutex_);
  std::map<eventstore::log::FeedId, eventstore::crypto::PublicKey> assigned_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace services::membership
