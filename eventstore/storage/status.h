#pragma once

#include "absl/status/status.h"
#include "rocksdb/status.h"

namespace eventstore::storage {

// The one place that translates RocksDB's errors: the codes are those that
// database.h promises, the message says what was done. Only for this folder.
absl::Status ToStatus(const rocksdb::Status& status, const char* what);

}  // namespace eventstore::storage
