#include "tests/bench/reference_rocksdb.h"

#include <memory>

#include "eventstore/storage/keys.h"
#include "rocksdb/cache.h"
#include "rocksdb/db.h"
#include "rocksdb/table.h"
#include "rocksdb/write_batch.h"
#include "tests/bench/events.h"

namespace tests::bench {
namespace {

void CheckRocks(const rocksdb::Status& status) {
  if (!status.ok()) Fail(status.ToString());
}

uint64_t Walk(rocksdb::DB& database, rocksdb::ColumnFamilyHandle* records,
              const rocksdb::ReadOptions& options) {
  const std::unique_ptr<rocksdb::Iterator> iterator(database.NewIterator(options, records));
  uint64_t events = 0;
  uint64_t bytes = 0;
  for (iterator->Seek("R"); iterator->Valid() && iterator->key().starts_with("R");
       iterator->Next()) {
    ++events;
    bytes += iterator->value().size();
  }
  CheckRocks(iterator->status());
  if (bytes < events * kEventBytes) Fail("the scan read too little");
  return events;
}

void Scan(const std::string& path, const std::string& name, bool reads_ahead) {
  rocksdb::Options options;
  rocksdb::ReadOptions reading;
  if (reads_ahead) {
    rocksdb::BlockBasedTableOptions table;
    table.block_cache = rocksdb::NewLRUCache(256 << 20);
    options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    reading.readahead_size = 4 << 20;
    reading.fill_cache = false;
  }
  rocksdb::DB* opened = nullptr;
  std::vector<rocksdb::ColumnFamilyHandle*> families;
  CheckRocks(rocksdb::DB::OpenForReadOnly(
      options, path, {{rocksdb::kDefaultColumnFamilyName, options}, {"apart", options}}, &families,
      &opened));
  const std::unique_ptr<rocksdb::DB> database(opened);
  const Stopwatch watch;
  const uint64_t events = Walk(*database, families.back(), reading);
  Report(name, static_cast<double>(events) / watch.Seconds(), "events/s");
  for (auto* family : families) CheckRocks(database->DestroyColumnFamilyHandle(family));
}

}  // namespace

void MeasureRawBatches(const Arguments& arguments) {
  const ScratchFolder scratch(arguments.Text("dir"));
  rocksdb::Options options;
  options.create_if_missing = true;
  rocksdb::DB* opened = nullptr;
  CheckRocks(rocksdb::DB::Open(options, scratch.path() + "/raw", &opened));
  const std::unique_ptr<rocksdb::DB> database(opened);
  const std::vector<std::string> payloads = MakePayloads(4096);
  rocksdb::WriteOptions synced;
  synced.sync = true;
  rocksdb::WriteBatch batch;
  uint64_t next = 0;
  const Stopwatch watch;
  while (watch.Seconds() < static_cast<double>(arguments.Number("seconds", 2))) {
    batch.Clear();
    for (size_t i = 0; i < kRecordsPerBatch; ++i, ++next) {
      std::string key;
      eventstore::storage::AppendUint64(key, next);
      CheckRocks(batch.Put(key, payloads[next % payloads.size()]));
    }
    CheckRocks(database->Write(synced, &batch));
  }
  Report("rocksdb.batch256", static_cast<double>(next) / watch.Seconds(), "events/s");
}

void MeasureRawScan(const Arguments& arguments) {
  const std::string path = arguments.Text("log") + "/own";
  Scan(path, "rocksdb.scan", false);
  Scan(path, "rocksdb.scan.readahead", true);
}

}  // namespace tests::bench
