#pragma once

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "eventstore/log/event_log.h"
#include "poolcirkel/api/v1/node_service.pb.h"

namespace services::node {

// Makes a backup of the logs, and of the keys when a folder is given for them; tells how
// far it is. The copy of the keys replaces the one before it, whose wrapping key is
// overwritten: a key that was destroyed since cannot be opened from there any more.
//
// INVALID_ARGUMENT when a path is not absolute, when the keys would go into the folder of
// the logs or either into the data folder; the errors of EventLog::Backup.
absl::Status MakeBackup(
    const std::string& data_directory, eventstore::log::EventLog& log,
    const poolcirkel::api::v1::BackupRequest& request,
    const std::function<bool(const poolcirkel::api::v1::BackupResponse&)>& tell);

}  // namespace services::node
