#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "eventstore/storage/database.h"
#include "rocksdb/db.h"
#include "rocksdb/env.h"

namespace eventstore::storage {

// Whether a key, or a range by its lower bound, is one of those of database.h's kApart.
bool IsApart(std::string_view key);

// An open RocksDB and its two column families: RocksDB's own `default`, and `apart` for
// kApart. Thread-safe, as RocksDB is.
class Rocks {
 public:
  // Errors as Database::Open. `env` is used for every file and must outlive this.
  static absl::StatusOr<std::unique_ptr<Rocks>> Open(const Database::Options& options,
                                                     rocksdb::Env& env);
  ~Rocks();
  Rocks(const Rocks&) = delete;
  Rocks& operator=(const Rocks&) = delete;

  rocksdb::DB& db() const { return *db_; }
  // Where a key stands. A database that was made before there were two families has one, and
  // so has one that was broken off while it was made and is opened to read.
  rocksdb::ColumnFamilyHandle* FamilyOf(std::string_view key) const;

 private:
  Rocks() = default;
  absl::Status OpenToWrite(const Database::Options& options, rocksdb::Env& env);
  absl::Status OpenToRead(const Database::Options& options, rocksdb::Env& env);
  bool IsEmpty() const;
  void OpenTables() const;

  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> families_;  // owned; gone before db_
};

// Makes a list of tables for the files in `path`, of which it was lost.
absl::Status MakeListAgain(const std::string& path, Environment* environment);

}  // namespace eventstore::storage
