#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "eventstore/base/mutex.h"
#include "eventstore/log/types.h"

namespace eventstore::replication {

// Two notes that the writer of a feed signed and that cannot both be true.
struct Evidence {
  std::string held;       // what this node holds; empty when it held no signed head yet
  std::string contested;  // what contradicts it

  friend bool operator==(const Evidence&, const Evidence&) = default;
};

struct Fork {
  log::FeedId feed;
  Evidence evidence;
  absl::Time found_at;
};

// The forks that a node found, in one file that is replaced durably at each new one: what
// was shown once stays shown, also when nobody tells it again. Thread-safe.
class EvidenceFile {
 public:
  // Reads `path` when it is there; the folder must be. Lines that cannot be read are kept
  // and counted, and stop nothing.
  static absl::StatusOr<std::unique_ptr<EvidenceFile>> Open(const std::string& path);

  std::vector<Fork> All() const ABSL_LOCKS_EXCLUDED(mutex_);  // in the order of feeds
  std::optional<Evidence> Find(const log::FeedId& feed) const ABSL_LOCKS_EXCLUDED(mutex_);
  // The first of each feed is kept; only what is held against the same note may get better.
  absl::Status Keep(const Fork& fork) ABSL_LOCKS_EXCLUDED(mutex_);
  size_t unreadable() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  explicit EvidenceFile(std::string path) : path_(std::move(path)) {}

  const std::string path_;
  mutable base::Mutex mutex_;
  std::map<log::FeedId, Fork> forks_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> unreadable_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace eventstore::replication
