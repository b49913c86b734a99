#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "eventstore/base/entropy.h"
#include "eventstore/base/file.h"
#include "eventstore/base/mutex.h"
#include "eventstore/log/types.h"

namespace services::access {

// The processing activities (verwerkingsactiviteiten) that end in this log; the
// organisation's register describes them. Somebody outside the pool was told:
inline constexpr char kDisclosureActivity[] =
    "https://poolcirkel.example/v1/verwerkingsactiviteiten/bekendmaking";
// and somebody of the pool saw it in the pool's own administration:
inline constexpr char kOwnPoolActivity[] =
    "https://poolcirkel.example/v1/verwerkingsactiviteiten/eigen-pool";

// That a person was made known to a member. Who asked there is not in it.
struct AccessEntry {
  absl::Time at;              // of the question; kept in milliseconds, as the end is
  std::string trace_id = {};  // 32 lower-case hexadecimal digits; empty: a random one
  std::string activity = kDisclosureActivity;  // URI, up to 200 bytes
  eventstore::log::CircleId circle;
  eventstore::log::MemberId requested_by;
  eventstore::log::StreamId professional;  // the id in that circle, never a name
  // Up to 600 bytes of text. Free text can name somebody: its owner seals it.
  std::string purpose;
};

// The disclosure log, in the form of Logboek Dataverwerkingen 1.0: one action (a span)
// per person and answer, one line of OTLP/JSON each, on disk before the answer is
// given, none left out. Full files get a number and stay. Thread-safe.
class AccessLog {
 public:
  static constexpr size_t kMaximumFileBytes = 16 * 1024 * 1024;

  // Opens or makes the file. `entropy` must outlive the result. A file that reaches
  // `maximum_file_bytes` is renamed to `path`.1, .2, ... and a new one begun.
  static absl::StatusOr<std::unique_ptr<AccessLog>> Open(
      const std::string& path, eventstore::base::Entropy& entropy,
      size_t maximum_file_bytes = kMaximumFileBytes);

  // OK when the lines are on disk, all of them. After any error nothing may be disclosed:
  // INVALID_ARGUMENT on a field, UNAVAILABLE ACCESS_LOG_UNAVAILABLE otherwise.
  absl::Status Append(const AccessEntry& entry) { return AppendAll({entry}); }
  absl::Status AppendAll(const std::vector<AccessEntry>& entries) ABSL_LOCKS_EXCLUDED(mutex_);

  // The newest entries, newest first, at most `count` (up to 10,000), older files
  // included. Lines that are damaged are left out. Reads no more than can hold them.
  absl::StatusOr<std::vector<AccessEntry>> ReadNewest(size_t count) const
      ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  AccessLog(std::string path, eventstore::base::Entropy& entropy, size_t maximum_file_bytes)
      : path_(std::move(path)), entropy_(entropy), maximum_file_bytes_(maximum_file_bytes) {}

  absl::Status OpenFile() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Gives a full file its number and begins the next.
  absl::Status Rotate() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The numbers of the full files, ascending.
  absl::StatusOr<std::vector<uint64_t>> Numbers() const;

  const std::string path_;
  eventstore::base::Entropy& entropy_;
  const size_t maximum_file_bytes_;
  mutable eventstore::base::Mutex mutex_;
  // Null after a failed attempt to begin a file; tried again by the next entry.
  std::unique_ptr<eventstore::base::AppendFile> file_ ABSL_GUARDED_BY(mutex_);
  size_t size_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace services::access
