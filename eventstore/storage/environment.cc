#include "eventstore/storage/environment.h"

#include "eventstore/base/errors.h"
#include "eventstore/storage/status.h"
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

absl::Status MakeDirectory(const std::string& path, Environment* environment) {
  rocksdb::Env& env = environment == nullptr ? *rocksdb::Env::Default() : *environment->env();
  for (size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    RETURN_IF_ERROR(ToStatus(env.CreateDirIfMissing(path.substr(0, slash)), "map maken"));
    if (slash == std::string::npos) return absl::OkStatus();
  }
}

}  // namespace eventstore::storage
