#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <iterator>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "eventstore/base/mutex.h"
#include "rocksdb/env.h"
#include "tests/testing/memory_environment.h"

namespace tests::testing {

// A disk in memory that keeps nothing before it is synced. Every write, sync, creation,
// renaming, deletion and sync of a folder is one operation; the power can be cut before
// any of them. What is left then: all that was synced, and of the rest what the seed
// chooses: a beginning of it, so that the last block is torn; names come and go in the
// order that they were made in.
//
// RocksDB's background jobs run when RunJobs is called, on the caller's thread, so that
// the same run does the same operations. Thread-safe, apart from the calls that cut and
// restore the power.
class WriteBackDisk final : public MemoryEnvironment {
 public:
  WriteBackDisk() : env_(*this) {}

  rocksdb::Env* env() const override { return &env_; }

  uint64_t operations() const {
    eventstore::base::MutexLock lock(mutex_);
    return operations_;
  }
  // The power fails before the `count`-th operation from now on; 0: not at all.
  void CutBefore(uint64_t count) {
    eventstore::base::MutexLock lock(mutex_);
    cut_at_ = count == 0 ? 0 : operations_ + count;
  }
  bool is_cut() const {
    eventstore::base::MutexLock lock(mutex_);
    return cut_;
  }
  // While full, what changes a file fails, and nothing happens.
  void SetFull(bool full) {
    eventstore::base::MutexLock lock(mutex_);
    failure_ = full ? rocksdb::Status::NoSpace("full") : rocksdb::Status::OK();
  }
  // A file system that writes the size of a file before its bytes: what was not synced may
  // be there as zeros.
  void SetZeroFills(bool zero_fills) {
    eventstore::base::MutexLock lock(mutex_);
    zero_fills_ = zero_fills;
  }
  // A disk that says that it synced and did not. For mutants.
  void SetDropsSyncs(bool drops) {
    eventstore::base::MutexLock lock(mutex_);
    drops_syncs_ = drops;
  }

  // Everything that stood open is closed. Cuts the power when that has not happened,
  // forgets what was not synced, and turns the power on again.
  void Restart(std::mt19937_64& random) {
    eventstore::base::MutexLock lock(mutex_);
    ForgetNames(random);
    for (auto& [path, file] : files_) ForgetBytes(path, file, random);
    names_.clear();
    for (auto& [path, file] : files_) file = State{SizeOf(path), {}};
    cut_ = false;
    cut_at_ = 0;
  }

  // For what else writes to this disk, by other means: counts as an operation. False when
  // it must not happen.
  bool CountOperation() { return Operate().ok(); }

  // What RocksDB wants done in the background, and what follows from that; on a full disk
  // it would try the same again without end.
  void RunJobs() {
    for (int count = 0; count < kMostJobs; ++count) {
      Job job;
      {
        eventstore::base::MutexLock lock(mutex_);
        if (jobs_.empty()) return;
        job = jobs_.front();
        jobs_.pop_front();
      }
      job.function(job.argument);
    }
  }

  // All of the files are synced then.
  void PutBack(const std::string& folder, const std::map<std::string, std::string>& files) {
    MemoryEnvironment::PutBack(folder, files);
    eventstore::base::MutexLock lock(mutex_);
    files_.clear();
    names_.clear();
    for (const auto& [path, bytes] : files) files_[path] = State{bytes.size(), {}};
  }

 private:
  static constexpr int kMostJobs = 100;

  // Of a file since it was last synced.
  struct State {
    uint64_t synced = 0;  // bytes, of a file that only grows
    // In-place writes: where, and what stood there.
    std::vector<std::pair<uint64_t, std::string>> overwritten;
  };
  // A change of names that the folder's sync has not made certain.
  struct NameChange {
    enum Kind { kMade, kRenamed, kDeleted } kind;
    std::string path;
    std::string from;      // renamed
    bool existed = false;  // made, renamed: there was a file at `path`
    std::string bytes;     // of that file, or of the deleted one
  };
  struct Job {
    void (*function)(void*) = nullptr;
    void* argument = nullptr;
    void* tag = nullptr;
    void (*unscheduled)(void*) = nullptr;
    rocksdb::Env::Priority priority = rocksdb::Env::LOW;
  };

  // OK when the operation may happen.
  rocksdb::Status Operate() ABSL_LOCKS_EXCLUDED(mutex_) {
    eventstore::base::MutexLock lock(mutex_);
    if (cut_) return rocksdb::Status::IOError("no power");
    if (!failure_.ok()) return failure_;
    ++operations_;
    if (cut_at_ != 0 && operations_ >= cut_at_) {
      cut_ = true;
      return rocksdb::Status::IOError("no power");
    }
    return rocksdb::Status::OK();
  }

  uint64_t SizeOf(const std::string& path) const {
    uint64_t size = 0;
    memory()->GetFileSize(path, &size).PermitUncheckedError();
    return size;
  }
  std::string BytesOf(const std::string& path) const {
    std::string bytes;
    rocksdb::ReadFileToString(memory(), path, &bytes).PermitUncheckedError();
    return bytes;
  }
  void Rewrite(const std::string& path, const std::string& bytes)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    WriteInMemory(path, bytes);
    files_[path] = State{bytes.size(), {}};
  }
  void Remove(const std::string& path) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    memory()->DeleteFile(path).PermitUncheckedError();
    files_.erase(path);
  }

  // Names that are not certain: a beginning of their list happened.
  void ForgetNames(std::mt19937_64& random) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const size_t kept = random() % (names_.size() + 1);
    while (names_.size() > kept) {
      const NameChange name = std::move(names_.back());
      names_.pop_back();
      switch (name.kind) {
        case NameChange::kMade:
          Remove(name.path);
          if (name.existed) Rewrite(name.path, name.bytes);
          break;
        case NameChange::kRenamed:
          EXPECT_TRUE(memory()->RenameFile(name.path, name.from).ok());
          files_[name.from] = std::move(files_[name.path]);
          files_.erase(name.path);
          if (name.existed) Rewrite(name.path, name.bytes);
          break;
        case NameChange::kDeleted:
          Rewrite(name.path, name.bytes);
          break;
      }
    }
  }

  void ForgetBytes(const std::string& path, const State& file, std::mt19937_64& random)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const std::string live = BytesOf(path);
    std::string bytes = live;
    for (auto write = file.overwritten.rbegin(); write != file.overwritten.rend(); ++write) {
      const auto& [offset, old] = *write;
      // Torn somewhere: what comes before stands.
      const size_t stands = random() % 2 == 0 ? 0 : random() % (old.size() + 1);
      bytes.replace(offset + stands, old.size() - stands, old, stands, old.size() - stands);
    }
    if (file.overwritten.empty() && file.synced < bytes.size()) {
      bytes.resize(file.synced + random() % (bytes.size() - file.synced + 1));
      // The size arrived, the bytes did not.
      if (zero_fills_ && random() % 3 == 0)
        bytes.resize(bytes.size() + random() % (live.size() + 1 - bytes.size()));
    }
    if (bytes == live) return;
    EXPECT_TRUE(rocksdb::WriteStringToFile(memory(), bytes, path).ok()) << path;
  }

  class GrowingFile final : public rocksdb::WritableFileWrapper {
   public:
    GrowingFile(WriteBackDisk& disk, std::string path, std::unique_ptr<rocksdb::WritableFile> file)
        : rocksdb::WritableFileWrapper(file.get()),
          disk_(disk),
          path_(std::move(path)),
          file_(std::move(file)) {}

    rocksdb::Status Append(const rocksdb::Slice& bytes) override {
      const rocksdb::Status may = disk_.Operate();
      return may.ok() ? file_->Append(bytes) : may;
    }
    rocksdb::Status Append(const rocksdb::Slice& bytes,
                           const rocksdb::DataVerificationInfo&) override {
      return Append(bytes);
    }
    rocksdb::Status Sync() override { return Synced(); }
    rocksdb::Status Fsync() override { return Synced(); }

   private:
    rocksdb::Status Synced() {
      const rocksdb::Status may = disk_.Operate();
      if (!may.ok()) return may;
      eventstore::base::MutexLock lock(disk_.mutex_);
      if (!disk_.drops_syncs_) disk_.files_[path_].synced = disk_.SizeOf(path_);
      return rocksdb::Status::OK();
    }

    WriteBackDisk& disk_;
    const std::string path_;
    std::unique_ptr<rocksdb::WritableFile> file_;
  };

  class InPlaceFile final : public rocksdb::RandomRWFileWrapper {
   public:
    InPlaceFile(WriteBackDisk& disk, std::string path, std::unique_ptr<rocksdb::RandomRWFile> file)
        : rocksdb::RandomRWFileWrapper(file.get()),
          disk_(disk),
          path_(std::move(path)),
          file_(std::move(file)) {}

    rocksdb::Status Write(uint64_t offset, const rocksdb::Slice& bytes) override {
      const rocksdb::Status may = disk_.Operate();
      if (!may.ok()) return may;
      eventstore::base::MutexLock lock(disk_.mutex_);
      std::string old(bytes.size(), '\0');
      rocksdb::Slice read;
      file_->Read(offset, old.size(), &read, old.data()).PermitUncheckedError();
      const std::string stood(read.data(), read.size());
      disk_.files_[path_].overwritten.emplace_back(offset, stood);
      return file_->Write(offset, bytes);
    }
    rocksdb::Status Sync() override {
      const rocksdb::Status may = disk_.Operate();
      if (!may.ok()) return may;
      eventstore::base::MutexLock lock(disk_.mutex_);
      if (!disk_.drops_syncs_) disk_.files_[path_].overwritten.clear();
      return rocksdb::Status::OK();
    }
    rocksdb::Status Fsync() override { return Sync(); }

   private:
    WriteBackDisk& disk_;
    const std::string path_;
    std::unique_ptr<rocksdb::RandomRWFile> file_;
  };

  class Folder final : public rocksdb::Directory {
   public:
    Folder(WriteBackDisk& disk, std::string path) : disk_(disk), path_(std::move(path)) {}
    rocksdb::Status Fsync() override {
      const rocksdb::Status may = disk_.Operate();
      if (!may.ok()) return may;
      eventstore::base::MutexLock lock(disk_.mutex_);
      if (disk_.drops_syncs_) return rocksdb::Status::OK();
      std::erase_if(disk_.names_, [this](const NameChange& name) {
        return name.path.substr(0, name.path.rfind('/')) == path_;
      });
      return rocksdb::Status::OK();
    }

   private:
    WriteBackDisk& disk_;
    const std::string path_;
  };

  class Env final : public rocksdb::EnvWrapper {
   public:
    explicit Env(WriteBackDisk& disk) : rocksdb::EnvWrapper(disk.memory()), disk_(disk) {}

    const char* Name() const override { return "WriteBackDisk"; }

    rocksdb::Status NewWritableFile(const std::string& path,
                                    std::unique_ptr<rocksdb::WritableFile>* result,
                                    const rocksdb::EnvOptions& options) override {
      const rocksdb::Status may = disk_.Operate();
      if (!may.ok()) return may;
      NameChange name{NameChange::kMade, path, "", target()->FileExists(path).ok(), ""};
      if (name.existed) name.bytes = disk_.BytesOf(path);
      const rocksdb::Status made = target()->NewWritableFile(path, result, options);
      if (!made.ok()) return made;
      eventstore::base::MutexLock lock(disk_.mutex_);
      disk_.names_.push_back(std::move(name));
      disk_.files_[path] = State{};
      *result = std::make_unique<GrowingFile>(disk_, path, std::move(*result));
      return made;
    }
    // Of what is only synced once more.
    rocksdb::Status ReopenWritableFile(const std::string& path,
                                       std::unique_ptr<rocksdb::WritableFile>* result,
                                       const rocksdb::EnvOptions& options) override {
      const rocksdb::Status opened = target()->ReopenWritableFile(path, result, options);
      if (opened.ok()) *result = std::make_unique<GrowingFile>(disk_, path, std::move(*result));
      return opened;
    }
    // A second name; the disk keeps the bytes of each by itself.
    rocksdb::Status LinkFile(const std::string& from, const std::string& to) override {
      const rocksdb::Status may = disk_.Operate();
      if (!may.ok()) return may;
      const rocksdb::Status linked =
          rocksdb::WriteStringToFile(target(), disk_.BytesOf(from), to);
      if (!linked.ok()) return linked;
      eventstore::base::MutexLock lock(disk_.mutex_);
      disk_.names_.push_back({NameChange::kMade, to, "", false, ""});
      disk_.files_[to] = disk_.files_[from];
      return linked;
    }
    rocksdb::Status NewRandomRWFile(const std::string& path,
                                    std::unique_ptr<rocksdb::RandomRWFile>* result,
                                    const rocksdb::EnvOptions& options) override {
      const rocksdb::Status status = target()->NewRandomRWFile(path, result, options);
      if (status.ok()) *result = std::make_unique<InPlaceFile>(disk_, path, std::move(*result));
      return status;
    }
    rocksdb::Status NewDirectory(const std::string& path,
                                 std::unique_ptr<rocksdb::Directory>* result) override {
      std::unique_ptr<rocksdb::Directory> there;
      const rocksdb::Status status = target()->NewDirectory(path, &there);
      if (status.ok()) *result = std::make_unique<Folder>(disk_, path);
      return status;
    }
    rocksdb::Status RenameFile(const std::string& from, const std::string& to) override {
      const rocksdb::Status may = disk_.Operate();
      if (!may.ok()) return may;
      NameChange name{NameChange::kRenamed, to, from, target()->FileExists(to).ok(), ""};
      if (name.existed) name.bytes = disk_.BytesOf(to);
      const rocksdb::Status renamed = target()->RenameFile(from, to);
      if (!renamed.ok()) return renamed;
      eventstore::base::MutexLock lock(disk_.mutex_);
      disk_.names_.push_back(std::move(name));
      disk_.files_[to] = std::move(disk_.files_[from]);
      disk_.files_.erase(from);
      return renamed;
    }
    rocksdb::Status DeleteFile(const std::string& path) override {
      const rocksdb::Status may = disk_.Operate();
      if (!may.ok()) return may;
      NameChange name{NameChange::kDeleted, path, "", true, disk_.BytesOf(path)};
      const rocksdb::Status deleted = target()->DeleteFile(path);
      if (!deleted.ok()) return deleted;
      eventstore::base::MutexLock lock(disk_.mutex_);
      disk_.names_.push_back(std::move(name));
      disk_.files_.erase(path);
      return deleted;
    }

    void Schedule(void (*function)(void*), void* argument, Priority priority, void* tag,
                  void (*unscheduled)(void*)) override {
      eventstore::base::MutexLock lock(disk_.mutex_);
      disk_.jobs_.push_back({function, argument, tag, unscheduled, priority});
    }
    int UnSchedule(void* tag, Priority priority) override {
      std::vector<Job> gone;
      {
        const auto matches = [&](const Job& job) {
          return job.tag == tag && job.priority == priority;
        };
        eventstore::base::MutexLock lock(disk_.mutex_);
        std::copy_if(disk_.jobs_.begin(), disk_.jobs_.end(), std::back_inserter(gone), matches);
        std::erase_if(disk_.jobs_, matches);
      }
      for (const Job& job : gone) {
        if (job.unscheduled != nullptr) job.unscheduled(job.argument);
      }
      return static_cast<int>(gone.size());
    }
    unsigned int GetThreadPoolQueueLen(Priority) const override {
      eventstore::base::MutexLock lock(disk_.mutex_);
      return static_cast<unsigned int>(disk_.jobs_.size());
    }

   private:
    WriteBackDisk& disk_;
  };

  mutable eventstore::base::Mutex mutex_;
  uint64_t operations_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t cut_at_ ABSL_GUARDED_BY(mutex_) = 0;
  bool cut_ ABSL_GUARDED_BY(mutex_) = false;
  bool drops_syncs_ ABSL_GUARDED_BY(mutex_) = false;
  bool zero_fills_ ABSL_GUARDED_BY(mutex_) = false;
  rocksdb::Status failure_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, State> files_ ABSL_GUARDED_BY(mutex_);
  std::vector<NameChange> names_ ABSL_GUARDED_BY(mutex_);
  std::deque<Job> jobs_ ABSL_GUARDED_BY(mutex_);
  mutable Env env_;
};

}  // namespace tests::testing
