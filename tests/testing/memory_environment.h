#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "eventstore/storage/environment.h"
#include "gtest/gtest.h"
#include "rocksdb/env.h"

namespace tests::testing {

// Files in memory that can be looked at and put back as a whole: what the test environments
// have in common. Header only, so that each test program that needs RocksDB for it says
// so itself.
class MemoryEnvironment : public eventstore::storage::Environment {
 public:
  // All files under a folder with their bytes, as they are now; without RocksDB's lock.
  std::map<std::string, std::string> Files(const std::string& folder) const {
    std::map<std::string, std::string> files;
    std::vector<std::string> names;
    memory()->GetChildren(folder, &names).PermitUncheckedError();
    for (const std::string& name : names) {
      if (name == "." || name == ".." || name == "LOCK") continue;
      const std::string path = folder + "/" + name;
      std::vector<std::string> inside;
      if (memory()->GetChildren(path, &inside).ok() && !inside.empty()) {
        files.merge(Files(path));
      } else if (std::string bytes; rocksdb::ReadFileToString(memory(), path, &bytes).ok()) {
        files[path] = std::move(bytes);
      }
    }
    return files;
  }

  // Makes the folder hold just these files again: another disk is put in. Nothing in it is
  // open.
  void PutBack(const std::string& folder, const std::map<std::string, std::string>& files) {
    for (const auto& [path, bytes] : Files(folder)) {
      EXPECT_TRUE(memory()->DeleteFile(path).ok()) << path;
    }
    for (const auto& [path, bytes] : files) WriteInMemory(path, bytes);
  }

 protected:
  // What is really there, without anything that fails.
  rocksdb::Env* memory() const { return memory_->env(); }

  void WriteInMemory(const std::string& path, const std::string& bytes) {
    const std::string folder = path.substr(0, path.rfind('/'));
    EXPECT_TRUE(eventstore::storage::MakeDirectory(folder, memory_.get()).ok()) << folder;
    EXPECT_TRUE(rocksdb::WriteStringToFile(memory(), bytes, path).ok()) << path;
  }

 private:
  const std::unique_ptr<eventstore::storage::Environment> memory_ =
      eventstore::storage::Environment::InMemory();
};

}  // namespace tests::testing
