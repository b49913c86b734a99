// poolcirkel_bench MEASUREMENT --option value...: one measurement, or one server.
#include <cstdio>
#include <functional>
#include <map>
#include <string>

#include "services/rpc/runtime.h"
#include "tests/bench/calls.h"
#include "tests/bench/events.h"
#include "tests/bench/measure.h"
#include "tests/bench/reference_nats.h"
#include "tests/bench/reference_rocksdb.h"
#include "tests/bench/server.h"
#include "tests/bench/streams.h"

int main(int count, char** values) {
  using namespace tests::bench;
  const std::map<std::string, std::function<void(const Arguments&)>> works = {
      {"serve", Serve},
      {"build-log",
       [](const Arguments& arguments) {
         BuildLog(arguments.Text("log"), arguments.Number("events", 0));
       }},
      {"echo", MeasureEcho},
      {"append", MeasureAppend},
      {"proof", MeasureProof},
      {"rocksdb-batches", MeasureRawBatches},
      {"rocksdb-scan", MeasureRawScan},
      {"stream", MeasureStream},
      {"read", MeasureRead},
      {"catch-up", MeasureCatchUp},
      {"fold", MeasureFold},
      {"has-nats", [](const Arguments&) { std::puts(HasNats() ? "yes" : "no"); }},
      {"nats-fill", FillNats},
      {"nats", MeasureNats},
  };
  const std::string name = count > 1 ? values[1] : "";
  const auto work = works.find(name);
  if (work == works.end()) Fail("no such measurement: '" + name + "'; tests/bench/run knows them");
#ifndef POOLCIRKEL_BENCH_RELEASE
  if (name != "serve" && name != "build-log") {
    Fail("this build is not made for speed: use the release preset");
  }
#endif
  const services::rpc::Runtime runtime;
  work->second(Arguments(count, values, 2));
  return 0;
}
