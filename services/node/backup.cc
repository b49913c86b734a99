#include "services/node/backup.h"

#include <algorithm>
#include <filesystem>
#include <vector>

#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "eventstore/base/file.h"
#include "eventstore/privacy/key_file_check.h"
#include "services/node/identity.h"

namespace services::node {
namespace {

namespace base = ::eventstore::base;
namespace log = ::eventstore::log;
namespace v1 = ::poolcirkel::api::v1;

constexpr size_t kMaximumFile = 128 << 20;
// The node may change its key file between two of its files.
constexpr int kAttempts = 5;

bool IsInside(const std::string& path, const std::string& folder) {
  const auto inner = std::filesystem::path(path).lexically_normal();
  const auto outer = std::filesystem::path(folder).lexically_normal();
  const auto relative = inner.lexically_relative(outer);
  return !relative.empty() && *relative.begin() != "..";
}

absl::Status CheckPaths(const std::string& data_directory, const v1::BackupRequest& request) {
  const std::string& logs = request.directory();
  const std::string& keys = request.key_directory();
  if (!logs.starts_with('/')) {
    return base::InvalidField("directory", "is een volledig pad, vanaf /");
  }
  if (IsInside(logs, data_directory)) {
    return base::InvalidField("directory", "ligt niet in de datamap zelf");
  }
  if (keys.empty()) return absl::OkStatus();
  if (!keys.starts_with('/')) {
    return base::InvalidField("key_directory", "is een volledig pad, vanaf /");
  }
  if (IsInside(keys, data_directory) || IsInside(keys, logs) || IsInside(logs, keys)) {
    return base::InvalidField("key_directory",
                              "ligt niet in de datamap en niet bij de kopie van het logboek");
  }
  return absl::OkStatus();
}

// Said by the file system in English otherwise, or by the storage as if the node were gone.
absl::Status MakePlace(const char* field, const std::string& folder) {
  if (folder.empty() || base::MakeFolders(folder).ok()) return absl::OkStatus();
  return base::InvalidField(field,
                            "is een map die er is of te maken is, op de machine van het "
                            "knooppunt");
}

absl::Status CopyFiles(const std::string& from, const std::string& to) {
  RETURN_IF_ERROR(base::MakeFolders(to));
  ASSIGN_OR_RETURN(const auto names, base::ListFolder(from));
  for (const std::string& name : names) {
    if (name.ends_with(".lock") || name.ends_with(".new")) continue;
    const auto contents = base::ReadFile(from + "/" + name, kMaximumFile);
    if (absl::IsNotFound(contents.status())) continue;  // just replaced
    RETURN_IF_ERROR(contents.status());
    RETURN_IF_ERROR(
        base::WriteFileDurably(to + "/" + name, *contents, base::FileAccess::kOwnerOnly));
  }
  return absl::OkStatus();
}

// Wrapping keys of an earlier copy that the present one does not use.
absl::Status DestroyOld(const std::string& from, const std::string& to) {
  ASSIGN_OR_RETURN(const auto present, base::ListFolder(from));
  ASSIGN_OR_RETURN(const auto kept, base::ListFolder(to));
  for (const std::string& name : kept) {
    if (std::find(present.begin(), present.end(), name) != present.end()) continue;
    RETURN_IF_ERROR(base::OverwriteFile(to + "/" + name));
    RETURN_IF_ERROR(base::RemoveFileDurably(to + "/" + name));
  }
  return absl::OkStatus();
}

absl::Status CopyKeys(const Paths& paths, const std::string& to) {
  RETURN_IF_ERROR(CopyFiles(paths.Keys(), to));
  ASSIGN_OR_RETURN(const auto identity, base::ReadFile(paths.Identity(), kMaximumFile));
  RETURN_IF_ERROR(base::WriteFileDurably(to + "/identity", identity, base::FileAccess::kOwnerOnly));
  absl::Status copied;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    RETURN_IF_ERROR(CopyFiles(paths.ClassKeys(), to + "/class"));
    RETURN_IF_ERROR(DestroyOld(paths.ClassKeys(), to + "/class"));
    copied = eventstore::privacy::CheckKeyFile(to + "/class");
    if (copied.ok()) break;
  }
  return copied;
}

}  // namespace

absl::Status MakeBackup(const std::string& data_directory, log::EventLog& log,
                        const v1::BackupRequest& request,
                        const std::function<bool(const v1::BackupResponse&)>& tell) {
  RETURN_IF_ERROR(CheckPaths(data_directory, request));
  RETURN_IF_ERROR(MakePlace("directory", request.directory()));
  RETURN_IF_ERROR(MakePlace("key_directory", request.key_directory()));
  v1::BackupResponse response;
  ASSIGN_OR_RETURN(const auto summary,
                   log.Backup(request.directory(), [&](uint64_t done, uint64_t total) {
                     response.set_bytes_done(static_cast<int64_t>(done));
                     response.set_bytes_total(static_cast<int64_t>(total));
                     tell(response);
                   }));
  if (!request.key_directory().empty()) {
    RETURN_IF_ERROR(CopyKeys(Paths(data_directory), request.key_directory()));
  }
  response.set_backup_id(summary.id);
  response.set_bytes_done(static_cast<int64_t>(summary.bytes));
  response.set_bytes_total(static_cast<int64_t>(summary.bytes));
  response.set_verified(true);
  if (!tell(response)) return absl::CancelledError("the caller is gone");
  return absl::OkStatus();
}

}  // namespace services::node
