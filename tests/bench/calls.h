#pragma once

#include "tests/bench/measure.h"

// Measurements of single calls over gRPC, each with --dir, --seconds and --in-flight.
namespace tests::bench {

// Bare calls with kEventBytes each way.
void MeasureEcho(const Arguments& arguments);
// Appends of --batch events in one call, each to one stream with its expected revision.
// --name names the result, --log a log that is there (otherwise a new one), --prove 1
// asks for the proof in the answer.
void MeasureAppend(const Arguments& arguments);
// One call at a time: how long after the answer to an append its proof was verified.
void MeasureProof(const Arguments& arguments);

}  // namespace tests::bench
