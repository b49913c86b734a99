#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "eventstore/base/mutex.h"
#include "rocksdb/env.h"
#include "tests/testing/memory_environment.h"

namespace tests::testing {

enum class FileOperation { kWrite, kSync };

// Files in memory, over which every write and sync can be watched, held up or made
// to fail. Thread-safe.
class FaultyEnvironment final : public MemoryEnvironment {
 public:
  enum class Verdict {
    kGoOn,
    kFail,      // nothing of it happens
    kFailHalf,  // half of the bytes arrive
  };
  // Called before each write and sync with the file's path; may block.
  using Judge = std::function<Verdict(FileOperation, const std::string& path)>;

  FaultyEnvironment() : env_(*this) {}

  rocksdb::Env* env() const override { return &env_; }

  void SetJudge(Judge judge) {
    eventstore::base::MutexLock lock(mutex_);
    judge_ = std::make_shared<Judge>(std::move(judge));
  }
  void GoOn() { SetJudge(nullptr); }

 private:
  rocksdb::Status Ask(FileOperation operation, const std::string& path, bool& half) {
    std::shared_ptr<Judge> judge;
    {
      eventstore::base::MutexLock lock(mutex_);
      judge = judge_;
    }
    const Verdict verdict = judge && *judge ? (*judge)(operation, path) : Verdict::kGoOn;
    half = verdict == Verdict::kFailHalf;
    return verdict == Verdict::kGoOn ? rocksdb::Status::OK() : rocksdb::Status::IOError("injected");
  }

  class File final : public rocksdb::WritableFileWrapper {
   public:
    File(FaultyEnvironment& faults, std::string path, std::unique_ptr<rocksdb::WritableFile> file)
        : rocksdb::WritableFileWrapper(file.get()),
          faults_(faults),
          path_(std::move(path)),
          file_(std::move(file)) {}

    rocksdb::Status Append(const rocksdb::Slice& bytes) override {
      bool half = false;
      const rocksdb::Status verdict = faults_.Ask(FileOperation::kWrite, path_, half);
      if (verdict.ok()) return file_->Append(bytes);
      if (half) {
        file_->Append(rocksdb::Slice(bytes.data(), bytes.size() / 2)).PermitUncheckedError();
      }
      return verdict;
    }
    rocksdb::Status Append(const rocksdb::Slice& bytes,
                           const rocksdb::DataVerificationInfo&) override {
      return Append(bytes);
    }
    rocksdb::Status Sync() override { return Synced(&rocksdb::WritableFile::Sync); }
    rocksdb::Status Fsync() override { return Synced(&rocksdb::WritableFile::Fsync); }

   private:
    rocksdb::Status Synced(rocksdb::Status (rocksdb::WritableFile::*sync)()) {
      bool half = false;
      const rocksdb::Status verdict = faults_.Ask(FileOperation::kSync, path_, half);
      return verdict.ok() ? (file_.get()->*sync)() : verdict;
    }

    FaultyEnvironment& faults_;
    const std::string path_;
    std::unique_ptr<rocksdb::WritableFile> file_;
  };

  class InPlaceFile final : public rocksdb::RandomRWFileWrapper {
   public:
    InPlaceFile(FaultyEnvironment& faults, std::string path,
                std::unique_ptr<rocksdb::RandomRWFile> file)
        : rocksdb::RandomRWFileWrapper(file.get()),
          faults_(faults),
          path_(std::move(path)),
          file_(std::move(file)) {}

    rocksdb::Status Write(uint64_t offset, const rocksdb::Slice& bytes) override {
      bool half = false;
      const rocksdb::Status verdict = faults_.Ask(FileOperation::kWrite, path_, half);
      if (verdict.ok()) return file_->Write(offset, bytes);
      if (half) {
        file_->Write(offset, rocksdb::Slice(bytes.data(), bytes.size() / 2)).PermitUncheckedError();
      }
      return verdict;
    }
    rocksdb::Status Sync() override {
      bool half = false;
      const rocksdb::Status verdict = faults_.Ask(FileOperation::kSync, path_, half);
      return verdict.ok() ? file_->Sync() : verdict;
    }

   private:
    FaultyEnvironment& faults_;
    const std::string path_;
    std::unique_ptr<rocksdb::RandomRWFile> file_;
  };

  class Env final : public rocksdb::EnvWrapper {
   public:
    explicit Env(FaultyEnvironment& faults)
        : rocksdb::EnvWrapper(faults.memory()), faults_(faults) {}

    const char* Name() const override { return "FaultyEnvironment"; }

    rocksdb::Status NewWritableFile(const std::string& path,
                                    std::unique_ptr<rocksdb::WritableFile>* result,
                                    const rocksdb::EnvOptions& options) override {
      const rocksdb::Status status = rocksdb::EnvWrapper::NewWritableFile(path, result, options);
      if (status.ok()) *result = std::make_unique<File>(faults_, path, std::move(*result));
      return status;
    }

    rocksdb::Status NewRandomRWFile(const std::string& path,
                                    std::unique_ptr<rocksdb::RandomRWFile>* result,
                                    const rocksdb::EnvOptions& options) override {
      const rocksdb::Status status = rocksdb::EnvWrapper::NewRandomRWFile(path, result, options);
      if (status.ok()) *result = std::make_unique<InPlaceFile>(faults_, path, std::move(*result));
      return status;
    }

   private:
    FaultyEnvironment& faults_;
  };

  eventstore::base::Mutex mutex_;
  std::shared_ptr<Judge> judge_ ABSL_GUARDED_BY(mutex_);
  mutable Env env_;
};

}  // namespace tests::testing
