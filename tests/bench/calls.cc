#include "tests/bench/calls.h"

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "eventstore/base/mutex.h"
#include "eventstore/merkle/note.h"
#include "eventstore/merkle/proof.h"
#include "eventstore/replication/membership.h"
#include "eventstore/replication/verify.h"
#include "services/rpc/status.h"
#include "tests/bench/bench.grpc.pb.h"
#include "tests/bench/events.h"
#include "tests/bench/server.h"

namespace tests::bench {

namespace log = eventstore::log;
namespace v1 = poolcirkel::bench::v1;
using eventstore::base::MutexLock;
using Stub = v1::BenchService::Stub;

namespace {

// Calls that go on one after another until the time is over. `Slot` has Start(stub,
// done) and Ended().
template <typename Slot>
class Load {
 public:
  Load(Stub& stub, std::deque<Slot>& slots, double seconds)
      : stub_(stub), seconds_(seconds), active_(slots.size()) {
    for (Slot& slot : slots) Next(slot);
    MutexLock lock(mutex_);
    while (active_ > 0) ended_.Wait(mutex_);
    elapsed_ = watch_.Seconds();
  }

  double CallsPerSecond() const { return static_cast<double>(calls_) / elapsed_; }

 private:
  void Next(Slot& slot) {
    slot.Start(stub_, [this, &slot](const grpc::Status& status) {
      Check(services::rpc::FromGrpc(status));
      slot.Ended();
      ++calls_;
      if (watch_.Seconds() < seconds_) {
        Next(slot);
        return;
      }
      MutexLock lock(mutex_);
      if (--active_ == 0) ended_.Signal();
    });
  }

  Stub& stub_;
  const Stopwatch watch_;
  const double seconds_;
  std::atomic<uint64_t> calls_{0};
  eventstore::base::Mutex mutex_;
  eventstore::base::CondVar ended_;
  size_t active_ ABSL_GUARDED_BY(mutex_);
  double elapsed_ = 0;
};

// After half a second that does not count.
template <typename Slot>
double CallsPerSecond(Stub& stub, std::deque<Slot>& slots, const Arguments& arguments) {
  constexpr double kWarmingUp = 0.5;
  const Load<Slot> warming_up(stub, slots, kWarmingUp);
  const Load<Slot> load(stub, slots, static_cast<double>(arguments.Number("seconds", 2)));
  return load.CallsPerSecond();
}

using Done = std::function<void(grpc::Status)>;

class EchoSlot {
 public:
  explicit EchoSlot(const std::string& payload) { request_.set_data(payload); }

  void Start(Stub& stub, Done done) {
    context_.emplace();
    stub.async()->Echo(&*context_, &request_, &response_, std::move(done));
  }
  void Ended() {
    if (response_.data().size() != kEventBytes) Fail("the echo is not what was said");
  }

 private:
  std::optional<grpc::ClientContext> context_;
  v1::Blob request_;
  v1::Blob response_;
};

// Appends in turn to streams of its own, under request ids as our clients make them.
class AppendSlot {
 public:
  AppendSlot(uint64_t number, size_t batch, bool prove, const std::vector<std::string>& payloads,
             eventstore::base::IdGenerator& ids)
      : payloads_(payloads), ids_(ids), revisions_(kStreams), next_(number * 61) {
    eventstore::crypto::SystemEntropy entropy;
    const std::string run = entropy.Bytes(8);
    for (size_t i = 0; i < kStreams; ++i) {
      const auto name = eventstore::crypto::Sha256(absl::StrCat(run, number, "/", i));
      streams_.emplace_back(name.view().substr(0, 16));
    }
    request_.set_prove(prove);
    for (size_t i = 0; i < batch; ++i) request_.add_payloads();
  }

  void Start(Stub& stub, Done done) {
    const size_t stream = next_ % kStreams;
    for (std::string& payload : *request_.mutable_payloads()) {
      payload = payloads_[next_++ % payloads_.size()];
    }
    next_ = next_ - static_cast<uint64_t>(request_.payloads_size()) + 1;
    request_.set_request_id(ids_.New<log::RequestId>().bytes());
    request_.set_stream_id(streams_[stream]);
    request_.set_expected_revision(revisions_[stream]);
    revisions_[stream] += static_cast<uint64_t>(request_.payloads_size());
    context_.emplace();
    stub.async()->Append(&*context_, &request_, &response_, std::move(done));
  }
  void Ended() {
    if (request_.prove() && response_.proof().record().empty()) Fail("the answer has no proof");
  }

 private:
  static constexpr size_t kStreams = 64;

  const std::vector<std::string>& payloads_;
  eventstore::base::IdGenerator& ids_;
  std::vector<std::string> streams_;
  std::vector<uint64_t> revisions_;
  uint64_t next_;
  std::optional<grpc::ClientContext> context_;
  v1::AppendRequest request_;
  v1::AppendResponse response_;
};

// Throws when `proof` does not show that the event stands under the head that the
// bench key signed.
void Verify(const v1::Proof& proof, uint64_t sequence) {
  const auto head = Need(eventstore::replication::VerifyHead(BenchFeed(), BenchKey().public_key(),
                                                             proof.checkpoint_note()));
  std::vector<eventstore::crypto::Digest> hashes;
  for (const std::string& hash : proof.hashes()) {
    hashes.push_back(Need(eventstore::crypto::Digest::FromBytes(hash)));
  }
  Check(eventstore::merkle::VerifyInclusion(sequence, head.checkpoint.size,
                                            eventstore::merkle::LeafHash(proof.record()), hashes,
                                            head.checkpoint.root));
}

}  // namespace

void MeasureEcho(const Arguments& arguments) {
  const ServerProcess server(arguments.Text("dir"), "bench", "");
  Stub stub(server.Connect());
  const std::vector<std::string> payloads = MakePayloads(1);
  std::deque<EchoSlot> slots;
  for (uint64_t i = 0; i < arguments.Number("in-flight", 64); ++i) {
    slots.emplace_back(payloads.front());
  }
  Report("echo", CallsPerSecond(stub, slots, arguments), "calls/s");
}

void MeasureAppend(const Arguments& arguments) {
  const std::string folder = arguments.Text("dir");
  const ScratchFolder scratch(folder);
  const ServerProcess server(folder, "bench", arguments.Text("log", scratch.path() + "/log"));
  Stub stub(server.Connect());
  const size_t batch = arguments.Number("batch", 1);
  const std::vector<std::string> payloads = MakePayloads(4096);
  const eventstore::base::SystemClock clock;
  eventstore::crypto::SystemEntropy entropy;
  eventstore::base::IdGenerator ids(clock, entropy);
  std::deque<AppendSlot> slots;
  for (uint64_t i = 0; i < arguments.Number("in-flight", 64); ++i) {
    slots.emplace_back(i, batch, arguments.Number("prove", 0) != 0, payloads, ids);
  }
  Report(arguments.Text("name", "append"),
         CallsPerSecond(stub, slots, arguments) * static_cast<double>(batch), "events/s");
}

void MeasureProof(const Arguments& arguments) {
  const std::string folder = arguments.Text("dir");
  const ScratchFolder scratch(folder);
  const ServerProcess server(folder, "bench", arguments.Text("log", scratch.path() + "/log"));
  Stub stub(server.Connect());
  const std::vector<std::string> payloads = MakePayloads(1);
  eventstore::crypto::SystemEntropy entropy;
  std::vector<double> after;
  const Stopwatch watch;
  while (watch.Seconds() < static_cast<double>(arguments.Number("seconds", 1))) {
    v1::AppendRequest append;
    append.set_request_id(entropy.Bytes(16));
    append.set_stream_id(entropy.Bytes(16));
    append.add_payloads(payloads.front());
    v1::AppendResponse appended;
    grpc::ClientContext append_context;
    Check(services::rpc::FromGrpc(stub.Append(&append_context, append, &appended)));
    const Stopwatch acknowledged;
    v1::ProveRequest ask;
    ask.set_sequence(appended.first_sequence());
    v1::Proof proof;
    grpc::ClientContext context;
    Check(services::rpc::FromGrpc(stub.Prove(&context, ask, &proof)));
    Verify(proof, appended.first_sequence());
    after.push_back(acknowledged.Seconds() * 1000);
  }
  ReportPercentiles("proof", after, "ms");
}

}  // namespace tests::bench
