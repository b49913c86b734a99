#pragma once

#include <optional>

#include "absl/container/flat_hash_map.h"
#include "eventstore/base/mutex.h"
#include "eventstore/log/types.h"
#include "eventstore/storage/keys.h"

namespace eventstore::log {

// Remembers how many events the streams that were written lately hold, so that an
// append seldom has to look in the database. Bounded. Thread-safe.
class RevisionCache {
 public:
  std::optional<uint64_t> Find(storage::FeedNumber feed, const StreamId& stream);
  void Put(storage::FeedNumber feed, const StreamId& stream, uint64_t revision);
  void Clear();

 private:
  using Key = std::pair<storage::FeedNumber, StreamId>;
  using Generation = absl::flat_hash_map<Key, uint64_t>;

  // Two generations: a full one becomes the old one, and what is asked for moves
  // on to the new one.
  static constexpr size_t kGenerationSize = 65'536;
  void Insert(const Key& key, uint64_t revision) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  base::Mutex mutex_;
  Generation young_ ABSL_GUARDED_BY(mutex_);
  Generation old_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace eventstore::log
