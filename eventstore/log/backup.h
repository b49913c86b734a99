#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "eventstore/log/event_log.h"
#include "eventstore/log/heads.h"
#include "eventstore/storage/backup.h"
#include "eventstore/storage/database.h"

namespace eventstore::log {

// A backup folder holds `own` and `replicas`, each a folder of storage::Backups. The
// number of a backup is that of `own`; what is written down with it says which backup of
// the replicas goes with it, and what the head file held just before.
struct BackupSource {
  storage::Database* own = nullptr;             // not owned
  storage::Database* replicas = nullptr;        // not owned
  std::function<std::string()> heads;           // the head file's value by now
  storage::Environment* environment = nullptr;  // not owned; nullptr: the real disk
};
// As EventLog::Backup.
absl::StatusOr<EventLog::BackupSummary> MakeBackup(const BackupSource& source,
                                                   const std::string& directory,
                                                   const EventLog::BackupProgress& progress);

struct BackupRow {
  uint32_t id = 0;
  int64_t seconds = 0;  // since 1970, when it was made
  uint64_t bytes = 0;   // own and replicas
  Heads heads;
};
// The backups of a folder, the oldest first. NOT_FOUND when there is none.
absl::StatusOr<std::vector<BackupRow>> ListBackups(const std::string& directory,
                                                   storage::Environment* environment);

// Puts a backup (0: the newest) in a folder where there is no log yet, head file
// included, after it was checked; EventLog::Open then opens it with all feeds locked.
// ALREADY_EXISTS, NOT_FOUND, DATA_LOSS. Returns which.
absl::StatusOr<BackupRow> RestoreBackup(const std::string& directory, uint32_t id,
                                        const std::string& log_directory,
                                        storage::Environment* environment);

}  // namespace eventstore::log
