#include "eventstore/log/revisions.h"

#include <utility>

namespace eventstore::log {

std::optional<uint64_t> RevisionCache::Find(storage::FeedNumber feed, const StreamId& stream) {
  base::MutexLock lock(mutex_);
  const Key key(feed, stream);
  if (const auto found = young_.find(key); found != young_.end()) return found->second;
  const auto found = old_.find(key);
  if (found == old_.end()) return std::nullopt;
  const uint64_t revision = found->second;
  Insert(key, revision);
  return revision;
}

void RevisionCache::Put(storage::FeedNumber feed, const StreamId& stream, uint64_t revision) {
  base::MutexLock lock(mutex_);
  Insert(Key(feed, stream), revision);
}

void RevisionCache::Clear() {
  base::MutexLock lock(mutex_);
  young_ = Generation();
  old_ = Generation();
}

void RevisionCache::Insert(const Key& key, uint64_t revision) {
  if (young_.size() >= kGenerationSize) {
    old_ = std::move(young_);
    young_ = Generation();
  }
  young_[key] = revision;
}

}  // namespace eventstore::log
