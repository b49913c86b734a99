#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "eventstore/base/mutex.h"
#include "poolcirkel/api/v1/circle_service.pb.h"

namespace services::commands {

// What this member has begun and no charter holds yet: its entries for charters
// to be founded, and its applications to circles. In one file of the data folder,
// replaced durably at each change; without it a member that restarts would not know
// its own member id. Thread-safe.
class PendingCircles {
 public:
  struct Application {
    poolcirkel::api::v1::Invitation invitation;
    poolcirkel::event::v1::CharterMember member;
  };
  // Entries and applications each; RESOURCE_EXHAUSTED above it.
  static constexpr size_t kMaximumEntries = 256;

  // Reads "<directory>/pending-joins" when it is there; the folder must be.
  // DATA_LOSS when it is damaged.
  static absl::StatusOr<std::unique_ptr<PendingCircles>> Open(const std::string& directory);

  // The entry that is kept for the circle with that short name.
  std::optional<poolcirkel::event::v1::CharterMember> FindEntry(
      std::string_view circle_short_name) const ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status KeepEntry(std::string_view circle_short_name,
                         const poolcirkel::event::v1::CharterMember& member)
      ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status ForgetEntry(std::string_view circle_short_name) ABSL_LOCKS_EXCLUDED(mutex_);

  // In the order of circle ids; one application for each circle.
  std::vector<Application> Applications() const ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status KeepApplication(const Application& application) ABSL_LOCKS_EXCLUDED(mutex_);
  // `circle_id` as in the invitation: hexadecimal.
  absl::Status ForgetApplication(std::string_view circle_id) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Contents {
    std::map<std::string, poolcirkel::event::v1::CharterMember, std::less<>> entries;
    std::map<std::string, Application, std::less<>> applications;
  };

  explicit PendingCircles(std::string path) : path_(std::move(path)) {}
  static absl::StatusOr<Contents> Decode(const std::string& text);
  static std::string Encode(const Contents& contents);
  // Writes first, so that memory never knows more than the disk.
  absl::Status Replace(Contents contents) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string path_;
  mutable eventstore::base::Mutex mutex_;
  Contents contents_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace services::commands
