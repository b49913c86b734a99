#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "eventstore/base/entropy.h"
#include "eventstore/base/file.h"
#include "eventstore/log/types.h"

namespace services::access {

// That a person was made known to a member.
struct AccessEntry {
  absl::Time at;                        // kept in milliseconds
  std::string trace_id = {};            // up to 64 bytes; empty: a random one
  std::string activity = "disclosure";  // up to 64 bytes
  eventstore::log::CircleId circle;
  eventstore::log::MemberId requested_by;
  eventstore::log::StreamId professional;  // the id in that circle, never a name
  std::string purpose;                     // up to 200 bytes of text, as the asker stated it
};

// The disclosure log: one line of JSON per person and answer, on disk before the
// answer is given. Only grows; its owner rotates it with the node stopped. Thread-safe.
class AccessLog {
 public:
  // Opens or makes the file. `entropy` must outlive the result.
  static absl::StatusOr<std::unique_ptr<AccessLog>> Open(const std::string& path,
                                                         eventstore::base::Entropy& entropy);

  // OK when the line is on disk. After any error nothing may be disclosed:
  // INVALID_ARGUMENT on a field, UNAVAILABLE ACCESS_LOG_UNAVAILABLE otherwise.
  absl::Status Append(const AccessEntry& entry);

  // The newest entries, newest first, at most `count` (up to 10,000). Lines that are
  // damaged are left out. Reads no more than the end of the file that can hold them.
  absl::StatusOr<std::vector<AccessEntry>> ReadNewest(size_t count) const;

 private:
  AccessLog(std::string path, std::unique_ptr<eventstore::base::AppendFile> file,
            eventstore::base::Entropy& entropy)
      : path_(std::move(path)), file_(std::move(file)), entropy_(entropy) {}

  const std::string path_;
  const std::unique_ptr<eventstore::base::AppendFile> file_;
  eventstore::base::Entropy& entropy_;
};

}  // namespace services::access
