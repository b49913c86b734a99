#include "eventstore/storage/backup.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "eventstore/storage/files.h"
#include "eventstore/storage/status.h"
#include "rocksdb/db.h"
#include "rocksdb/env.h"
#include "rocksdb/utilities/backup_engine.h"

namespace eventstore::storage {
namespace {

rocksdb::Env* EnvOf(Environment* environment) {
  return environment == nullptr ? rocksdb::Env::Default() : environment->env();
}

template <typename Engine>
std::vector<BackupInfo> ListOf(const Engine& engine) {
  std::vector<rocksdb::BackupInfo> found;
  engine.GetBackupInfo(&found);
  std::vector<BackupInfo> backups;
  for (const auto& info : found) {
    backups.push_back({info.backup_id, info.timestamp, info.size, info.app_metadata});
  }
  return backups;
}

absl::Status CheckEmpty(const std::string& directory, Environment* environment) {
  if (ListNames(directory, environment).empty()) return absl::OkStatus();
  return absl::AlreadyExistsError(absl::StrCat("opslag: ", directory, " is niet leeg"));
}

class WritableBackups final : public Backups {
 public:
  WritableBackups(std::unique_ptr<rocksdb::BackupEngine> engine, Environment* environment)
      : engine_(std::move(engine)), environment_(environment) {}

  absl::StatusOr<uint32_t> Make(Database& database, const std::string& metadata,
                                const std::function<void(uint64_t)>& progress) override {
    rocksdb::CreateBackupOptions options;
    // The write-ahead log is copied as it is; a table for each small backup would be
    // many small tables.
    options.flush_before_backup = false;
    uint64_t bytes = 0;
    options.progress_callback = [&] {
      bytes += kCallbackBytes;
      if (progress) progress(bytes);
    };
    rocksdb::BackupID id = 0;
    // Whoever holds one keeps the database from being closed.
    const auto open = database.TakeSnapshot();
    if (database.raw() == nullptr) {
      return absl::UnavailableError("opslag: reservekopie maken: de database is niet open");
    }
    RETURN_IF_ERROR(
        ToStatus(engine_->CreateNewBackupWithMetadata(options, database.raw(), metadata, &id),
                 "reservekopie maken"));
    return id;
  }

  absl::Status Verify(uint32_t id) override {
    return ToStatus(engine_->VerifyBackup(id, /*verify_with_checksum=*/true),
                    "reservekopie nalezen");
  }

  std::vector<BackupInfo> List() override { return ListOf(*engine_); }

  absl::Status Restore(uint32_t id, const std::string& directory) override {
    RETURN_IF_ERROR(CheckEmpty(directory, environment_));
    return ToStatus(engine_->RestoreDBFromBackup(id, directory, directory),
                    "reservekopie terugzetten");
  }

  static constexpr uint64_t kCallbackBytes = 1 << 20;

 private:
  const std::unique_ptr<rocksdb::BackupEngine> engine_;
  Environment* const environment_;
};

class ReadOnlyBackups final : public Backups {
 public:
  ReadOnlyBackups(std::unique_ptr<rocksdb::BackupEngineReadOnly> engine, Environment* environment)
      : engine_(std::move(engine)), environment_(environment) {}

  absl::StatusOr<uint32_t> Make(Database&, const std::string&,
                                const std::function<void(uint64_t)>&) override {
    return absl::FailedPreconditionError("opslag: de reservekopieën zijn alleen te lezen");
  }

  absl::Status Verify(uint32_t id) override {
    return ToStatus(engine_->VerifyBackup(id, /*verify_with_checksum=*/true),
                    "reservekopie nalezen");
  }

  std::vector<BackupInfo> List() override { return ListOf(*engine_); }

  absl::Status Restore(uint32_t id, const std::string& directory) override {
    RETURN_IF_ERROR(CheckEmpty(directory, environment_));
    return ToStatus(engine_->RestoreDBFromBackup(id, directory, directory),
                    "reservekopie terugzetten");
  }

 private:
  const std::unique_ptr<rocksdb::BackupEngineReadOnly> engine_;
  Environment* const environment_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Backups>> Backups::Open(const std::string& directory,
                                                       Environment* environment, bool read_only) {
  if (!read_only) RETURN_IF_ERROR(MakeDirectory(directory, environment));
  rocksdb::BackupEngineOptions options(directory);
  options.backup_env = EnvOf(environment);
  options.share_table_files = true;
  options.share_files_with_checksum = true;
  options.sync = true;
  options.callback_trigger_interval_size = WritableBackups::kCallbackBytes;
  if (read_only) {
    rocksdb::BackupEngineReadOnly* engine = nullptr;
    RETURN_IF_ERROR(
        ToStatus(rocksdb::BackupEngineReadOnly::Open(options, EnvOf(environment), &engine),
                 "reservekopieën openen"));
    return std::make_unique<ReadOnlyBackups>(std::unique_ptr<rocksdb::BackupEngineReadOnly>(engine),
                                             environment);
  }
  rocksdb::BackupEngine* engine = nullptr;
  RETURN_IF_ERROR(ToStatus(rocksdb::BackupEngine::Open(options, EnvOf(environment), &engine),
                           "reservekopieën openen"));
  return std::make_unique<WritableBackups>(std::unique_ptr<rocksdb::BackupEngine>(engine),
                                           environment);
}

}  // namespace eventstore::storage
