#pragma once

#include <memory>
#include <string>
#include <vector>

#include "rocksdb/env.h"

namespace eventstore::storage {

// The files of one database, where a table that is being taken in is not deleted. When
// syncing the list of tables fails, RocksDB 7.8 deletes the table, although the list may have
// reached the disk: then the database would not open any more. What is listed after all
// is found here by the next opening, and what is not is removed by it. Thread-safe.
//
// Works over another environment, which must outlive it; must itself outlive the database.
class KeptTables final {
 public:
  explicit KeptTables(rocksdb::Env& environment);
  ~KeptTables();

  // For the database.
  rocksdb::Env* env() const { return env_.get(); }

  // From now on, whatever is linked from `paths` is kept.
  void Keep(const std::vector<std::string>& paths);
  // What was linked from `paths` is the database's as any other table.
  void LetGo(const std::vector<std::string>& paths);
  // The same for all, before the database is opened again.
  void LetGoOfAll();

 private:
  class Files;
  class Env;

  std::shared_ptr<Files> files_;
  std::unique_ptr<rocksdb::Env> env_;
};

}  // namespace eventstore::storage
