#include "eventstore/storage/files.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "eventstore/base/system_error.h"
#include "eventstore/storage/status.h"
#include "rocksdb/env.h"

namespace eventstore::storage {
namespace {

constexpr size_t kCopyBytes = 1 << 20;
constexpr size_t kProbeBytes = 64 << 10;
constexpr int kProbeFiles = 12;

rocksdb::Env& EnvOf(Environment* environment) {
  return environment == nullptr ? *rocksdb::Env::Default() : *environment->env();
}

absl::Status CopyFile(rocksdb::Env& env, const std::string& from, const std::string& to) {
  std::unique_ptr<rocksdb::SequentialFile> source;
  std::unique_ptr<rocksdb::WritableFile> target;
  RETURN_IF_ERROR(ToStatus(env.NewSequentialFile(from, &source, {}), "kopiëren"));
  RETURN_IF_ERROR(ToStatus(env.NewWritableFile(to, &target, {}), "kopiëren"));
  std::string scratch(kCopyBytes, '\0');
  for (;;) {
    rocksdb::Slice bytes;
    RETURN_IF_ERROR(ToStatus(source->Read(scratch.size(), &bytes, scratch.data()), "kopiëren"));
    if (bytes.empty()) break;
    RETURN_IF_ERROR(ToStatus(target->Append(bytes), "kopiëren"));
  }
  RETURN_IF_ERROR(ToStatus(target->Sync(), "kopiëren"));
  return ToStatus(target->Close(), "kopiëren");
}

absl::Status WriteProbe(rocksdb::Env& env, const std::string& path) {
  // A database keeps several files open at the same time.
  std::vector<std::unique_ptr<rocksdb::SequentialFile>> open(kProbeFiles);
  std::unique_ptr<rocksdb::WritableFile> file;
  RETURN_IF_ERROR(ToStatus(env.NewWritableFile(path, &file, {}), "schijf proberen"));
  RETURN_IF_ERROR(ToStatus(file->Append(std::string(kProbeBytes, 'p')), "schijf proberen"));
  RETURN_IF_ERROR(ToStatus(file->Sync(), "schijf proberen"));
  for (auto& one : open) {
    RETURN_IF_ERROR(ToStatus(env.NewSequentialFile(path, &one, {}), "schijf proberen"));
  }
  return ToStatus(file->Close(), "schijf proberen");
}

}  // namespace

bool FileExists(const std::string& path, Environment* environment) {
  return EnvOf(environment).FileExists(path).ok();
}

std::vector<std::string> ListNames(const std::string& directory, Environment* environment) {
  std::vector<std::string> names;
  EnvOf(environment).GetChildren(directory, &names).PermitUncheckedError();
  std::erase_if(names, [](const std::string& name) { return name == "." || name == ".."; });
  std::sort(names.begin(), names.end());
  return names;
}

absl::StatusOr<uint64_t> FileSize(const std::string& path, Environment* environment) {
  uint64_t size = 0;
  RETURN_IF_ERROR(ToStatus(EnvOf(environment).GetFileSize(path, &size), "bestand lezen"));
  return size;
}

absl::StatusOr<std::string> ReadSmallFile(const std::string& path, Environment* environment) {
  std::string bytes;
  RETURN_IF_ERROR(
      ToStatus(rocksdb::ReadFileToString(&EnvOf(environment), path, &bytes), "bestand lezen"));
  return bytes;
}

absl::Status WriteSmallFile(const std::string& path, std::string_view bytes,
                            Environment* environment) {
  return ToStatus(rocksdb::WriteStringToFile(&EnvOf(environment), {bytes.data(), bytes.size()},
                                             path, /*should_sync=*/true),
                  "bestand schrijven");
}

absl::Status RenamePath(const std::string& from, const std::string& to, Environment* environment) {
  return ToStatus(EnvOf(environment).RenameFile(from, to), "hernoemen");
}

absl::Status RemoveFile(const std::string& path, Environment* environment) {
  const absl::Status status = ToStatus(EnvOf(environment).DeleteFile(path), "opruimen");
  return absl::IsNotFound(status) ? absl::OkStatus() : status;
}

absl::Status CopyFolder(const std::string& from, const std::string& to, Environment* environment) {
  rocksdb::Env& env = EnvOf(environment);
  RETURN_IF_ERROR(MakeDirectory(to, environment));
  for (const std::string& name : ListNames(from, environment)) {
    if (name == "LOCK") continue;  // of who has it open; not a file everywhere
    bool is_directory = false;
    const std::string path = from + "/" + name;
    if (env.IsDirectory(path, &is_directory).ok() && is_directory) continue;
    RETURN_IF_ERROR(CopyFile(env, path, to + "/" + name));
  }
  return absl::OkStatus();
}

absl::Status CheckRoom(const std::string& directory, Environment* environment) {
  uint64_t free = 0;
  if (!EnvOf(environment).GetFreeSpace(directory, &free).ok() || free >= kReservedBytes) {
    return absl::OkStatus();
  }
  return absl::ResourceExhaustedError(absl::StrCat("opslag: nog ", free >> 20,
                                                   " MiB vrij op de schijf; ", kReservedBytes >> 20,
                                                   " MiB blijft achter de hand"));
}

absl::Status ProbeDisk(const std::string& directory, Environment* environment) {
  RETURN_IF_ERROR(CheckRoom(directory, environment));
  const std::string path = directory + "/probe";
  rocksdb::Env& env = EnvOf(environment);
  const absl::Status status = WriteProbe(env, path);
  env.DeleteFile(path).PermitUncheckedError();
  return status;
}

DiskTrouble TroubleOf(const absl::Status& status) {
  if (status.ok()) return DiskTrouble::kNone;
  const std::string text(status.message());
  // As the system says it, or as people are told.
  const auto says = [&text](int error) {
    return absl::StrContains(text, std::strerror(error)) ||
           absl::StrContains(text, base::SystemErrorText(error));
  };
  if (says(ENOSPC) || says(EDQUOT)) return DiskTrouble::kFull;
  if (says(EROFS) || says(EACCES) || says(EPERM)) return DiskTrouble::kReadOnly;
  if (says(EMFILE) || says(ENFILE)) return DiskTrouble::kTooManyFiles;
  return absl::IsResourceExhausted(status) ? DiskTrouble::kFull : DiskTrouble::kOther;
}

}  // namespace eventstore::storage
