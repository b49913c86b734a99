#include "eventstore/storage/table_file.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "eventstore/base/errors.h"
#include "eventstore/storage/status.h"
#include "rocksdb/env.h"
#include "rocksdb/options.h"
#include "rocksdb/sst_file_writer.h"

namespace eventstore::storage {
namespace {

constexpr size_t kBytesPerSync = 1 << 20;
// Stays in the cache until the system has copied it.
constexpr size_t kBufferBytes = 64 << 10;
// Rows are ordered, but mostly stand anywhere in memory: so many are asked for ahead, so that
// writing does not wait for each.
constexpr size_t kRowsAhead = 4;
constexpr size_t kCacheLine = 64;

rocksdb::Slice ToSlice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }

void AskFor(std::string_view bytes) {
  for (size_t at = 0; at < bytes.size(); at += kCacheLine) __builtin_prefetch(bytes.data() + at);
}

absl::StatusOr<rocksdb::ExternalSstFileInfo> WriteFile(const Table& rows, const std::string& path,
                                                       const Rocks& rocks) {
  // The disk begins before the end, which waits for it.
  rocksdb::EnvOptions files;
  files.bytes_per_sync = kBytesPerSync;
  files.writable_file_max_buffer_size = kBufferBytes;
  rocksdb::ColumnFamilyHandle* const family = rocks.FamilyOf(rows.front().key);
  rocksdb::SstFileWriter writer(files, rocks.db().GetOptions(family), family,
                                /*invalidate_page_cache=*/false);
  RETURN_IF_ERROR(ToStatus(writer.Open(path), "tabel maken"));
  for (size_t i = 0; i < rows.size(); ++i) {
    const TableRow& row = rows[i];
    if (i + kRowsAhead < rows.size()) {
      AskFor(rows[i + kRowsAhead].key);
      AskFor(rows[i + kRowsAhead].value.value_or(""));
    }
    RETURN_IF_ERROR(ToStatus(row.value.has_value()
                                 ? writer.Put(ToSlice(row.key), ToSlice(*row.value))
                                 : writer.Delete(ToSlice(row.key)),
                             "tabel schrijven"));
  }
  rocksdb::ExternalSstFileInfo written;
  RETURN_IF_ERROR(ToStatus(writer.Finish(&written), "tabel afmaken"));
  return written;
}

}  // namespace

absl::Status AddTables(const std::vector<Table>& tables, const std::string& path,
                       const Rocks& rocks, KeptTables& kept) {
  std::vector<std::string> written;
  std::map<uint32_t, rocksdb::IngestExternalFileArg> by_family;
  absl::Status added;
  for (const Table& table : tables) {
    if (table.empty()) continue;
    written.push_back(absl::StrCat(path, "-", written.size()));
    const auto file = WriteFile(table, written.back(), rocks);
    added = file.status();
    if (!added.ok()) break;
    rocksdb::ColumnFamilyHandle* const family = rocks.FamilyOf(table.front().key);
    rocksdb::IngestExternalFileArg& files = by_family[family->GetID()];
    files.column_family = family;
    files.external_files.push_back(written.back());
    files.files_checksums.push_back(file->file_checksum);
    files.files_checksum_func_names.push_back(file->file_checksum_func_name);
  }
  std::vector<rocksdb::IngestExternalFileArg> families;
  for (auto& [family, files] : by_family) {
    files.options.move_files = true;
    // Made a moment ago by this process: not read a second time, and not written to.
    files.options.verify_file_checksum = false;
    files.options.write_global_seqno = false;
    families.push_back(std::move(files));
  }
  if (added.ok() && !families.empty()) {
    kept.Keep(written);
    added = ToStatus(rocks.db().IngestExternalFiles(families), "tabel opnemen");
    // Otherwise they may be listed.
    if (added.ok()) kept.LetGo(written);
  }
  // Still there when they were copied, or when something failed; what cannot be removed now
  // is removed when the database is opened again.
  for (const std::string& file : written) {
    rocks.db().GetEnv()->DeleteFile(file).PermitUncheckedError();
  }
  return added;
}

}  // namespace eventstore::storage
