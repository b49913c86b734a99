#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "eventstore/storage/environment.h"
#include "rocksdb/env.h"

namespace tests::testing {

// The files of another environment, where something happens whenever RocksDB begins to read
// a write-ahead log, which it does after the list of tables: what another process may write
// in between. For one thread.
class WatchedEnvironment final : public eventstore::storage::Environment {
 public:
  explicit WatchedEnvironment(rocksdb::Env* target) : env_(target) {}

  rocksdb::Env* env() const override { return &env_; }
  void BeforeALogIsRead(std::function<void()> event) { env_.event = std::move(event); }

 private:
  struct Env final : rocksdb::EnvWrapper {
    using EnvWrapper::EnvWrapper;
    const char* Name() const override { return "WatchedEnvironment"; }
    rocksdb::Status NewSequentialFile(const std::string& path,
                                      std::unique_ptr<rocksdb::SequentialFile>* result,
                                      const rocksdb::EnvOptions& options) override {
      if (path.ends_with(".log") && event) event();
      return EnvWrapper::NewSequentialFile(path, result, options);
    }
    std::function<void()> event;
  };
  mutable Env env_;
};

}  // namespace tests::testing
