#include "eventstore/storage/status.h"

#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "eventstore/base/system_error.h"

namespace eventstore::storage {
namespace {

absl::StatusCode CodeOf(const rocksdb::Status& status) {
  if (status.IsNotFound() || status.IsPathNotFound()) return absl::StatusCode::kNotFound;
  if (status.IsCorruption()) return absl::StatusCode::kDataLoss;
  if (status.IsNoSpace() || status.IsMemoryLimit()) return absl::StatusCode::kResourceExhausted;
  if (status.IsInvalidArgument()) return absl::StatusCode::kInvalidArgument;
  if (status.IsNotSupported()) return absl::StatusCode::kFailedPrecondition;
  return absl::StatusCode::kUnavailable;
}

// RocksDB says "While opening a file: PATH: Permission denied"; of that the path and why, in
// Dutch when the cause is one of the system. All else as RocksDB says it.
std::string TextOf(const rocksdb::Status& status) {
  const std::string_view state = status.getState() == nullptr ? "" : status.getState();
  const size_t cause_at = state.rfind(": ");
  if (!status.IsIOError() || cause_at == std::string_view::npos) return status.ToString();
  const std::string_view english = state.substr(cause_at + 2);
  const std::string cause = base::SystemErrorText(english);
  if (cause == english) return status.ToString();
  const std::string_view place = state.substr(0, cause_at);
  const size_t path_at = place.rfind(": ");
  const size_t skipped = path_at == std::string_view::npos ? 0 : path_at + 2;
  return absl::StrCat(std::string(place.substr(skipped)), ": ", cause);
}

}  // namespace

absl::Status ToStatus(const rocksdb::Status& status, const char* what) {
  if (status.ok()) return absl::OkStatus();
  return absl::Status(CodeOf(status), absl::StrCat("opslag: ", what, ": ", TextOf(status)));
}

}  // namespace eventstore::storage
