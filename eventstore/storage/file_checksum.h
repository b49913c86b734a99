#pragma once

#include <memory>

namespace rocksdb {
class FileChecksumGenFactory;
}

namespace eventstore::storage {

// A checksum over each whole table, for what no block checksum covers: XXH3, 64 bits,
// big-endian (https://xxhash.com). RocksDB's own CRC-32C is made without the processor's
// instruction on many machines and then costs more than all the rest of writing a table;
// tables that have one are still checked. Thread-safe.
std::shared_ptr<rocksdb::FileChecksumGenFactory> FileChecksums();

}  // namespace eventstore::storage
