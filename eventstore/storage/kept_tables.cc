#include "eventstore/storage/kept_tables.h"

#include <algorithm>
#include <map>

#include "eventstore/base/mutex.h"
#include "rocksdb/file_system.h"

namespace eventstore::storage {

using base::MutexLock;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

class KeptTables::Files final : public rocksdb::FileSystemWrapper {
 public:
  explicit Files(const std::shared_ptr<rocksdb::FileSystem>& target) : FileSystemWrapper(target) {}

  const char* Name() const override { return "KeptTables"; }

  void Keep(const std::string& path) {
    MutexLock lock(mutex_);
    links_[path] = "";
  }
  void LetGo(const std::string& path) {
    MutexLock lock(mutex_);
    links_.erase(path);
  }
  void LetGoOfAll() {
    MutexLock lock(mutex_);
    links_.clear();
  }

  IOStatus LinkFile(const std::string& from, const std::string& to, const IOOptions& options,
                    IODebugContext* context) override {
    {
      MutexLock lock(mutex_);
      const auto link = links_.find(from);
      if (link != links_.end()) link->second = to;
    }
    return FileSystemWrapper::LinkFile(from, to, options, context);
  }

  IOStatus DeleteFile(const std::string& path, const IOOptions& options,
                      IODebugContext* context) override {
    {
      MutexLock lock(mutex_);
      const auto is_kept = [&path](const auto& link) { return link.second == path; };
      if (std::ranges::any_of(links_, is_kept)) return IOStatus::OK();
    }
    return FileSystemWrapper::DeleteFile(path, options, context);
  }

 private:
  base::Mutex mutex_;
  // By the name that was linked: the name in the database.
  std::map<std::string, std::string> links_ ABSL_GUARDED_BY(mutex_);
};

// RocksDB works with files in two ways, by the environment and by its file system.
class KeptTables::Env final : public rocksdb::EnvWrapper {
 public:
  Env(rocksdb::Env& target, std::shared_ptr<Files> files) : EnvWrapper(&target) {
    file_system_ = std::move(files);
    system_clock_ = target.GetSystemClock();
  }

  rocksdb::Status DeleteFile(const std::string& path) override {
    return file_system_->DeleteFile(path, IOOptions(), nullptr);
  }
};

KeptTables::KeptTables(rocksdb::Env& environment)
    : files_(std::make_shared<Files>(environment.GetFileSystem())),
      env_(std::make_unique<Env>(environment, files_)) {}

KeptTables::~KeptTables() = default;

void KeptTables::Keep(const std::vector<std::string>& paths) {
  for (const std::string& path : paths) files_->Keep(path);
}

void KeptTables::LetGo(const std::vector<std::string>& paths) {
  for (const std::string& path : paths) files_->LetGo(path);
}

void KeptTables::LetGoOfAll() { files_->LetGoOfAll(); }

}  // namespace eventstore::storage
