#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "eventstore/storage/database.h"
#include "eventstore/storage/kept_tables.h"
#include "rocksdb/db.h"

namespace eventstore::storage {

// Writes `tables` to files whose names begin with `path`, in the folder of `database`, and
// makes them its tables, all of them or none (RocksDB's wiki: "Creating and Ingesting SST
// files"). Nothing is left at `path`. `database` works over `kept`. Only for this folder.
absl::Status AddTables(const std::vector<Table>& tables, const std::string& path,
                       rocksdb::DB& database, KeptTables& kept);

}  // namespace eventstore::storage
