#pragma once

#include <thread>
#include <utility>
#include <vector>

#include "eventstore/base/mutex.h"
#include "tests/bench/bench.grpc.pb.h"
#include "tests/bench/events.h"

namespace tests::bench {

// Ends calls on a thread of its own, so that the log's writer goes on with its next
// batch meanwhile. Thread-safe.
class Answerer {
 public:
  Answerer() : thread_([this] { Run(); }) {}
  ~Answerer();
  Answerer(const Answerer&) = delete;
  Answerer& operator=(const Answerer&) = delete;

  void Post(grpc::ServerUnaryReactor* call, grpc::Status status) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  using Answers = std::vector<std::pair<grpc::ServerUnaryReactor*, grpc::Status>>;
  void Run() ABSL_LOCKS_EXCLUDED(mutex_);

  eventstore::base::Mutex mutex_;
  eventstore::base::CondVar posted_;
  Answers answers_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
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
