#include "tests/bench/reference_nats.h"

#ifdef POOLCIRKEL_BENCH_NATS

#include <nats/nats.h>

#include "tests/bench/events.h"

namespace tests::bench {
namespace {

constexpr char kStream[] = "MEASURING";
constexpr char kSubject[] = "measuring.events";

void CheckNats(natsStatus status, const std::string& what) {
  if (status != NATS_OK) Fail(what + ": " + natsStatus_GetText(status));
}

// A connection with JetStream, closed with the object.
class Connection {
 public:
  explicit Connection(const std::string& url) {
    CheckNats(natsConnection_ConnectTo(&connection_, url.c_str()), "connecting");
    jsOptions options;
    CheckNats(jsOptions_Init(&options), "options");
    options.PublishAsync.MaxPending = 256;
    options.PublishAsync.StallWait = 10'000;
    CheckNats(natsConnection_JetStream(&stream_, connection_, &options), "JetStream");
  }
  ~Connection() {
    jsCtx_Destroy(stream_);
    natsConnection_Destroy(connection_);
    nats_Close();
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  jsCtx* stream() const { return stream_; }

 private:
  natsConnection* connection_ = nullptr;
  jsCtx* stream_ = nullptr;
};

}  // namespace

bool HasNats() { return true; }

void FillNats(const Arguments& arguments) {
  const Connection connection(arguments.Text("url"));
  jsStreamConfig config;
  CheckNats(jsStreamConfig_Init(&config), "stream");
  const char* subjects[] = {kSubject};
  config.Name = kStream;
  config.Subjects = subjects;
  config.SubjectsLen = 1;
  config.Storage = js_FileStorage;
  jsErrCode error{};
  CheckNats(js_AddStream(nullptr, connection.stream(), &config, nullptr, &error), "stream");
  const std::vector<std::string> payloads = MakePayloads(4096);
  for (uint64_t i = 0; i < arguments.Number("events", 0); ++i) {
    CheckNats(js_PublishAsync(connection.stream(), kSubject, payloads[i % payloads.size()].data(),
                              static_cast<int>(kEventBytes), nullptr),
              "publishing");
  }
  CheckNats(js_PublishAsyncComplete(connection.stream(), nullptr), "publishing");
}

void MeasureNats(const Arguments& arguments) {
  const uint64_t events = arguments.Number("events", 0);
  const Connection connection(arguments.Text("url"));
  jsSubOptions options;
  CheckNats(jsSubOptions_Init(&options), "options");
  options.Ordered = true;
  natsSubscription* subscription = nullptr;
  jsErrCode error{};
  const Stopwatch watch;
  CheckNats(
      js_SubscribeSync(&subscription, connection.stream(), kSubject, nullptr, &options, &error),
      "subscribing");
  for (uint64_t i = 0; i < events; ++i) {
    natsMsg* message = nullptr;
    CheckNats(natsSubscription_NextMsg(&message, subscription, 10'000), "reading");
    if (natsMsg_GetDataLength(message) != static_cast<int>(kEventBytes)) Fail("a short message");
    natsMsg_Destroy(message);
  }
  Report("nats.catch-up", static_cast<double>(events) / watch.Seconds(), "events/s");
  natsSubscription_Destroy(subscription);
}

}  // namespace tests::bench

#else

namespace tests::bench {

bool HasNats() { return false; }
void FillNats(const Arguments&) { Fail("built without the NATS client"); }
void MeasureNats(const Arguments&) { Fail("built without the NATS client"); }

}  // namespace tests::bench

#endif
