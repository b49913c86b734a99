#include "eventstore/log/backup.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "eventstore/base/errors.h"
#include "eventstore/storage/files.h"
#include "eventstore/storage/head_file.h"
#include "eventstore/storage/keys.h"

namespace eventstore::log {
namespace {

using storage::Backups;

// Written down with a backup of `own`: number of the replicas' backup (4) || heads.
struct Metadata {
  uint32_t replicas = 0;
  std::string heads;
};

std::string Encode(const Metadata& metadata) {
  std::string bytes;
  storage::AppendUint32(bytes, metadata.replicas);
  return bytes + metadata.heads;
}

absl::StatusOr<Metadata> Decode(const std::string& bytes) {
  if (bytes.size() < sizeof(uint32_t)) {
    return absl::DataLossError("reservekopie: de kop ontbreekt");
  }
  return Metadata{storage::ReadUint32(bytes), bytes.substr(sizeof(uint32_t))};
}

absl::StatusOr<BackupRow> ToRow(const storage::BackupInfo& own,
                                const std::vector<storage::BackupInfo>& replicas) {
  ASSIGN_OR_RETURN(const Metadata metadata, Decode(own.metadata));
  BackupRow row{own.id, own.seconds, own.bytes, {}};
  ASSIGN_OR_RETURN(row.heads, DecodeHeads(metadata.heads));
  for (const auto& info : replicas) {
    if (info.id == metadata.replicas) row.bytes += info.bytes;
  }
  return row;
}

const storage::BackupInfo* FindBackup(const std::vector<storage::BackupInfo>& backups,
                                      uint32_t id) {
  if (backups.empty()) return nullptr;
  if (id == 0) return &backups.back();
  const auto found =
      std::find_if(backups.begin(), backups.end(), [&](const auto& info) { return info.id == id; });
  return found == backups.end() ? nullptr : &*found;
}

absl::Status WriteHeads(const std::string& path, const std::string& heads,
                        storage::Environment* environment) {
  ASSIGN_OR_RETURN(const auto file, storage::HeadFile::Open(path, environment));
  // Both slots, so that none of them says that nothing was ever written.
  RETURN_IF_ERROR(file->Write(heads));
  return file->Write(heads);
}

}  // namespace

absl::StatusOr<EventLog::BackupSummary> MakeBackup(const BackupSource& source,
                                                   const std::string& directory,
                                                   const EventLog::BackupProgress& progress) {
  RETURN_IF_ERROR(storage::MakeDirectory(directory, source.environment));
  uint64_t before = 0;
  const auto tell = [&](uint64_t bytes) {
    if (progress) progress(before + bytes, 0);
  };
  ASSIGN_OR_RETURN(const auto replicas, Backups::Open(directory + "/replicas", source.environment));
  ASSIGN_OR_RETURN(const uint32_t replicas_id, replicas->Make(*source.replicas, "", tell));
  RETURN_IF_ERROR(replicas->Verify(replicas_id));
  const auto all_replicas = replicas->List();
  if (!all_replicas.empty()) before = all_replicas.back().bytes;

  ASSIGN_OR_RETURN(const auto own, Backups::Open(directory + "/own", source.environment));
  // Taken first: the database may be ahead of its head file, never behind.
  const std::string heads = source.heads();
  ASSIGN_OR_RETURN(const uint32_t id, own->Make(*source.own, Encode({replicas_id, heads}), tell));
  RETURN_IF_ERROR(own->Verify(id));
  EventLog::BackupSummary summary{id, before};
  const auto all_own = own->List();
  if (!all_own.empty()) summary.bytes += all_own.back().bytes;
  if (progress) progress(summary.bytes, summary.bytes);
  return summary;
}

absl::StatusOr<std::vector<BackupRow>> ListBackups(const std::string& directory,
                                                   storage::Environment* environment) {
  if (storage::ListNames(directory + "/own", environment).empty()) {
    return absl::NotFoundError(absl::StrCat("in ", directory, " staat geen reservekopie"));
  }
  ASSIGN_OR_RETURN(const auto own,
                   Backups::Open(directory + "/own", environment, /*read_only=*/true));
  ASSIGN_OR_RETURN(const auto replicas,
                   Backups::Open(directory + "/replicas", environment, /*read_only=*/true));
  const auto kept = replicas->List();
  std::vector<BackupRow> rows;
  for (const auto& info : own->List()) {
    ASSIGN_OR_RETURN(BackupRow row, ToRow(info, kept));
    rows.push_back(std::move(row));
  }
  return rows;
}

absl::StatusOr<BackupRow> RestoreBackup(const std::string& directory, uint32_t id,
                                        const std::string& log_directory,
                                        storage::Environment* environment) {
  for (const char* part : {"/own", "/replicas", "/heads"}) {
    const std::string path = log_directory + part;
    if (storage::FileExists(path, environment) || !storage::ListNames(path, environment).empty()) {
      return base::Refusal(absl::StatusCode::kAlreadyExists, "LOG_EXISTS",
                           absl::StrCat(path, " bestaat al; er wordt niets overschreven"))
          .Remedy(absl::StrCat("stop het knooppunt, hernoem ", log_directory,
                               " en probeer het opnieuw"));
    }
  }
  if (storage::ListNames(directory + "/own", environment).empty()) {
    return absl::NotFoundError(absl::StrCat("in ", directory, " staat geen reservekopie"));
  }
  ASSIGN_OR_RETURN(const auto own,
                   Backups::Open(directory + "/own", environment, /*read_only=*/true));
  ASSIGN_OR_RETURN(const auto replicas,
                   Backups::Open(directory + "/replicas", environment, /*read_only=*/true));
  const auto all_own = own->List();
  const storage::BackupInfo* chosen = FindBackup(all_own, id);
  if (chosen == nullptr) {
    const std::string there = absl::StrJoin(
        all_own, ", ",
        [](std::string* text, const storage::BackupInfo& info) { absl::StrAppend(text, info.id); });
    return absl::NotFoundError(
        absl::StrCat("reservekopie ", id,
                     " is er niet, of is beschadigd; er zijn: ", there.empty() ? "geen" : there));
  }
  ASSIGN_OR_RETURN(const Metadata metadata, Decode(chosen->metadata));
  ASSIGN_OR_RETURN(BackupRow row, ToRow(*chosen, replicas->List()));
  RETURN_IF_ERROR(own->Verify(chosen->id));
  RETURN_IF_ERROR(replicas->Verify(metadata.replicas));
  RETURN_IF_ERROR(storage::MakeDirectory(log_directory, environment));
  RETURN_IF_ERROR(replicas->Restore(metadata.replicas, log_directory + "/replicas"));
  RETURN_IF_ERROR(own->Restore(chosen->id, log_directory + "/own"));
  RETURN_IF_ERROR(WriteHeads(log_directory + "/heads", metadata.heads, environment));
  return row;
}

}  // namespace eventstore::log
