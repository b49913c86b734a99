#include "tests/bench/streams.h"

#include "eventstore/base/mutex.h"
#include "poolcirkel/peer/v1/peer.grpc.pb.h"
#include "projections/engine/engine.h"
#include "services/peer/network.h"
#include "services/queries/queries.h"
#include "services/rpc/credentials.h"
#include "services/rpc/status.h"
#include "tests/bench/bench.grpc.pb.h"
#include "tests/bench/circle.h"
#include "tests/bench/events.h"
#include "tests/bench/server.h"

namespace tests::bench {

namespace log = eventstore::log;
namespace peer = services::peer;
namespace v1 = poolcirkel::bench::v1;

void MeasureStream(const Arguments& arguments) {
  const ServerProcess server(arguments.Text("dir"), "bench", "");
  v1::BenchService::Stub stub(server.Connect());
  v1::StreamRequest request;
  request.set_messages(arguments.Number("events", 2'000'000) / kRecordsPerBatch);
  request.set_events_per_message(kRecordsPerBatch);
  grpc::ClientContext context;
  const Stopwatch watch;
  const auto reader = stub.Stream(&context, request);
  v1::Blobs blobs;
  uint64_t events = 0;
  while (reader->Read(&blobs)) events += static_cast<uint64_t>(blobs.events_size());
  Check(services::rpc::FromGrpc(reader->Finish()));
  Report("stream", static_cast<double>(events) / watch.Seconds(), "events/s");
}

void MeasureRead(const Arguments& arguments) {
  const ServerProcess server(arguments.Text("dir"), "peer", arguments.Text("log"));
  poolcirkel::peer::v1::PeerService::Stub stub(server.Connect());
  poolcirkel::peer::v1::FetchPackagesRequest request;
  *request.mutable_feed() = log::ToProto(BenchFeed());
  grpc::ClientContext context;
  const Stopwatch watch;
  const auto reader = stub.FetchPackages(&context, request);
  poolcirkel::peer::v1::FetchPackagesResponse response;
  uint64_t events = 0;
  while (reader->Read(&response)) {
    events += static_cast<uint64_t>(response.package().records_size());
  }
  Check(services::rpc::FromGrpc(reader->Finish()));
  Report("read", static_cast<double>(events) / watch.Seconds(), "events/s");
}

void MeasureCatchUp(const Arguments& arguments) {
  const std::string folder = arguments.Text("dir");
  const ServerProcess server(folder, "peer", arguments.Text("log"));
  const uint64_t events = arguments.Number("events", 0);
  const ScratchFolder scratch(folder);
  const eventstore::base::SystemClock clock;
  eventstore::crypto::SystemEntropy entropy;
  const auto identity = IdentityOf(folder, 2);
  const auto circles = CircleOfTwo(folder, 2, server.address());
  const auto keys = Need(eventstore::privacy::KeyFile::Open(scratch.path() + "/keys", entropy));
  log::EventLog::Options log_options;
  log_options.directory = scratch.path() + "/log";
  log_options.clock = &clock;
  log_options.log_key = &BenchKey();
  const auto replica = Need(log::EventLog::Open(log_options));
  peer::Network::Options options;
  options.log = replica.get();
  options.circles = circles.get();
  options.keys = keys.get();
  options.clock = &clock;
  options.entropy = &entropy;
  options.log_key = &BenchKey();
  options.credentials = [&](const eventstore::crypto::Digest& pin) {
    return services::rpc::PeerChannelCredentials(identity, pin, clock);
  };
  const auto network = peer::Network::Make(options);
  eventstore::base::Mutex mutex;
  eventstore::base::CondVar grown;
  const auto listener = replica->OnChange([&](const log::FeedId&) {
    eventstore::base::MutexLock lock(mutex);
    grown.Signal();
  });
  const Stopwatch watch;
  network->Start();
  {
    eventstore::base::MutexLock lock(mutex);
    while (replica->Size(BenchFeed()) < events) grown.Wait(mutex);
  }
  Report("catch-up", static_cast<double>(events) / watch.Seconds(), "events/s");
  network->Stop();
}

void MeasureFold(const Arguments& arguments) {
  const ScratchFolder scratch(arguments.Text("dir"));
  BenchLog bench(arguments.Text("log"));
  projections::engine::Engine::Options options;
  options.directory = scratch.path() + "/views";
  options.log = &bench.log();
  options.clock = &bench.clock();
  options.views = services::queries::AllViews();
  const Stopwatch watch;
  const auto engine = Need(projections::engine::Engine::Open(std::move(options)));
  Check(engine->WaitFor(bench.log().Heads(), absl::InfiniteFuture()));
  const double seconds = watch.Seconds();
  Check(engine->Health());
  if (engine->UnknownEvents(BenchFeed().circle) > 0) Fail("not every event was folded");
  Report("fold", static_cast<double>(bench.log().Size(BenchFeed())) / seconds, "events/s");
}

}  // namespace tests::bench
