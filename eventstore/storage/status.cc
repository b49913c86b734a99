#include "eventstore/storage/status.h"

#include "absl/strings/str_cat.h"

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

}  // namespace

absl::Status ToStatus(const rocksdb::Status& status, const char* what) {
  if (status.ok()) return absl::OkStatus();
  return absl::Status(CodeOf(status), absl::StrCat("opslag: ", what, ": ", status.ToString()));
}

}  // namespace eventstore::storage
