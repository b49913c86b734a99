#pragma once

#include <memory>

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

}  // namespace eventstore::storage
