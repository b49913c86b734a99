#pragma once

#include "tests/bench/bench.grpc.pb.h"
#include "tests/bench/events.h"

namespace tests::bench {

// The references need no log; Append and Prove do.
class BenchServiceImpl final : public poolcirkel::bench::v1::BenchService::CallbackService {
 public:
  // `log` is not owned and may be nullptr.
  explicit BenchServiceImpl(BenchLog* log) : log_(log) {}

  grpc::ServerUnaryReactor* Echo(grpc::CallbackServerContext* context,
                                 const poolcirkel::bench::v1::Blob* request,
                                 poolcirkel::bench::v1::Blob* response) override;
  grpc::ServerWriteReactor<poolcirkel::bench::v1::Blobs>* Stream(
      grpc::CallbackServerContext* context,
      const poolcirkel::bench::v1::StreamRequest* request) override;
  grpc::ServerUnaryReactor* Append(grpc::CallbackServerContext* context,
                                   const poolcirkel::bench::v1::AppendRequest* request,
                                   poolcirkel::bench::v1::AppendResponse* response) override;
  grpc::ServerUnaryReactor* Prove(grpc::CallbackServerContext* context,
                                  const poolcirkel::bench::v1::ProveRequest* request,
                                  poolcirkel::bench::v1::Proof* response) override;

 private:
  absl::StatusOr<eventstore::log::AppendRequest> ToAppend(
      const poolcirkel::bench::v1::AppendRequest& request) const;
  absl::Status FillProof(uint64_t sequence, poolcirkel::bench::v1::Proof& proof) const;

  BenchLog* const log_;
};

}  // namespace tests::bench
