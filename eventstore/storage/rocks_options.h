#pragma once

#include "eventstore/storage/database.h"
#include "rocksdb/options.h"

namespace eventstore::storage {

// The one place that sets RocksDB's options. Only for this folder.
rocksdb::Options ToRocksOptions(const Database::Options& options);

}  // namespace eventstore::storage
