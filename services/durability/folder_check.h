#pragma once

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "eventstore/check/check.h"
#include "eventstore/check/repair.h"

namespace services::durability {

using ShowProgress = std::function<bool(const eventstore::check::Progress&)>;

// Checks a node's data folder, or only a log's when there are no keys beside it: the log
// (eventstore/check), the keys that sign it, and the key file. Changes nothing, and may
// run beside the node. NOT_FOUND when there is no log.
absl::StatusOr<eventstore::check::Report> CheckFolder(const std::string& data_directory,
                                                      const ShowProgress& progress);

// Makes a new log in `out` of what is intact in the data folder and in `others` (data
// folders, or folders of a log); see check::RepairLog.
absl::StatusOr<eventstore::check::RepairReport> RepairFolder(const std::string& data_directory,
                                                             const std::string& out,
                                                             const std::vector<std::string>& others,
                                                             const ShowProgress& progress);

// The folder of the log of a data folder: "<folder>/log", or the folder itself when that
// is one.
std::string LogOf(const std::string& folder);

}  // namespace services::durability
