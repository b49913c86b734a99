#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"

namespace rocksdb {
class Env;
}

namespace eventstore::storage {

// Where files are: the file system seam for testing. Databases and head files
// touch the disk only through it. Thread-safe.
//
// The environment must outlive everything that was opened over it.
class Environment {
 public:
  // The files of the machine.
  static std::unique_ptr<Environment> OnDisk();
  // Files in memory, gone with the environment.
  static std::unique_ptr<Environment> InMemory();

  virtual ~Environment() = default;

  // What RocksDB works over. A test environment gives a wrapper that fails.
  virtual rocksdb::Env* env() const = 0;
};

// Makes a folder and those above it; OK when it is there. nullptr: the files of the
// machine.
absl::Status MakeDirectory(const std::string& path, Environment* environment);

}  // namespace eventstore::storage
