#pragma once

#include "eventstore/storage/database.h"
#include "rocksdb/options.h"

namespace eventstore::storage {

// The one place that sets RocksDB's options. Only for this folder.
rocksdb::Options ToRocksOptions(const Database::Options& options);
// For the family of kApart, from what ToRocksOptions gave.
rocksdb::ColumnFamilyOptions ToApartOptions(const rocksdb::Options& rocks);

}  // namespace eventstore::storage
