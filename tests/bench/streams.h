#pragma once

#include "tests/bench/measure.h"

// Measurements of many events at a time, each with --dir; --log is a log of BuildLog.
namespace tests::bench {

// A bare stream of messages with 256 events of kEventBytes, --events in all.
void MeasureStream(const Arguments& arguments);
// The whole feed through peer/v1 FetchPackages, parsed and counted, nothing verified.
void MeasureRead(const Arguments& arguments);
// A node that has nothing gets the whole feed of another: verified, stored and synced.
void MeasureCatchUp(const Arguments& arguments);
// All views from nothing.
void MeasureFold(const Arguments& arguments);

}  // namespace tests::bench
