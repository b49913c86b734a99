#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "eventstore/storage/database.h"
#include "eventstore/storage/kept_tables.h"
#include "eventstore/storage/rocks.h"

namespace eventstore::storage {

// How the names of files begin that are becoming tables.
inline constexpr std::string_view kIncomingTable = "incoming-";

// Writes `tables` to files whose names begin with `path`, in the folder of `rocks`, and
// makes them its tables, all of them or none (RocksDB's wiki: "Creating and Ingesting SST
// files"). Nothing is left at `path`. `rocks` works over `kept`. Only for this folder.
absl::Status AddTables(const std::vector<Table>& tables, const std::string& path,
                       const Rocks& rocks, KeptTables& kept);

}  // namespace eventstore::storage
