#pragma once

#include "tests/bench/measure.h"

// What RocksDB does without anything of ours around it.
namespace tests::bench {

// One writer, batches of 256 events of kEventBytes under increasing keys, each batch synced.
void MeasureRawBatches(const Arguments& arguments);
// Walks over the records of the log in --log, in its own database: with RocksDB's
// settings as they come, and with reading ahead.
void MeasureRawScan(const Arguments& arguments);

}  // namespace tests::bench
