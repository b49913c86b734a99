#include "eventstore/storage/rocks_options.h"

#include <cstdarg>
#include <memory>

#include "eventstore/storage/file_checksum.h"
#include "rocksdb/cache.h"
#include "rocksdb/env.h"
#include "rocksdb/filter_policy.h"
#include "rocksdb/table.h"

namespace eventstore::storage {
namespace {

constexpr double kFilterBits = 10;
constexpr int kAllFiles = 1'000'000;
constexpr size_t kArenaBlockBytes = 256 << 10;
constexpr int kTablesToMerge = 16;
// Merging has what the processors have left over, so writing waits for it later than RocksDB
// would have it.
constexpr int kTablesThatSlowWriting = 40;
constexpr int kTablesThatStopWriting = 60;
// What may have to be read again on opening, in write buffers.
constexpr size_t kWriteAheadBuffers = 4;
constexpr size_t kBlockBytes = 16 << 10;

// RocksDB's own file of what it does. Debian's build ends the process when it cannot be
// written, on a full disk; and what went wrong comes back as a status anyway.
class NoLog final : public rocksdb::Logger {
 public:
  NoLog() : Logger(rocksdb::InfoLogLevel::FATAL_LEVEL) {}
  void Logv(const char*, va_list) override {}
};

rocksdb::Env* EnvOf(const Database::Options& options) {
  return options.environment == nullptr ? rocksdb::Env::Default() : options.environment->env();
}

}  // namespace

rocksdb::Options ToRocksOptions(const Database::Options& options) {
  rocksdb::Options rocks;
  rocks.env = EnvOf(options);
  rocks.create_if_missing = !options.read_only;
  // What an acknowledged log asks for.
  rocks.paranoid_checks = true;
  rocks.manual_wal_flush = false;
  rocks.recycle_log_file_num = 0;
  rocks.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  // Many databases run on one small machine: memory is taken in small pieces.
  rocks.write_buffer_size = options.write_buffer_bytes;
  // The buffer of other keys is emptied when so much was written, long before it is full.
  rocks.max_total_wal_size = kWriteAheadBuffers * rocks.write_buffer_size;
  rocks.arena_block_size = kArenaBlockBytes;
  rocks.max_write_buffer_number = 2;
  // Keys that are not there (a new request, a new stream) are asked for often.
  rocks.memtable_whole_key_filtering = true;
  rocks.memtable_prefix_bloom_size_ratio = 0.02;
  rocks.max_open_files = 512;
  rocks.max_background_jobs = 2;
  // A list of many small tables must not be written anew for each change.
  rocks.max_manifest_file_size = 4 << 20;
  rocks.target_file_size_base = 64 << 20;
  rocks.level0_file_num_compaction_trigger = kTablesToMerge;
  rocks.max_bytes_for_level_base = kTablesToMerge * rocks.write_buffer_size;
  if (!options.can_be_made_again) {
    rocks.level0_slowdown_writes_trigger = kTablesThatSlowWriting;
    rocks.level0_stop_writes_trigger = kTablesThatStopWriting;
    // The indexes have their keys in no order, so that every merge into a level writes most of
    // the level anew. Merging tables of like size writes less.
    rocks.compaction_style = rocksdb::kCompactionStyleUniversal;
  }
  rocks.stats_dump_period_sec = 0;
  rocks.stats_persist_period_sec = 0;
  rocks.info_log = std::make_shared<NoLog>();
  // Most bytes are ciphertext and hashes.
  rocks.compression = rocksdb::kNoCompression;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(options.block_cache_bytes, /*num_shard_bits=*/2);
  // Records are read in order; an index over smaller blocks would be large itself.
  table.block_size = kBlockBytes;
  table.cache_index_and_filter_blocks = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  if (!options.can_be_made_again) {
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(kFilterBits));
    // In parts: the filter of a large table is megabytes, and is asked for a single key.
    table.partition_filters = true;
    table.metadata_block_size = kBlockBytes;
    table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
    table.metadata_cache_options.top_level_index_pinning = rocksdb::PinningTier::kAll;
  }
  table.whole_key_filtering = true;
  rocks.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  // Over whole tables as well: for what no block checksum covers, and for backups.
  if (!options.can_be_made_again) rocks.file_checksum_gen_factory = FileChecksums();
  // Not -1: a read-only database in one level is then opened in a way of its own that does
  // not survive damaged tables.
  if (options.pin_files || options.salvage) rocks.max_open_files = kAllFiles;
  if (options.salvage) {
    rocks.paranoid_checks = false;
    rocks.wal_recovery_mode = rocksdb::WALRecoveryMode::kSkipAnyCorruptedRecords;
  }
  return rocks;
}

rocksdb::ColumnFamilyOptions ToApartOptions(const rocksdb::Options& rocks) {
  rocksdb::ColumnFamilyOptions apart(rocks);
  // Tables that do not overlap are moved down the levels.
  apart.compaction_style = rocksdb::kCompactionStyleLevel;
  // Nobody asks for one that is not there.
  apart.memtable_whole_key_filtering = false;
  apart.memtable_prefix_bloom_size_ratio = 0;
  auto table = *rocks.table_factory->GetOptions<rocksdb::BlockBasedTableOptions>();
  table.filter_policy.reset();
  table.partition_filters = false;
  table.index_type = rocksdb::BlockBasedTableOptions::kBinarySearch;
  apart.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return apart;
}

}  // namespace eventstore::storage
