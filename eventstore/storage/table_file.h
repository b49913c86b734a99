#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "eventstore/storage/database.h"
#include "rocksdb/db.h"

namespace eventstore::storage {

// Writes `rows` as a table to `path`, in the folder of `database`, and makes it one of its
// tables (RocksDB's wiki: "Creating and Ingesting SST files"). Nothing is left at `path`. Only
// for this folder.
absl::Status AddTable(const std::vector<TableRow>& rows, const std::string& path,
                      rocksdb::DB& database);

}  // namespace eventstore::storage
