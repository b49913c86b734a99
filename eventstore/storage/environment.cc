#include "eventstore/storage/environment.h"

#include "rocksdb/env.h"

namespace eventstore::storage {
namespace {

class DiskEnvironment final : public Environment {
 public:
  rocksdb::Env* env() const override { return rocksdb::Env::Default(); }
};

class MemoryEnvironment final : public Environment {
 public:
  MemoryEnvironment() : env_(rocksdb::NewMemEnv(rocksdb::Env::Default())) {}
  rocksdb::Env* env() const override { return env_.get(); }

 private:
  std::unique_ptr<rocksdb::Env> env_;
};

}  // namespace

std::unique_ptr<Environment> Environment::OnDisk() { return std::make_unique<DiskEnvironment>(); }

std::unique_ptr<Environment> Environment::InMemory() {
  return std::make_unique<MemoryEnvironment>();
}

}  // namespace eventstore::storage
