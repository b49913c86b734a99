#pragma once

#include "tests/bench/measure.h"

// NATS JetStream with files, on --url.
namespace tests::bench {

// Whether this program was built with its client; the others fail without.
bool HasNats();

// Puts --events events in a stream.
void FillNats(const Arguments& arguments);
// Reads all of them by an ordered consumer, which is its fastest way.
void MeasureNats(const Arguments& arguments);

}  // namespace tests::bench
