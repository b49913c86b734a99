#include "eventstore/storage/table_file.h"

#include "eventstore/base/errors.h"
#include "eventstore/storage/status.h"
#include "rocksdb/env.h"
#include "rocksdb/options.h"
#include "rocksdb/sst_file_writer.h"

namespace eventstore::storage {
namespace {

rocksdb::Slice ToSlice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }

absl::StatusOr<rocksdb::ExternalSstFileInfo> WriteFile(const std::vector<TableRow>& rows,
                                                       const std::string& path,
                                                       const rocksdb::Options& options) {
  rocksdb::SstFileWriter writer(rocksdb::EnvOptions(), options, /*column_family=*/nullptr,
                                /*invalidate_page_cache=*/false);
  RETURN_IF_ERROR(ToStatus(writer.Open(path), "tabel maken"));
  for (const TableRow& row : rows) {
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

absl::Status AddTable(const std::vector<TableRow>& rows, const std::string& path,
                      rocksdb::DB& database) {
  if (rows.empty()) return absl::OkStatus();
  const auto written = WriteFile(rows, path, database.GetOptions());
  absl::Status added = written.status();
  if (written.ok()) {
    rocksdb::IngestExternalFileArg table;
    table.column_family = database.DefaultColumnFamily();
    table.external_files = {path};
    table.options.move_files = true;
    // Made a moment ago by this process: not read a second time, and not written to.
    table.files_checksums = {written->file_checksum};
    table.files_checksum_func_names = {written->file_checksum_func_name};
    table.options.verify_file_checksum = false;
    table.options.write_global_seqno = false;
    added = ToStatus(database.IngestExternalFiles({table}), "tabel opnemen");
  }
  // Still there when it was copied, or when something failed; what cannot be removed now is
  // removed when the database is opened again.
  database.GetEnv()->DeleteFile(path).PermitUncheckedError();
  return added;
}

}  // namespace eventstore::storage
