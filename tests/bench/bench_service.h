#pragma once

#include <array>
#include <deque>
#include <thread>
#include <utility>

#include "eventstore/base/mutex.h"
#include "tests/bench/bench.grpc.pb.h"
#include "tests/bench/events.h"

namespace tests::bench {

// Ends calls on threads of its own, so that the log goes on with its next batch meanwhile.
// Two of them: gRPC writes the answers of calls that end at the same time together, and
// those of one thread one by one. Thread-safe.
class Answerer {
 public:
  Answerer() : threads_{std::thread([this] { Run(); }), std::thread([this] { Run(); })} {}
  ~Answerer();
  Answerer(const Answerer&) = delete;
  Answerer& operator=(const Answerer&) = delete;

  void Post(grpc::ServerUnaryReactor* call, grpc::Status status) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void Run() ABSL_LOCKS_EXCLUDED(mutex_);

  eventstore::base::Mutex mutex_;
  eventstore::base::CondVar posted_;
  std::deque<std::pair<grpc::ServerUnaryReactor*, grpc::Status>> answers_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::array<std::thread, 2> threads_;  // last: they use everything above
};

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
  Answerer answerer_;
};

}  // namespace tests::bench
