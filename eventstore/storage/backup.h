#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "eventstore/storage/database.h"
#include "eventstore/storage/environment.h"

namespace eventstore::storage {

// One backup of one database.
struct BackupInfo {
  uint32_t id = 0;
  int64_t seconds = 0;  // since 1970, when it was made
  uint64_t bytes = 0;
  std::string metadata;  // as given to Make
};

// A folder with backups of one database (RocksDB's backup engine). Tables that do not
// change are kept once, so a next backup costs what is new. Not thread-safe; one process
// at a time.
//
// Errors as those of database.h; DATA_LOSS when a backup does not have the sizes and
// checksums that were written down with it.
class Backups {
 public:
  // Opens or makes the folder; with `read_only` nothing is made or changed.
  static absl::StatusOr<std::unique_ptr<Backups>> Open(const std::string& directory,
                                                       Environment* environment,
                                                       bool read_only = false);
  virtual ~Backups() = default;

  // Makes a backup of a database that may be written meanwhile: it holds at least what
  // was written before the call. `progress` is told now and then the bytes so far.
  // Returns its number.
  virtual absl::StatusOr<uint32_t> Make(Database& database, const std::string& metadata,
                                        const std::function<void(uint64_t bytes)>& progress) = 0;
  // Reads the whole backup back and compares checksums.
  virtual absl::Status Verify(uint32_t id) = 0;
  // Ordered by id. Damaged ones are not in it.
  virtual std::vector<BackupInfo> List() = 0;
  // Puts a backup in `directory`, which must be empty or not be there.
  virtual absl::Status Restore(uint32_t id, const std::string& directory) = 0;
};

}  // namespace eventstore::storage
