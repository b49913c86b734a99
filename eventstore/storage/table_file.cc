#include "eventstore/storage/table_file.h"

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
                                                       const rocksdb::Options& options) {
  // The disk begins before the end, which waits for it.
  rocksdb::EnvOptions files;
  files.bytes_per_sync = kBytesPerSync;
  files.writable_file_max_buffer_size = kBufferBytes;
  rocksdb::SstFileWriter writer(files, options, /*column_family=*/nullptr,
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
                       rocksdb::DB& database, KeptTables& kept) {
  const rocksdb::Options options = database.GetOptions();
  rocksdb::IngestExternalFileArg files;
  files.column_family = database.DefaultColumnFamily();
  files.options.move_files = true;
  // Made a moment ago by this process: not read a second time, and not written to.
  files.options.verify_file_checksum = false;
  files.options.write_global_seqno = false;
  absl::Status added;
  for (const Table& table : tables) {
    if (table.empty()) continue;
    files.external_files.push_back(absl::StrCat(path, "-", files.external_files.size()));
    const auto written = WriteFile(table, files.external_files.back(), options);
    added = written.status();
    if (!added.ok()) break;
    files.files_checksums.push_back(written->file_checksum);
    files.files_checksum_func_names.push_back(written->file_checksum_func_name);
  }
  if (added.ok() && !files.external_files.empty()) {
    kept.Keep(files.external_files);
    added = ToStatus(database.IngestExternalFiles({files}), "tabel opnemen");
    // Otherwise they may be listed.
    if (added.ok()) kept.LetGo(files.external_files);
  }
  // Still there when they were copied, or when something failed; what cannot be removed now
  // is removed when the database is opened again.
  for (const std::string& file : files.external_files) {
    database.GetEnv()->DeleteFile(file).PermitUncheckedError();
  }
  return added;
}

}  // namespace eventstore::storage
