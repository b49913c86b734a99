#pragma once

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "eventstore/base/entropy.h"
#include "eventstore/base/mutex.h"

namespace services::commands {

// Whether the private feed may lack what the circle feeds hold: raised before the first
// event of an own feed comes back from peers, since its private counterpart does not. In
// a small file of the data folder, because a crash in between must not make it forgotten;
// lowered when every circle's feed says so. Thread-safe.
class PrivateFeedDoubt {
 public:
  // Reads `path` when it is there; the folder must be.
  static absl::StatusOr<std::unique_ptr<PrivateFeedDoubt>> Open(const std::string& path);

  // What names this time: random, in hexadecimal. Nothing when there is no doubt.
  std::optional<std::string> Raised() const ABSL_LOCKS_EXCLUDED(mutex_);
  // Durable on return; nothing changes when it is raised already.
  absl::Status Raise(eventstore::base::Entropy& entropy) ABSL_LOCKS_EXCLUDED(mutex_);
  // Unless it was raised anew: `name` as Raised told.
  absl::Status Lower(const std::string& name) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  explicit PrivateFeedDoubt(std::string path) : path_(std::move(path)) {}

  const std::string path_;
  mutable eventstore::base::Mutex mutex_;
  std::string name_ ABSL_GUARDED_BY(mutex_);  // empty: no doubt
};

}  // namespace services::commands
