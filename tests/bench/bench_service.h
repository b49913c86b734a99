#pragma once

#include "absl/status/status.h"
#include "tests/bench/bench.grpc.pb.h"
#include "tests/bench/events.h"

namespace tests::bench {

// Append is served by AppendServer, the rest by gRPC's callback API, as the reference programs
// do it.
using BenchServiceBase = poolcirkel::bench::v1::BenchService::WithAsyncMethod_Append<
    poolcirkel::bench::v1::BenchService::WithCallbackMethod_Echo<
        poolcirkel::bench::v1::BenchService::WithCallbackMethod_Stream<
            poolcirkel::bench::v1::BenchService::WithCallbackMethod_Prove<
                poolcirkel::bench::v1::BenchService::Service>>>>;

// The references need no log; Prove does.
class BenchServiceImpl final : public BenchServiceBase {
 public:
  // `log` is not owned and may be nullptr.
  explicit BenchServiceImpl(BenchLog* log) : log_(log) {}

  grpc::ServerUnaryReactor* Echo(grpc::CallbackServerContext* context,
                                 const poolcirkel::bench::v1::Blob* request,
                                 poolcirkel::bench::v1::Blob* response) override;
  grpc::ServerWriteReactor<poolcirkel::bench::v1::Blobs>* Stream(
      grpc::CallbackServerContext* context,
      const poolcirkel::bench::v1::StreamRequest* request) override;
  grpc::ServerUnaryReactor* Prove(grpc::CallbackServerContext* context,
                                  const poolcirkel::bench::v1::ProveRequest* request,
                                  poolcirkel::bench::v1::Proof* response) override;

 private:
  BenchLog* const log_;
};

// The record of the event at `sequence`, the newest head, and that the one is under the other.
absl::Status FillProof(const eventstore::log::EventLog& log, uint64_t sequence,
                       poolcirkel::bench::v1::Proof& proof);

}  // namespace tests::bench
